"""What lesson 1 says of “it”: why it is the cat, where a head's largest share goes, and what the model added."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.words import brightest, word_of
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.token import Token
from attention_core.toy.words import word_spans

WHY_THE_CAT = "Only a living being can be tired, so “it” refers to the cat."
AGREES = "You would say the {} as well."
DIFFERS = (
    "You would say the {}. One head is only one part of the model; "
    "it does not decide what “it” refers to."
)
ADDED_BY_THE_MODEL = (
    "A model reads a text in pieces, called tokens. This model adds some that are not in the "
    "sentence. They can receive attention as words do:"
)


@dataclass(frozen=True)
class LargestShare:
    """What gets most of a row: a word with all its tokens, or one token of no word."""

    name: str
    weight: float
    is_added: bool


def largest_share(capture: Capture, row: np.ndarray) -> LargestShare:
    """Of all tokens of a row, those that the model added included."""
    words = word_spans(capture.text)
    group = brightest(row, capture.places, words)
    token = capture.tokens[group[0]]
    position = word_of((token.start, token.end), words)
    name = token.text if position is None else capture.text[slice(*words[position])]
    return LargestShare(name, float(row[group].sum()), token.is_special)


def added_tokens(tokens: Sequence[Token]) -> list[str]:
    """The tokens that are not in the text, each once, as the tokenizer marked them."""
    return list(dict.fromkeys(token.text for token in tokens if token.is_special))
