"""What this reader did to each row, step by step, so that it can be undone; the newest row is in the link."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attention_core.analysis.edited_row import SCORES, EditedRow, RowEdit, edited_row
from attention_core.errors import ReaderError
from pages.experiment.edit_a_score.link import LINK, Linked, read, written
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.ready import Subject

KIND = "edit_row_kind"  # a widget, kept for the session
UNDO = "edit_row_undo"  # a button, so it is gone when the page is left
STEPS = "edit_row_steps"  # session: each row's edits, the last one the newest
LINKED = "edit_row_of_link"  # session: what a link says, until its row is there
MOST_ROWS, MOST_STEPS = 24, 100
NOT_THERE = "This link asks for an edited row that is not there, so the model's own is shown."

Place = tuple[str, str, int, int, int, str]  # model, text, layer, head, q_pos, scores or weights


def take_row_of_link() -> None:
    """Before the model is asked for anything; the edit follows when its row is there."""
    link = LINK.news(is_new=UNDO not in st.session_state)
    if link is None:
        return
    if not link:  # back to where nothing was changed
        st.session_state.update({LINKED: None, KIND: SCORES})
        return
    try:
        linked = read(link)
    except ValueError:
        _say_not_there()
        return
    st.session_state.update(
        {LINKED: linked, KIND: linked.edit.kind, "pick_real_query": linked.q_pos}
    )


def edit_as_linked(subject: Subject) -> None:
    """What the link says, on the row it was made for."""
    if LINKED not in st.session_state:
        return
    linked: Linked | None = st.session_state.pop(LINKED)
    if linked is None:
        _steps(subject, SCORES)[:] = [RowEdit(SCORES)]
        return
    here = (subject.choice.layer, subject.world.head, subject.world.q_pos)
    try:
        if (linked.layer, linked.head, linked.q_pos) != here:
            raise ReaderError("the row of another head")
        changed_row(subject, linked.edit)
    except ReaderError:
        _say_not_there()
    else:
        _steps(subject, linked.edit.kind)[:] = [RowEdit(linked.edit.kind), linked.edit]


def write_row_to_link(subject: Subject, edit: RowEdit) -> str:
    """What the reader should know of the link, or ""."""
    if edit == RowEdit(SCORES):
        return LINK.write(None)
    linked = Linked(subject.choice.layer, subject.world.head, subject.world.q_pos, edit)
    return LINK.write(written(linked))


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
        notice(f"Nothing was changed: {error}")
    else:
        commit(subject, edit)


def changed_row(subject: Subject, edit: RowEdit) -> EditedRow:
    """The row before and after. Raises ValueError for a key that cannot be edited."""
    assert subject.world.trace is not None  # the seam reaches the model, see `subject_or_wait`
    return edited_row(subject.world.trace, subject.world.q_pos, edit)


def _say_not_there() -> None:
    notice(NOT_THERE)
    st.text(NOT_THERE)


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
