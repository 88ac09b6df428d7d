"""What each statistic is called, says and means, and how its numbers are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.analysis.head_statistics import NAMES
from pages.ui.widgets.wording import number

LEAST_TIMES = 0.01  # of two decimals
LEFT_OUT = (
    "The first and the last token are left out as targets: many heads park unused weight there."
)


@dataclass(frozen=True)
class Statistic:
    """One statistic in words. `most` ends a sentence that begins "The head …"."""

    title: str
    short: str
    says: str
    most: str = ""
    missing: str = "No query of this text has a second token to look at."


STATISTICS = {
    "entropy": Statistic(
        "Entropy (bits)",
        "Entropy, bits",
        "how widely a query spreads its weight: 0 bits are one token, b bits are as wide as 2ᵇ equal "
        "tokens. Mean over queries.",
        "spreads its weight most widely",
    ),
    "entropy share": Statistic(
        "Entropy, share of the most possible",
        "Entropy, share",
        "the same entropy, divided by the most that is possible: all tokens that the mask allows, evenly.",
        "comes closest to even",
    ),
    "largest": Statistic(
        "Largest weight",
        "Largest weight",
        "the largest weight of a query's row. Mean over queries.",
        "is the most decided",
    ),
    "itself": Statistic(
        "Weight on itself",
        "On itself",
        f"the weight that a token gives itself. Mean over queries. {LEFT_OUT}",
        "looks most at the token that asks",
    ),
    "previous": Statistic(
        "Weight on the previous token",
        "On previous",
        f"the weight on the token just before. Mean over queries. {LEFT_OUT}",
        "looks most at the token before",
        missing="No query of this text has a token before it that counts.",
    ),
    "next": Statistic(
        "Weight on the next token",
        "On next",
        f"the weight on the token just after. Mean over queries. {LEFT_OUT}",
        "looks most at the token after",
        missing="No query can look at a token after it: the mask hides what follows, or the text is too short.",
    ),
    "first": Statistic(
        "Weight on the first token",
        "On first",
        "the weight on the first token, from all the others. Mean over queries.",
        "looks most at the first token",
    ),
    "special": Statistic(
        "Weight on special tokens",
        "On special",
        "the weight on all tokens that the model added to the text, such as [CLS] and [SEP]. Mean over queries.",
        "leaves most on special tokens",
        missing="This model added no special tokens to the text, or no query has another token to look at.",
    ),
    "output": Statistic(
        "Share of the layer's output",
        "Output, share",
        "the length of what a head adds to the output, ‖context W_O‖ with its own rows of W_O, divided by the "
        "sum of these lengths over the heads of the layer. Mean over queries. Additions of different "
        "heads may cancel, which lengths don't show.",
        "adds most to its layer's output",
        missing="What the heads add to the output is not known for this model's family.",
    ),
}
assert tuple(STATISTICS) == NAMES

KINDS = {"encoder": "Encoder", "decoder": "Decoder", "cross": "Cross-attention"}


def place(layer: int, head: int) -> str:
    return f"layer {layer} · head {head}"


def times(value: float, even: float) -> str:
    """A value as a multiple of the uniform head's."""
    if not even > 0:
        return "–"
    ratio = value / even
    if ratio < LEAST_TIMES:
        return f"< {LEAST_TIMES} ×"
    return f"{ratio:.{0 if ratio >= 10 else 1 if ratio >= 1 else 2}f} ×"


def read(value: float, unknown: str = "–") -> str:
    return number(value) if np.isfinite(value) else unknown


def span(values: np.ndarray) -> str:
    """The uniform head's value: one number, or from … to where the masks of the layers differ."""
    known = values[np.isfinite(values)]
    low, high = (number(float(end)) for end in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"
