"""How tokens and numbers are written, the same on every page."""

from collections.abc import Sequence

import numpy as np

from attention_core.attention import AttentionTrace
from attention_core.visible import SIGNS
from attention_core.visible import visible as seen

LONGEST_LABEL = 60  # characters of a token: labels stand in pictures, in tables and in the address


def labels(tokens: Sequence[str]) -> list[str]:
    """Each token with its position, so that the same word twice stays two; of an endless word, the beginning."""
    return [f"{i} {_beginning(seen(token))}" for i, token in enumerate(tokens)]


def _beginning(token: str) -> str:
    """What is cut off may leave half of an emoji behind: its joiner must be seen then."""
    return token if len(token) <= LONGEST_LABEL else seen(f"{token[:LONGEST_LABEL]}…")


def visible(text: str) -> str:
    """What a reader can see of a token that a model offers, its spaces included."""
    return seen(text).replace(" ", SIGNS[" "]) or "(empty)"


def dimensions(values: np.ndarray) -> list[str]:
    """A name for each column of numbers whose meaning nobody knows: counted from 0."""
    return [str(i) for i in range(values.shape[1])]


def summary(query: str, row: np.ndarray, keys: Sequence[str]) -> str:
    """What one query attends to most, in one line of plain text."""
    best = np.argsort(-row, kind="stable")[:3]
    return f"{query} → " + " · ".join(f"{keys[i]} {row[i]:.2f}" for i in best)


def layers_passed(n_layers: int) -> list[str]:
    """A name for what enters the first layer of a model, and for what leaves each one."""
    return ["before layer 0", *(f"after layer {i}" for i in range(n_layers))]


def sub(position: int) -> str:
    """7 → ₇, to stand behind q, k or v."""
    return str(position).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def vector(values: np.ndarray) -> str:
    """A short vector in one line: (0.10, −1.00)."""
    return "(" + ", ".join(f"{value:z.2f}".replace("-", "−") for value in values) + ")"


def number(value: float) -> str:
    """Three decimals; −∞ for a blocked score; a small number keeps its first digit, rounding noise does not."""
    if np.isneginf(value):
        return "−∞"
    tiny = 1e-12 < abs(value) < 5e-4
    return (f"{value:.0e}" if tiny else f"{value:z.3f}").replace("-", "−")


def factor(value: float) -> str:
    """A number behind a sign: a negative one in brackets, so that no two signs meet."""
    return f"({number(value)})" if value < 0 else number(value)


def signed(value: float) -> str:
    """A difference: as `number`, with a plus where it is one."""
    return f"{'+' if value > 0 else ''}{number(value)}"


def scientific(value: float) -> str:
    """A size whose power of ten is the point: 1.2e−07; 0 where there is none."""
    return "0" if value == 0 else f"{value:.1e}".replace("-", "−")


def bytes_as_text(n_bytes: float) -> str:
    """Three digits and the unit that fits: 4.19 MB."""
    power = min(int(np.log10(max(n_bytes, 1)) // 3), 4)
    return f"{n_bytes / 1000**power:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"


def scaling(trace: AttentionTrace) -> str:
    """What is done to the scores before the mask: ÷ √d with its number, or another factor."""
    d_head = trace.q.shape[-1]
    return f"÷ √{d_head}" if np.isclose(trace.scale, d_head**-0.5) else f"× {trace.scale:.4g}"
