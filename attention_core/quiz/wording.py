"""How numbers are written in a question, and how one that a reader typed is read."""

import re
from collections.abc import Iterable, Sequence

# digits with a decimal point or comma; or a fraction of two whole numbers
_TYPED = re.compile(r"([+-]?(?:\d+[.,]?\d*|[.,]\d+))(?:/(\d+))?")
GAP = "\u00a0"  # a space at which no line is broken
LONGEST = 20  # characters of a number; nobody needs more here
NO_NUMBER = "“{}” is not a number: write digits, such as 12 or 1/4"
DIVIDED_BY_0 = "nothing can be divided by 0"


def fixed(value: float, decimals: int) -> str:
    """With so many decimals and a true minus sign; never −0."""
    return f"{value:z.{decimals}f}".replace("-", "−")


def number(value: float) -> str:
    """Up to three decimals, without zeros at the end."""
    text = fixed(value, 3)
    return text.rstrip("0").rstrip(".")


def share(value: float) -> str:
    """A weight: two decimals, always."""
    return fixed(value, 2)


def factor(value: float) -> str:
    """A number inside a product: (−2) · 3, not −2 · 3."""
    return f"({number(value)})" if value < 0 else number(value)


def products(a: Iterable[float], b: Iterable[float]) -> str:
    """A dot product written out: 1 · 4 + 2 · (−5)."""
    return " + ".join(f"{factor(x)}{GAP}·{GAP}{factor(y)}" for x, y in zip(a, b, strict=True))


def named_shares(names: Sequence[str], weights: Iterable[float]) -> str:
    """A row of weights in one line: cat 0.71 · dog 0.29."""
    return " · ".join(f"{name}{GAP}{share(w)}" for name, w in zip(names, weights, strict=True))


def read_number(typed: str) -> float:
    """What the reader meant by “0.25”, “0,25”, “−3” or “1/4”. Raises ValueError saying what can't be read."""
    plain = re.sub(r"\s", "", typed).replace("−", "-")
    found = _TYPED.fullmatch(plain)
    if not found or len(plain) > LONGEST:
        raise ValueError(NO_NUMBER.format(typed.strip()[:40]))
    above, below = found.groups()
    if below is not None and not int(below):
        raise ValueError(DIVIDED_BY_0)
    return float(above.replace(",", ".")) / int(below or 1)
