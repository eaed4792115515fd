"""Text of any length → text that may be kept."""


def cut(text: str, most: int) -> str:
    """The first so many characters of a text, and how many more there were."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
