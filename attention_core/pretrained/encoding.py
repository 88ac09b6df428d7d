"""A text through a tokenizer: ids, and where each token stands in the text, whether or not the tokenizer says so.

A tokenizer keeps its limit and its language inside itself, so it is asked by one thread at a time.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from transformers import PreTrainedTokenizerBase

from attention_core.errors import ReaderError
from attention_core.pretrained.failures import failing_as

Span = tuple[int, int]
LOST = 4  # characters that a piece without a place may stand for, beyond its own
MARKS = re.compile("▁|^##|@@$|</w>$")  # of spaces and of pieces that go on
asking = Lock()  # held by whoever asks a tokenizer


@dataclass(frozen=True)
class Encoding:
    """The tokens of a text. `places` are empty, and `added` is true, where the tokenizer added a token itself."""

    ids: list[int]
    pieces: list[str]  # as the vocabulary spells them
    places: list[Span]
    added: list[bool]
    words: list[int | None]  # which word of the tokenizer's own; None for an added token
    n_before_cut: int


def encode(
    text: str, tokenizer: PreTrainedTokenizerBase, max_tokens: int, is_target: bool = False
) -> Encoding:
    """`text` as at most `max_tokens` tokens; `is_target`: as the text that a decoder writes, in its language.

    Raises ReaderError where the tokenizer has no language for a target, and where its own code fails.
    """
    with asking, failing_as(type(tokenizer).__name__):
        try:
            return _encode(text, tokenizer, max_tokens, "text_target" if is_target else "text")
        except KeyError as error:
            if is_target and getattr(tokenizer, "tgt_lang", "") is None:
                raise ReaderError(
                    "This model's tokenizer does not say which language the target text is in: "
                    "its tokenizer_config.json has no tgt_lang."
                ) from error
            raise


def own_ids(text: str, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The ids of `text` alone, without what the tokenizer adds."""
    with asking, failing_as(type(tokenizer).__name__):
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _encode(text: str, tokenizer: Any, max_tokens: int, role: str) -> Encoding:
    options = {role: text, "verbose": False}
    if tokenizer.is_fast:
        options |= {"return_offsets_mapping": True, "return_special_tokens_mask": True}
    whole = kept = tokenizer(**options)
    n_before_cut = len(whole["input_ids"])
    if n_before_cut > max_tokens:
        kept = tokenizer(**options, truncation=True, max_length=max_tokens)
    ids = list(kept["input_ids"])
    if tokenizer.is_fast:
        return Encoding(
            ids,
            tokenizer.convert_ids_to_tokens(ids),
            kept["offset_mapping"],
            [bool(added) for added in kept["special_tokens_mask"]],
            kept.word_ids(),
            n_before_cut,
        )
    own = list(tokenizer(**options, add_special_tokens=False)["input_ids"])
    # the vocabulary's spelling of unknown characters is lost with their ids
    spelt = tokenizer.tokenize(text) if role == "text" else tokenizer.convert_ids_to_tokens(own)
    before = _begins(list(whole["input_ids"]), own)
    n_own = len(ids) - (n_before_cut - len(own))
    after = len(ids) - before - n_own
    known = [
        tokenizer.unk_token if each == tokenizer.unk_token_id else piece
        for piece, each in zip(spelt, own, strict=True)
    ]
    pieces = [
        *tokenizer.convert_ids_to_tokens(ids[:before]),
        *known[:n_own],
        *tokenizer.convert_ids_to_tokens(ids[before + n_own :]),
    ]
    return Encoding(
        ids,
        pieces,
        [(0, 0)] * before + places_of_pieces(text, spelt)[:n_own] + [(0, 0)] * after,
        [True] * before + [False] * n_own + [True] * after,
        [None] * before + list(range(n_own)) + [None] * after,
        n_before_cut,
    )


def _begins(whole: list[int], own: list[int]) -> int:
    """Where the text's own ids begin among all."""
    starts = range(len(whole) - len(own) + 1)
    return next((i for i in starts if whole[i : i + len(own)] == own), 0)


def places_of_pieces(text: str, pieces: Sequence[str]) -> list[Span]:
    """Where the pieces stand in the text, for a tokenizer that does not tell: they come in its order.

    Spaces are passed over, and letters compared as NFKC and without case, as such tokenizers read them. Pieces
    that are spelt otherwise, as unknown ones, share what lies between their neighbours.
    """
    letters, origin = _letters(text)
    found: list[Span | None] = []
    reached = slack = 0
    for piece in pieces:
        part, _ = _letters(MARKS.sub("", piece))
        at = letters.find(part, reached, reached + slack + len(part)) if part else -1
        if at < 0:
            found.append(None)
            slack += len(part) + LOST if part else 0
            continue
        reached, slack = at + len(part), 0
        found.append((origin[at], origin[reached - 1] + 1))
    filled = _gaps_filled(text, found)
    return [
        place if MARKS.sub("", piece) else (place[0], place[0])  # a space alone has no letter
        for piece, place in zip(pieces, filled, strict=True)
    ]


def _letters(text: str) -> tuple[str, list[int]]:
    """The characters that count, one by one, and where in the text each comes from."""
    letters = [
        (letter, i)
        for i, character in enumerate(text)
        for letter in unicodedata.normalize("NFKC", character).casefold()
        if not letter.isspace()
    ]
    return "".join(letter for letter, _ in letters), [i for _, i in letters]


def _gaps_filled(text: str, found: list[Span | None]) -> list[Span]:
    """Pieces in a row without a place of their own get all between their neighbours, without the space around it."""
    places: list[Span] = []
    for i, place in enumerate(found):
        start = next((each[1] for each in reversed(found[:i]) if each), 0)
        end = next((each[0] for each in found[i:] if each), len(text))
        gap = text[start:end].strip()
        begin = text.index(gap, start)
        places.append(place or (begin, begin + len(gap)))
    return places
