import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from nnkit.augment import noise, rotate, shift
from tests.strategies import generators

RNG = np.random.default_rng(0)
IMAGES = np.random.default_rng(1).random((40, 6, 5))
EACH = {
    "shift": lambda images, rng: shift(images, most=2, rng=rng),
    "rotate": lambda images, rng: rotate(images, degrees=20, rng=rng),
    "noise": lambda images, rng: noise(images, deviation=0.1, rng=rng),
}


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_kind_and_seed(name, dtype):
    images = IMAGES.astype(dtype)
    before = images.copy()
    new = EACH[name](images, np.random.default_rng(3))
    assert (new.shape, new.dtype) == (images.shape, dtype)
    np.testing.assert_array_equal(images, before)
    assert not np.shares_memory(new, images)
    np.testing.assert_array_equal(new, EACH[name](images, np.random.default_rng(3)))
    assert not np.array_equal(new, EACH[name](images, np.random.default_rng(4)))
    assert EACH[name](images[:0], RNG).shape == (0, 6, 5)


@given(rng=generators, most=st.integers(0, 4))
def test_shift_equals_the_plain_loop(rng, most):
    """Each new image is the old one in one of the allowed places, zeros around it."""
    images = rng.random((8, 5, 4)) + 1
    for old, new in zip(images, shift(images, most=most, rng=rng), strict=True):
        places = []
        for down in range(-most, most + 1):
            for right in range(-most, most + 1):
                moved = np.zeros_like(old)
                for row in range(5):
                    for column in range(4):
                        if 0 <= row + down < 5 and 0 <= column + right < 4:
                            moved[row + down, column + right] = old[row, column]
                places.append(moved)
        assert any(np.array_equal(new, place) for place in places)


def test_shift_reaches_every_place_equally_often():
    images = np.zeros((9000, 7, 7), dtype=np.uint8)
    images[:, 3, 3] = 1
    counts = shift(images, most=1, rng=np.random.default_rng(0)).sum(axis=0, dtype=int)
    # 1000 of 9000 each, deviation 30; four times that.
    assert counts[2:5, 2:5].min() > 880
    assert counts.sum() == counts[2:5, 2:5].sum() == 9000


def test_shift_by_nothing():
    np.testing.assert_array_equal(shift(IMAGES, most=0, rng=RNG), IMAGES)


@pytest.mark.parametrize("shape", [(6, 6), (5, 8)])
def test_rotate_equals_scipys(shape):
    images = np.random.default_rng(2).random((10, *shape))
    new = rotate(images, degrees=30, rng=np.random.default_rng(5))
    angles = np.random.default_rng(5).uniform(-30, 30, size=10)
    for old, turned, angle in zip(images, new, angles, strict=True):
        expected = scipy.ndimage.rotate(old, angle, reshape=False, order=1)
        np.testing.assert_allclose(turned, expected, atol=1e-9)


def test_rotate_by_nothing_and_within_bounds():
    np.testing.assert_allclose(rotate(IMAGES, degrees=0, rng=RNG), IMAGES, atol=1e-12)
    spot = np.zeros((2000, 21, 21))
    spot[:, 0, 10] = 1  # straight above the center: afterwards at the drawn angle
    new = rotate(spot, degrees=45, rng=np.random.default_rng(6))
    row, column = np.indices((21, 21)) - 10
    angle = np.degrees(np.arctan2(column, -row))
    mean = (new * angle).sum(axis=(1, 2)) / new.sum(axis=(1, 2))
    assert -46 < mean.min() < -43
    assert 43 < mean.max() < 46


def test_noise_has_the_stated_deviation():
    images = np.full((100, 28, 28), 0.5, dtype=np.float32)
    added = noise(images, deviation=0.2, rng=np.random.default_rng(7)) - images
    assert added.mean() == pytest.approx(0, abs=0.003)
    assert added.std() == pytest.approx(0.2, rel=0.02)
    np.testing.assert_array_equal(noise(images, deviation=0, rng=RNG), images)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shift(IMAGES[0], most=1, rng=RNG), ValueError, "expected images with shape (n, h, w), got (6, 5)"),
        (lambda: shift(IMAGES, most=6, rng=RNG), ValueError, "expected most to be an integer from 0 to 5, got 6"),
        (lambda: shift(IMAGES, most=1.5, rng=RNG), ValueError, "expected most to be an integer from 0 to 5, got 1.5"),
        (
            lambda: shift(IMAGES, most=1, rng=0),
            TypeError,
            "expected rng to be a generator, such as np.random.default_rng(0), got int",
        ),
        (lambda: rotate(IMAGES, degrees=-5, rng=RNG), ValueError, "expected degrees from 0 to 180, got -5"),
        (
            lambda: rotate(IMAGES.astype(int), degrees=5, rng=RNG),
            TypeError,
            "expected images of floats, since turned pixels are mixtures, got dtype int64",
        ),
        (
            lambda: noise(IMAGES.astype(np.uint8), deviation=1, rng=RNG),
            TypeError,
            "expected images of floats, since noise is no whole number, got dtype uint8",
        ),
        (
            lambda: noise(IMAGES, deviation=np.nan, rng=RNG),
            ValueError,
            "expected deviation to be 0 or a positive number, got nan",
        ),
    ],
)
def test_errors_name_what_was_received(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
