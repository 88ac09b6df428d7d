"""A token of a text, and a text as its tokens: what `tokens` hands out. No tokenizer is needed to hold them."""

from collections.abc import Sequence
from dataclasses import dataclass

from attention_core.pretrained.short_repr import short_repr


@dataclass(frozen=True)
class Token:
    """One token: what a person reads, where it stands in the text, and the word it belongs to."""

    text: str
    start: int
    end: int  # [start, end) in the text; empty where it has no place there
    word: int | None
    is_special: bool = False  # whether the model added it: [CLS], </s> …


@dataclass(frozen=True)
class TokenizedText:
    """A text as a model sees it, cut to the model's limit."""

    ids: list[int]
    tokens: tuple[Token, ...]
    n_tokens_in_text: int  # before the cut, special tokens included
    left_out: str  # the end of the text that did not fit

    __repr__ = short_repr

    @property
    def places(self) -> list[tuple[int, int]]:
        return places_of(self.tokens)


def places_of(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where each token stands in the text: [start, end)."""
    return [(token.start, token.end) for token in tokens]
