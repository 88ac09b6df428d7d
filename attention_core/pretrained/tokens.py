"""A text cut into the model's tokens, named as people read them and placed in the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from attention_core.errors import ReaderError
from attention_core.pretrained.encoding import Encoding, encode
from attention_core.pretrained.short_repr import short_repr
from attention_core.pretrained.token_names import SPACE_ALONE, names_of


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


def tokenize(
    text: str, tokenizer: PreTrainedTokenizerBase, max_tokens: int, is_target: bool = False
) -> TokenizedText:
    """Cut `text` into at most `max_tokens` tokens; `is_target`: as the text that a decoder writes.

    Raises ValueError if there is nothing to cut, or half a character.
    """
    if not text.strip():
        raise ReaderError("There is nothing to read yet: type at least one word.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ReaderError("The text holds half of a character (a lone surrogate).")
    encoding = encode(text, tokenizer, max_tokens, is_target)
    tokens = _read(text, encoding, tokenizer)
    if all(token.is_special for token in tokens):
        raise ReaderError("This model sees no token in that text: type at least one word.")
    end = max(token.end for token in tokens)
    cut = encoding.n_before_cut > len(tokens)
    return TokenizedText(
        encoding.ids, tokens, encoding.n_before_cut, left_out=text[end:] if cut else ""
    )


def _read(text: str, encoding: Encoding, tokenizer: PreTrainedTokenizerBase) -> tuple[Token, ...]:
    spans = _places(text, encoding)
    names = names_of(text, encoding.pieces, spans, tokenizer)
    each = zip(names, spans, encoding.words, encoding.added, strict=True)
    return tuple(Token(name, *span, word, added) for name, span, word, added in each)


def _places(text: str, encoding: Encoding) -> list[tuple[int, int]]:
    """Where the tokens stand. RoBERTa's kind leaves no place to white space: it fills the gap before it ends."""
    places, reached = [], 0
    each = zip(encoding.pieces, encoding.places, encoding.added, strict=True)
    for piece, (start, end), is_special in each:
        is_gap = not is_special and start == end and text[reached:end].isspace()
        places.append(_without_space_before(text, piece, reached if is_gap else start, end))
        reached = reached if is_special else end
    return places


def _without_space_before(text: str, piece: str, start: int, end: int) -> tuple[int, int]:
    """The span from its first character that is not space; all of it where there is none.

    SentencePiece's tokens take any white space for a space. To others a tab in a token is a tab.
    """
    rest = text[start:end].lstrip(None if piece.startswith(SPACE_ALONE) else " ")
    return end - len(rest) if rest else start, end
