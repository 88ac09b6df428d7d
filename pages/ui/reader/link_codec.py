"""A frozen dataclass as the text of a link and back: each field says how it is written.

Fields without a mark stand first, each in its place. A field with a mark begins with it, and is not written while it
has its default. No text of a link raises anything but ValueError.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Pair = tuple[int, int]
LARGEST = 9_999_999  # of a position or a token
MOST_PAIRS = 200  # of one field
LONGEST_QUOTE = 60  # characters of a link in an error
_REAL = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Form:
    """How one field stands in the link."""

    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    mark: str | None = None  # what its piece begins with; None: it has a place
    only: tuple[object, ...] = ()  # the values of the first field that it goes with; (): all
    is_each: bool = False  # a tuple, each item a piece of its own
    is_rest: bool = False  # all the rest of the link, whatever characters it has

    def goes_with(self, first: object) -> bool:
        return not self.only or first in self.only


def option(
    *values: object,
    default: object = None,
    text: Callable[[Any], str] = str,
    mark: str | None = None,
    only: tuple[object, ...] = (),
) -> Any:
    """One of a few values; the first is the default unless another is given."""
    by_text = {text(value): value for value in values}

    def read(piece: str) -> object:
        if piece not in by_text:
            raise ValueError(f"{_quoted(piece)} is none of {', '.join(by_text)}")
        return by_text[piece]

    usual = values[0] if default is None else default
    return _field(usual, Form(read, text, mark, only))


def flag(mark: str, only: tuple[object, ...] = ()) -> Any:
    """True where the mark is in the link."""
    return option(True, default=False, text=lambda _: "", mark=mark, only=only)


def number(
    low: int = 0,
    high: int = LARGEST,
    *,
    default: int | None = None,
    mark: str | None = None,
    only: tuple[object, ...] = (),
) -> Any:
    """A whole number within bounds."""
    return _field(default, Form(lambda piece: _whole(piece, low, high), str, mark, only))


def real(most: float, mark: str, only: tuple[object, ...] = ()) -> Any:
    """A number of at most this size, with all its digits; 0 is the default."""
    return _field(0.0, Form(lambda piece: _real(piece, most), repr, mark, only))


def pairs(mark: str, only: tuple[object, ...] = ()) -> Any:
    """A set of pairs of positions, sorted: "5-11_3-1". The default is None."""

    def write(value: tuple[Pair, ...]) -> str:
        return "_".join(f"{a}-{b}" for a, b in value)

    return _field(None, Form(_pairs, write, mark, only))


def cells(most: float) -> Any:
    """Numbers at positions, each a piece of its own without a mark: "3:0.25"."""

    def read(piece: str) -> tuple[int, float]:
        place, _, value = piece.partition(":")
        return _whole(place, 0, LARGEST), _real(value, most)

    return _field((), Form(read, lambda cell: f"{cell[0]}:{cell[1]!r}", mark="", is_each=True))


def rest(mark: str | None = None, only: tuple[object, ...] = ()) -> Any:
    """Any text that is not blank, to the end of the link."""

    def read(piece: str) -> str:
        if not piece.strip():
            raise ValueError("the text is blank")
        return piece.strip()

    return _field("", Form(read, str, mark, only, is_rest=True))


def encode(state: DataclassInstance, separators: str = ".") -> str | None:
    """The state as the link says it; None for the usual one.

    `separators`: the character between places, then the one before a mark; they may be the same.
    """
    link, usual = (_written(each, separators) for each in (state, type(state)()))
    return None if link == usual else link


def decode(kind: type[T], link: str, separators: str = ".") -> T:
    """The state that a link says; "" is the usual one. Raises ValueError that names what is wrong."""
    if not link:
        return kind()
    head, *others = link.split(separators[-1])
    pieces = deque([*head.split(separators[0]), *others])
    (first, form, _), *later = _forms(kind)
    values = {first: _take(first, form, pieces, separators[-1])}
    later = [each for each in later if each[1].goes_with(values[first])]
    for name, form, _ in later:
        if form.mark is None:
            values[name] = _take(name, form, pieces, separators[-1])
    while pieces:
        name, form = _marked(later, pieces[0])
        value = _take(name, form, pieces, separators[-1])
        if form.is_each:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _written(state: DataclassInstance, separators: str) -> str:
    first = getattr(state, fields(state)[0].name)
    places, marked = [], []
    for name, form, usual in _forms(type(state)):
        value = getattr(state, name)
        if not form.goes_with(first):
            continue
        if form.mark is None:
            places.append(form.write(value))
        elif value != usual:
            items = value if form.is_each else (value,)
            marked += [f"{form.mark}{form.write(item)}" for item in items]
    return separators[-1].join([separators[0].join(places), *marked])


def _forms(kind: type[DataclassInstance]) -> list[tuple[str, Form, Any]]:
    """Each field's name, form and default."""
    return [(each.name, each.metadata["form"], each.default) for each in fields(kind)]


def _field(default: object, form: Form) -> Any:
    return field(default=default, metadata={"form": form})


def _marked(forms: list[tuple[str, Form, Any]], piece: str) -> tuple[str, Form]:
    """The field whose mark begins the piece; of two, that with the longer mark."""
    marks = {form.mark: (name, form) for name, form, _ in forms if form.mark is not None}
    found = [mark for mark in marks if piece.startswith(mark)]
    if not found:
        raise ValueError(f"no field begins as {_quoted(piece)}")
    return marks[max(found, key=len)]


def _take(name: str, form: Form, pieces: deque[str], separator: str) -> Any:
    """The value of the next piece, or of all that are left."""
    if not pieces:
        raise ValueError(f"{name} is missing")
    piece = separator.join(pieces) if form.is_rest else pieces.popleft()
    if form.is_rest:
        pieces.clear()
    try:
        return form.read(piece.removeprefix(form.mark or ""))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _pairs(piece: str) -> tuple[Pair, ...]:
    items = piece.split("_") if piece else []
    if len(items) > MOST_PAIRS:
        raise ValueError(f"{len(items)} pairs are more than {MOST_PAIRS}")
    both = [item.partition("-") for item in items]
    found = {(_whole(a, 0, LARGEST), _whole(b, 0, LARGEST)) for a, _, b in both}
    return tuple(sorted(found))


def _whole(piece: str, low: int, high: int) -> int:
    is_number = piece.isascii() and piece.isdecimal() and len(piece) <= len(str(high))
    if not (is_number and low <= int(piece) <= high):
        raise ValueError(f"{_quoted(piece)} is no whole number from {low} to {high}")
    return int(piece)


def _real(piece: str, most: float) -> float:
    if not (_REAL.fullmatch(piece) and abs(float(piece)) <= most):
        raise ValueError(f"{_quoted(piece)} is no number up to ±{most:g}")
    return float(piece)


def _quoted(piece: str) -> str:
    return repr(piece[:LONGEST_QUOTE])
