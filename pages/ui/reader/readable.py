"""How much of a text is read: no more than a model could follow, and than the address of the page can hold."""

from urllib.parse import quote

LONGEST_TEXT = 20_000  # characters; far more than any model here can take
# characters of the text in the address, where one that is not ASCII takes up to twelve: a server refuses an
# address above 64 KB, and with it the reader who comes back to the page
LONGEST_IN_LINK = 48_000


def readable(text: str) -> str:
    """The text without the space around it, from its beginning as far as it is read."""
    kept = text.strip()[:LONGEST_TEXT]
    while (n := len(quote(kept, errors="replace"))) > LONGEST_IN_LINK:
        kept = kept[: min(len(kept) - 1, len(kept) * LONGEST_IN_LINK // n)]
    return kept


def how_much(text: str) -> str | None:
    """What is said of a text that is not read to its end; None of any other."""
    n_read, n = len(readable(text)), len(text.strip())
    return f"Only the first {n_read:,} of {n:,} characters are read." if n_read < n else None
