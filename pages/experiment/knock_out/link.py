"""What is knocked out, and how it is looked at, as the link says it: "heads.h5-11_3-1.imean", "looks.l10-2.slayer"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pages.ui.reader.page_link import PageLink

Pair = tuple[int, int]  # (layer, head) or (q_pos, k_pos)

HEADS, LOOKS, WORD, PRONOUN = PARTS = ("heads", "looks", "word", "pronoun")
INSTEAD_OF_HEAD = ("zero", "uniform", "mean")
INSTEAD_OF_LOOK = ("blocked", "zero", "uniform")
WHERE = ("head", "layer", "all")
OTHERS = ("layers", "model")
LINK = PageLink("out")
MOST_PAIRS = 200  # of one set
MOST_DIGITS = 7


@dataclass(frozen=True)
class KnockOut:
    """What is out, in each part of the page. None: what is usual, which follows the sidebar."""

    part: str = HEADS
    heads: tuple[Pair, ...] | None = None
    looks: tuple[Pair, ...] | None = None
    word: int | None = None  # the position of a token
    of_head: str = INSTEAD_OF_HEAD[0]  # what a head is replaced by
    of_look: str = INSTEAD_OF_LOOK[0]
    where: str = WHERE[0]  # in which heads looks are cut
    followed: int | None = None  # the token whose probability is the effect
    measure: int = 0  # which of the two that the result offers
    others: str = OTHERS[0]  # where the heads of the control are drawn from


USUAL = KnockOut()


def written(out: KnockOut) -> str | None:
    """The part that is on the screen, as the link says it; None for the usual one."""
    pieces = [out.part]
    if out.part == HEADS:
        pieces += [*_pairs("h", out.heads), *_word("i", out.of_head, USUAL.of_head)]
        pieces += _word("o", out.others, USUAL.others)
    if out.part == LOOKS:
        pieces += [*_pairs("l", out.looks), *_word("s", out.where, USUAL.where)]
    if out.part == WORD and out.word is not None:
        pieces.append(f"w{out.word}")
    if out.part in (LOOKS, WORD):
        pieces += _word("c", out.of_look, USUAL.of_look)
    if out.part == PRONOUN:
        pieces += _word("i", out.of_head, USUAL.of_head)
    elif out.followed is not None:
        pieces.append(f"f{out.followed}")
    if out.part != PRONOUN:
        pieces += _word("m", str(out.measure), "0")
    text = ".".join(pieces)
    return None if text == HEADS else text


def read(link: str) -> KnockOut:
    """What a link says. Raises ValueError if it says nothing that can be."""
    part, *pieces = link.split(".")
    fields: dict[str, Any] = {"part": _one_of(PARTS, part)}
    for piece in pieces:
        if piece[:1] not in FIELDS:
            raise ValueError(f"no such piece: {piece!r}")
        field, of = FIELDS[piece[0]]
        fields[field] = of(piece[1:])
    return KnockOut(**fields)


def _pairs(letter: str, pairs: tuple[Pair, ...] | None) -> list[str]:
    return [] if pairs is None else [letter + "_".join(f"{a}-{b}" for a, b in pairs)]


def _word(letter: str, value: str, usual: str) -> list[str]:
    return [] if value == usual else [letter + value]


def _read_pairs(text: str) -> tuple[Pair, ...]:
    pieces = text.split("_") if text else []
    if len(pieces) > MOST_PAIRS:
        raise ValueError(f"{len(pieces)} pairs are too many")
    pairs = []
    for piece in pieces:
        first, _, second = piece.partition("-")
        pairs.append((_number(first), _number(second)))
    return tuple(sorted(set(pairs)))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise ValueError(f"no number: {text!r}")
    return int(text)


def _one_of(options: tuple[str, ...], text: str) -> str:
    if text not in options:
        raise ValueError(f"{text!r} is none of {options}")
    return text


FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "h": ("heads", _read_pairs),
    "l": ("looks", _read_pairs),
    "w": ("word", _number),
    "i": ("of_head", lambda text: _one_of(INSTEAD_OF_HEAD, text)),
    "c": ("of_look", lambda text: _one_of(INSTEAD_OF_LOOK, text)),
    "s": ("where", lambda text: _one_of(WHERE, text)),
    "o": ("others", lambda text: _one_of(OTHERS, text)),
    "f": ("followed", _number),
    "m": ("measure", lambda text: int(_one_of(("0", "1"), text))),
}
