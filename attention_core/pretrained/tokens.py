"""A text cut into the model's tokens, named as people read them and placed in the text."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from attention_core.errors import ReaderError
from attention_core.pretrained.encoding import Encoding, encode
from attention_core.pretrained.short_repr import short_repr

# SentencePiece's token for a space that no token took along; its place is not its own
SPACE_ALONE = "▁"
VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}


@dataclass(frozen=True)
class Token:
    """One token: what a person reads, where it stands in the text, and the word it belongs to."""

    text: str
    start: int
    end: int  # [start, end) in the text; empty where the model added the token itself
    word: int | None

    @property
    def is_special(self) -> bool:
        """Whether the model added it: [CLS], </s> …"""
        return self.word is None and self.start == self.end


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
    pieces = encoding.pieces
    spans = [_without_space_before(text, *span) for span in encoding.places]
    # one character may be several tokens: the bytes of an emoji
    shares = Counter(
        span for span, piece in zip(spans, pieces, strict=True) if piece != SPACE_ALONE
    )
    seen: Counter[tuple[int, int]] = Counter()
    tokens = []
    for piece, (start, end), word in zip(pieces, spans, encoding.words, strict=True):
        part = text[start:end]
        name = _shown(part or piece.strip(SPACE_ALONE)) or VISIBLE[" "]
        if piece == SPACE_ALONE:
            name = VISIBLE[" "]
        elif part and piece == tokenizer.unk_token:
            name = f"{name} {piece}"
        elif part and shares[start, end] > 1:
            seen[start, end] += 1
            name = f"{name} {seen[start, end]}/{shares[start, end]}"
        tokens.append(Token(name, start, end, word))
    return tuple(tokens)


def _without_space_before(text: str, start: int, end: int) -> tuple[int, int]:
    """The span from its first character that is not space; all of it where there is none."""
    part = text[start:end]
    return (end - len(part.lstrip()) if part.strip() else start), end


def _shown(part: str) -> str:
    """The piece without the space around it; where nothing would be seen, something that is."""
    text = part.strip()
    if any(character.isprintable() for character in text):
        return f"◌{text}" if unicodedata.combining(text[0]) else text
    return "".join(VISIBLE.get(character, f"U+{ord(character):04X}") for character in part)
