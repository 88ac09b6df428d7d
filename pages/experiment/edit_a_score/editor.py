"""The reader's edit of a row, step by step; the newest one is in the link as "weights.13.8.8~one6~3:0.25~sum"."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.edited_row import (
    EVEN,
    MOST,
    NOTHING,
    ONE,
    OWN,
    SCORES,
    WEIGHTS,
    EditedRow,
    RowEdit,
    edited_row,
)
from attention_core.errors import ReaderError
from pages.ui.reader.link_codec import cells, flag, option, real
from pages.ui.reader.link_codec import number as whole_number
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import Subject
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import number

UNDO = "edit_row_undo"  # a button that is always drawn: its state is gone when the page is left
STEPS = "edit_row_steps"  # session: each row's edits, the last one the newest
TYPED = "edit_row_typed"
NOT_CHANGED = "Nothing was changed"
MOST_ROWS, MOST_STEPS = 24, 100
MOST_CELLS = 16  # keys in the row: more would be too narrow to hold a number
FORBIDDEN = (
    "Hatched keys are forbidden by the mask: the query may not see what comes later, and no edit "
    "brings a forbidden key back."
)

Place = tuple[str, str, int, int, int, str]  # model, text, layer, head, q_pos, scores or weights


@dataclass(frozen=True)
class Row:
    """A row and its edit, with all digits of every number."""

    kind: str = option(SCORES, WEIGHTS)
    layer: int = whole_number(default=0)
    head: int = whole_number(default=0)
    q_pos: int = whole_number(default=0)
    even: bool = flag(EVEN)
    one: int | None = whole_number(mark=ONE)  # the key that all begins on
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


def changed_row(subject: Subject, edit: RowEdit) -> EditedRow:
    """The row before and after. Raises ValueError for a key that cannot be edited."""
    assert subject.world.trace is not None  # the seam reaches the model, see `subject_or_wait`
    return edited_row(subject.world.trace, subject.world.q_pos, edit)


def _place(subject: Subject) -> tuple[int, int, int]:
    return subject.choice.layer, subject.world.head, subject.world.q_pos


def _steps(subject: Subject, kind: str) -> list[RowEdit]:
    """The steps of this row; rows not looked at for long are forgotten."""
    rows: dict[Place, list[RowEdit]] = st.session_state.setdefault(STEPS, {})
    place = (subject.model_id, subject.sentence, *_place(subject), kind)
    rows[place] = rows.pop(place, [RowEdit(kind)])  # the newest last
    while len(rows) > MOST_ROWS:
        rows.pop(next(iter(rows)))
    return rows[place]


def _undo(subject: Subject, kind: str) -> None:
    clear_notices()
    _steps(subject, kind).pop()


def _try_edit(subject: Subject, kind: str, change: Callable[[RowEdit], RowEdit]) -> None:
    """One step more, unless it is none; if that is not possible, say why and leave the row as it was. Only in callbacks."""
    steps = _steps(subject, kind)
    clear_notices()
    try:
        edit = change(steps[-1])
        changed_row(subject, edit)
    except ReaderError as error:
        notice(f"{NOT_CHANGED}: {error}")
        return
    if edit != steps[-1]:
        steps.append(edit)
        del steps[1:-MOST_STEPS]


def editor(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """All that changes the row."""
    _cells(subject, edit, row)
    _one_number(subject, edit, row)
    _shortcuts(subject, edit, row)


def numbers_of(edit: RowEdit, row: EditedRow) -> np.ndarray:
    """What is edited: scores, or weights before they are divided by their sum; nan where blocked."""
    shown = (row.changed_scores if edit.kind == SCORES else row.changed_weights).astype(float)
    if edit.kind == WEIGHTS and edit.divided and abs(row.total) > NOTHING:
        shown = shown * row.total
    return np.where(row.allowed, shown, np.nan)


def strongest_of(row: EditedRow, n: int, also: int) -> np.ndarray:
    """The keys with the most weight before or after, and one more."""
    return strongest(np.maximum(row.weights, np.abs(row.changed_weights)), n, also=also)


def _cells(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """The row as a matrix of one row. Of many keys, the strongest, and the chosen one."""
    world = subject.world
    shown = strongest_of(row, MOST_CELLS, world.k_pos)
    values = numbers_of(edit, row)[shown]
    query, are_weights = world.queries[world.q_pos], edit.kind == WEIGHTS
    Figure(
        f"The {edit.kind} of the row {query}, to be edited",
        values[np.newaxis],
        rows=[query],
        columns=[world.keys[k] for k in shown],
        column_title="token that offers a key",
        role="weights" if are_weights else "diverging",
        low=min(0.0, float(np.nanmin(values))) if are_weights else None,
        high=max(1.0, float(np.nanmax(values))) if are_weights else None,
        blocked=~row.allowed[shown][np.newaxis],
        cell=(0, int(np.flatnonzero(shown == world.k_pos)[0])),
    ).draw(
        f"edit_row_{edit.kind}",
        on_edit=lambda _, column, value: _typed(subject, edit.kind, int(shown[column]), value),
        about=f"{subject.model_id} {subject.sentence} {subject.choice.layer}.{world.head}.{world.q_pos}",
        has_files=False,
    )
    if len(shown) < len(row.allowed):
        st.markdown(
            f"The {len(shown)} strongest of {len(row.allowed)} keys; choose another one in the table or in a "
            "heatmap, and it joins them."
        )
    if not row.allowed.all():
        st.markdown(
            FORBIDDEN
            if not row.allowed[shown].all()
            else "Keys that the mask forbids are not offered: no edit brings them back."
        )


def _one_number(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    """The number of the chosen key, to be typed: the way for small screens."""
    world = subject.world
    now = numbers_of(edit, row)[world.k_pos]
    what = "score" if edit.kind == SCORES else "weight"

    def take() -> None:
        text = st.session_state[TYPED].strip()
        st.session_state[TYPED] = ""
        if not text:
            return
        try:
            value = float(text.replace(",", ".").replace("−", "-"))
        except ValueError:
            clear_notices()
            notice(f"{NOT_CHANGED}: “{text[:40]}” is no number. Type one such as 3 or -2.")
        else:
            _typed(subject, edit.kind, world.k_pos, value)

    shown = number(now) if math.isfinite(now) else "none: the mask forbids it"
    st.text(f"Chosen key: {world.keys[world.k_pos]}, {what} {shown}")
    st.text_input(
        f"New {what} of the chosen key",
        key=TYPED,
        placeholder="Type a number and press Enter",
        on_change=take,
        width=320,
        disabled=not row.allowed[world.k_pos],
    )


def _typed(subject: Subject, kind: str, k_pos: int, value: float) -> None:
    """The chosen key is then the one that was typed over."""
    _try_edit(subject, kind, lambda now: now.with_cell(k_pos, value))
    subject.world.pick_cell(subject.world.q_pos, k_pos)


def _shortcuts(subject: Subject, edit: RowEdit, row: EditedRow) -> None:
    kind, k_pos, fresh = edit.kind, subject.world.k_pos, RowEdit(edit.kind, divided=edit.divided)

    def button(
        name: str, icon: str, change: Callable[[RowEdit], RowEdit], key: str, usable: bool = True
    ) -> None:
        _button(name, icon, key, lambda: _try_edit(subject, kind, change), usable)

    with st.container(horizontal=True):
        button(
            "All on the chosen key",
            "filter_1",
            lambda _: replace(fresh, base=ONE, key=k_pos),
            "edit_row_filter_1",
            bool(row.allowed[k_pos]),
        )
        button("Even", "drag_handle", lambda _: replace(fresh, base=EVEN), "edit_row_drag_handle")
        if kind == SCORES:
            button(
                "Add 1 to every score",
                "exposure_plus_1",
                lambda now: now.raised(1.0),
                "edit_row_add",
            )
        else:  # weights need not sum to 1; whoever wants it has them divided by their sum
            button(
                "Do not divide" if edit.divided else "Divide by the sum",
                "percent",
                lambda now: replace(now, divided=not edit.divided),
                "edit_row_percent",
                edit.divided or abs(row.total) > NOTHING,
            )
        can_undo = len(_steps(subject, kind)) > 1
        _button("Undo", "undo", UNDO, lambda: _undo(subject, kind), can_undo)
        button(
            "Back to the model’s own",
            "restart_alt",
            lambda _: RowEdit(kind),
            "edit_row_restart_alt",
            edit != RowEdit(kind),
        )


def _button(name: str, icon: str, key: str, action: Callable[[], None], usable: bool) -> None:
    st.button(
        name,
        icon=f":material/{icon}:",
        key=key,
        disabled=not usable,
        on_click=after_delivery(action),
    )
