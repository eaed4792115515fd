"""A three that is moved a little is still a three: new examples for nothing.

Each function takes a batch of images (n, h, w) and changes every image in its own random way. It returns a new
array of the same shape and dtype; the labels stay as they are. Use it on training data only.

Source: NEU "Regularization"; USC 3.3 (data augmentation).
"""

from numbers import Integral

import numpy as np

from nnkit.checks import generator, not_negative


def shift(images, *, most: int, rng: np.random.Generator):
    """Move every image by whole pixels, at most `most` down or up and right or left; zeros move in.

    images: (n, h, w).  most: 0 … the shorter side.
    """
    images = _batch(images)
    n, h, w = images.shape
    if not isinstance(most, Integral) or not 0 <= most <= min(h, w):
        raise ValueError(f"expected most to be an integer from 0 to {min(h, w)}, got {most!r}")
    # Look at each image through a window that starts anywhere in its frame of zeros.
    framed = np.pad(images, ((0, 0), (most, most), (most, most)))
    top, left = generator(rng).integers(0, 2 * most + 1, size=(2, n, 1))
    rows, columns = top + np.arange(h), left + np.arange(w)
    return framed[np.arange(n)[:, np.newaxis, np.newaxis], rows[:, :, np.newaxis], columns[:, np.newaxis, :]]


def rotate(images, *, degrees: float, rng: np.random.Generator):
    """Turn every image around its center, by an angle drawn evenly from ±`degrees`; zeros turn in.

    images: (n, h, w) of floats.  degrees: 0 … 180.
    Every new pixel is looked up where it comes from, between four old ones (linear interpolation).
    """
    from scipy.ndimage import map_coordinates

    images = _batch(images)
    if images.dtype.kind != "f":
        raise TypeError(f"expected images of floats, since turned pixels are mixtures, got dtype {images.dtype}")
    if not 0 <= degrees <= 180:
        raise ValueError(f"expected degrees from 0 to 180, got {degrees!r}")
    n, h, w = images.shape
    angle = generator(rng).uniform(-degrees, degrees, size=(n, 1, 1)) * np.pi / 180
    down, right = np.arange(h)[:, np.newaxis] - (h - 1) / 2, np.arange(w) - (w - 1) / 2
    rows = np.cos(angle) * down + np.sin(angle) * right + (h - 1) / 2
    columns = np.cos(angle) * right - np.sin(angle) * down + (w - 1) / 2
    which = np.broadcast_to(np.arange(n)[:, np.newaxis, np.newaxis], images.shape)
    return map_coordinates(images, [which, rows, columns], order=1)


def noise(images, *, deviation: float, rng: np.random.Generator):
    """Add a normally distributed number to every pixel. Pixels may leave their range; a network does not mind.

    images: (n, h, w) of floats.  deviation: standard deviation, ≥ 0, in units of the pixels.
    """
    images = _batch(images)
    if images.dtype.kind != "f":
        raise TypeError(f"expected images of floats, since noise is no whole number, got dtype {images.dtype}")
    deviation = not_negative("deviation", deviation)
    return images + (deviation * generator(rng).standard_normal(images.shape)).astype(images.dtype)


def _batch(images) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim != 3:
        raise ValueError(f"expected images with shape (n, h, w), got {images.shape}")
    return images
