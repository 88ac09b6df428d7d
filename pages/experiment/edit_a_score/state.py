"""What this reader did to each row, step by step; the newest edit is in the link as "weights.13.8.8~one6~3:0.25~sum"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from attention_core.analysis.edited_row import (
    EVEN,
    MOST,
    ONE,
    OWN,
    SCORES,
    WEIGHTS,
    EditedRow,
    RowEdit,
    edited_row,
)
from attention_core.errors import ReaderError
from pages.ui.reader.link_codec import cells, flag, number, option, real
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import Subject

UNDO = "edit_row_undo"  # a button that is always drawn: its state is gone when the page is left
STEPS = "edit_row_steps"  # session: each row's edits, the last one the newest
NOT_CHANGED = "Nothing was changed"
MOST_ROWS, MOST_STEPS = 24, 100

Place = tuple[str, str, int, int, int, str]  # model, text, layer, head, q_pos, scores or weights


@dataclass(frozen=True)
class Row:
    """A row and its edit, with all digits of every number."""

    kind: str = option(SCORES, WEIGHTS)
    layer: int = number(default=0)
    head: int = number(default=0)
    q_pos: int = number(default=0)
    even: bool = flag(EVEN)
    one: int | None = number(mark=ONE)  # the key that all begins on
    added: float = real(MOST, "all:", only=(SCORES,))
    cells: tuple[tuple[int, float], ...] = cells(MOST)
    divided: bool = flag("sum", only=(WEIGHTS,))

    @property
    def edit(self) -> RowEdit:
        base = EVEN if self.even else OWN if self.one is None else ONE
        typed = tuple(sorted(dict(self.cells).items()))
        return RowEdit(self.kind, base, self.one or 0, self.added, typed, self.divided)


ROW = PageState("row", Row, keys="edit_row", shown=UNDO, separators=".~")


def row_of(place: tuple[int, int, int], edit: RowEdit) -> Row:
    """The edit of the row at (layer, head, q_pos)."""
    one = edit.key if edit.base == ONE else None
    return Row(edit.kind, *place, edit.base == EVEN, one, edit.added, edit.cells, edit.divided)


def take_row_of_link() -> None:
    """Before the model is asked for anything; the edit follows when its row is there."""
    if ROW.take() and ROW.current() != Row():
        st.session_state["pick_real_query"] = ROW.current().q_pos


def edit_as_linked(subject: Subject) -> None:
    """What the link says, on the row it was made for."""
    linked = ROW.linked()
    if linked is None:
        return
    if linked == Row():  # back to where nothing was changed
        _steps(subject, SCORES)[:] = [RowEdit(SCORES)]
        return
    try:
        if (linked.layer, linked.head, linked.q_pos) != _place(subject):
            raise ReaderError("the row of another head")
        changed_row(subject, linked.edit)
    except ReaderError:
        ROW.say_not_there()
    else:
        _steps(subject, linked.kind)[:] = [RowEdit(linked.kind), linked.edit]


def write_row_to_link(subject: Subject, edit: RowEdit) -> None:
    ROW.write(Row() if edit == RowEdit(SCORES) else row_of(_place(subject), edit))


def current(subject: Subject, kind: str) -> RowEdit:
    """The row as the reader left it."""
    return _steps(subject, kind)[-1]


def can_undo(subject: Subject, kind: str) -> bool:
    return len(_steps(subject, kind)) > 1


def commit(subject: Subject, edit: RowEdit) -> None:
    """One step more, unless it is none. Only in callbacks, as `undo` and `try_edit`."""
    clear_notices()
    steps = _steps(subject, edit.kind)
    if edit != steps[-1]:
        steps.append(edit)
        del steps[1:-MOST_STEPS]


def undo(subject: Subject, kind: str) -> None:
    clear_notices()
    _steps(subject, kind).pop()


def try_edit(subject: Subject, made: Callable[[], RowEdit]) -> None:
    """One step more; if that is not possible, say why and leave the row as it was."""
    try:
        edit = made()
        changed_row(subject, edit)
    except ReaderError as error:
        clear_notices()
        notice(f"{NOT_CHANGED}: {error}")
    else:
        commit(subject, edit)


def changed_row(subject: Subject, edit: RowEdit) -> EditedRow:
    """The row before and after. Raises ValueError for a key that cannot be edited."""
    assert subject.world.trace is not None  # the seam reaches the model, see `subject_or_wait`
    return edited_row(subject.world.trace, subject.world.q_pos, edit)


def _place(subject: Subject) -> tuple[int, int, int]:
    return subject.choice.layer, subject.world.head, subject.world.q_pos


def _steps(subject: Subject, kind: str) -> list[RowEdit]:
    """The steps of this row; rows not looked at for long are forgotten."""
    rows: dict[Place, list[RowEdit]] = st.session_state.setdefault(STEPS, {})
    world = subject.world
    place = (
        subject.model_id, subject.sentence, subject.choice.layer, world.head, world.q_pos, kind,
    )  # fmt: skip
    rows[place] = rows.pop(place, [RowEdit(kind)])  # the newest last
    while len(rows) > MOST_ROWS:
        rows.pop(next(iter(rows)))
    return rows[place]
