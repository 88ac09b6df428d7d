"""A text cut into the model's tokens, named as people read them and placed in the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from transformers import PreTrainedTokenizerBase

from attention_core.pretrained.token_names import SPACE_ALONE, names_of, shown

_cutting = Lock()  # a tokenizer keeps its limit inside itself: two readers would get each other's


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

    @property
    def places(self) -> list[tuple[int, int]]:
        return places_of(self.tokens)


def places_of(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where each token stands in the text: [start, end)."""
    return [(token.start, token.end) for token in tokens]


def tokenize(text: str, tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> TokenizedText:
    """Cut `text` into at most `max_tokens` tokens. Raises ValueError if there is nothing to cut, or half a character."""
    if not text.strip():
        raise ValueError("There is nothing to read yet: type at least one word.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("The text holds half of a character (a lone surrogate).")
    with _cutting:
        options = {
            "return_offsets_mapping": tokenizer.is_fast,
            "return_special_tokens_mask": tokenizer.is_fast,
        }
        whole = kept = tokenizer(text, verbose=False, **options)
        if len(whole["input_ids"]) > max_tokens:
            kept = tokenizer(text, truncation=True, max_length=max_tokens, **options)
    tokens = _read(text, kept, tokenizer)
    if all(token.is_special for token in tokens):
        raise ValueError("This model sees no token in that text: type at least one word.")
    end = max(token.end for token in tokens)
    cut = len(whole["input_ids"]) > len(tokens) and tokenizer.is_fast
    return TokenizedText(
        kept["input_ids"], tokens, len(whole["input_ids"]), left_out=text[end:] if cut else ""
    )


def _read(text: str, encoding: Any, tokenizer: PreTrainedTokenizerBase) -> tuple[Token, ...]:
    ids = encoding["input_ids"]
    pieces = list(tokenizer.convert_ids_to_tokens(ids))
    if not tokenizer.is_fast:  # no places in the text: the pieces stand alone
        added = _added(text, ids, tokenizer)
        names = [shown(piece) for piece in pieces]
        return tuple(
            Token(name, 0, 0, None if is_special else i, is_special)
            for i, (name, is_special) in enumerate(zip(names, added, strict=True))
        )
    added = [bool(flag) for flag in encoding["special_tokens_mask"]]
    spans = _places(text, pieces, encoding["offset_mapping"], added)
    names = names_of(text, pieces, spans, tokenizer)
    return tuple(
        Token(name, *span, word, is_special)
        for name, span, word, is_special in zip(
            names, spans, encoding.word_ids(), added, strict=True
        )
    )


def _added(text: str, ids: list[int], tokenizer: PreTrainedTokenizerBase) -> list[bool]:
    """What is there only with special tokens: whatever stands before and after the text's own ids."""
    whole, own = (
        tokenizer(text, verbose=False, add_special_tokens=with_them)["input_ids"]
        for with_them in (True, False)
    )
    starts = range(len(whole) - len(own) + 1)
    before = next((i for i in starts if whole[i : i + len(own)] == own), 0)
    after = len(whole) - len(own) - before if own else 0
    return [not before <= i < len(ids) - after for i in range(len(ids))]


def _places(
    text: str, pieces: list[str], offsets: list[tuple[int, int]], added: list[bool]
) -> list[tuple[int, int]]:
    """Where the tokens stand. RoBERTa's kind leaves no place to white space: it fills the gap before it ends."""
    places, reached = [], 0
    for piece, (start, end), is_special in zip(pieces, offsets, added, strict=True):
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
