"""What each statistic of a survey is called and says."""

from __future__ import annotations

from dataclasses import dataclass

from attention_core.survey.measure import NAMES
from pages.ui.widgets.statistics import LEFT_OUT


@dataclass(frozen=True)
class Told:
    """One statistic in words. `says` ends a sentence that begins "Each cell is a head: "."""

    title: str
    short: str
    says: str


TOLD = {
    "previous": Told(
        "Weight on the previous token",
        "On previous",
        f"the weight a token gives the token just before. {LEFT_OUT}",
    ),
    "next": Told(
        "Weight on the next token",
        "On next",
        f"the weight a token gives the token just after. {LEFT_OUT}",
    ),
    "itself": Told("Weight on itself", "On itself", f"the weight a token gives itself. {LEFT_OUT}"),
    "same word": Told(
        "Weight on the same text elsewhere",
        "On same text",
        f"the weight a token gives the other places of the same text, in upper or lower case. {LEFT_OUT}",
    ),
    "first": Told(
        "Weight on the first token", "On first", "the weight the first token gets from the others."
    ),
    "last": Told(
        "Weight on the last token", "On last", "the weight the last token gets from the others."
    ),
    "special": Told(
        "Weight on special tokens",
        "On special",
        "the weight on the tokens that the model added to the text, such as [CLS] and [SEP].",
    ),
    "largest": Told("Largest weight", "Largest weight", "the largest weight of a query’s row."),
    "entropy share": Told(
        "Entropy, share of the most possible",
        "Entropy, share",
        "how widely a query spreads its weight: 1 is evenly over all tokens it may see.",
    ),
}
assert tuple(TOLD) == NAMES
NO_PLACE = (
    "No sentence has a place for this: the mask hides what comes after, or the model adds no "
    "special tokens. Choose another statistic."
)
