"""Numbers as they stand in a sentence: with a real minus, and without one before zero."""


def number(value: float, form: str = ".3g") -> str:
    """form: a format specification, such as ".2f"."""
    words = f"{float(value) or 0.0:{form}}"  # `or`: −0 is 0
    return words.replace("-", "−")


def place(point) -> str:
    """A point, (2,), with two decimals."""
    return f"({number(point[0], '.2f')}, {number(point[1], '.2f')})"


def count(number: int, one: str, many: str = "") -> str:
    """So many of a thing: "1 pass", "3 passes".  many: where it is more than `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
