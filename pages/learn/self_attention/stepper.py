"""The stepper of lesson 6: a list of steps, the step's matrix in its place, one cell's arithmetic, the source.

What the steps are is told by `content`; this draws them and hears the clicks.
"""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.heads import head_of
from attention_core.toy.scenario import run
from pages.learn.self_attention.content import STEPS
from pages.learn.self_attention.flow import Flow, Picture, Step
from pages.learn.self_attention.source import quotes
from pages.learn.self_attention.state import NAMES, STEP, take_step_of_link
from pages.ui.reader.controls import chosen
from pages.ui.reader.outside import outside
from pages.ui.reader.predict import predict
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_editor import history_buttons, toy_editor
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import World, toy_world
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import number

BEFORE_SOFTMAX = NAMES[4]
DIMENSION = "steps_dimension"  # session: the dimension that was clicked
LIST_ON_WIDE_SCREENS = """<style>
@media (min-width: 641px) {.st-key-steps_list [role='radiogroup'] {flex-direction: column; align-items: start}}
</style>"""
ROWS = {"x": "token", "k": "key (offers)", "v": "value (hands over)", "output": "token"}
SHARES = ("less than a quarter", "a quarter to a half", "a half to three quarters", "more")


def stepper(toy: Toy) -> None:
    """The whole of it, for the reader's toy of the sentence."""
    take_step_of_link()
    st.html(LIST_ON_WIDE_SCREENS)
    _steps(toy, outside(toy))


@st.fragment
def _steps(toy: Toy, seen_outside: object) -> None:
    """What another step redraws: all but the page around it."""
    left, right = st.columns([1, 4], gap="medium")
    with left:
        name = _list()
    with right:
        _view(toy, name, seen_outside)
    quotes(name)
    STEP.write()


def _list() -> str:
    """The names of the steps, Back and Next."""
    with st.container(key="steps_list"):
        STEP.draw("step", st.radio, "Step", NAMES, horizontal=True, label_visibility="collapsed")
    name = STEP.current().step
    at = NAMES.index(name)
    with st.container(horizontal=True):
        _go("Back", at - 1)
        _go("Next", at + 1)
    return name


def _go(label: str, to: int) -> None:
    st.button(
        label,
        key=f"steps_{label}",
        shortcut=label[0],  # a letter, for the matrix needs the arrow keys
        disabled=to not in range(len(NAMES)),
        on_click=lambda: STEP.change(step=NAMES[to]),
    )


@st.fragment
def _view(toy: Toy, name: str, seen_outside: object) -> None:
    """What an edit redraws: the editor itself, the matrix, the arithmetic; all, if the page around it must follow."""
    if seen_outside != outside(toy):
        st.rerun()
    with st.expander(
        "Edit the toy: embeddings, matrices, mask",
        icon=":material/edit:",
        on_change="rerun",
        key="steps_editing",
    ) as editor:
        if editor.open:
            toy_editor(toy)
            history_buttons(toy)
    if said := write_edits_to_link(toy):
        st.markdown(said)
    world = toy_world(toy.current, chosen())
    if len(world.weights) > 1:
        _pick_head(world)
    flow = _flow(toy, world)
    step = STEPS[name](flow)
    st.markdown(step.says)
    if len(step.pictures) == 1:
        _picture("steps_matrix", step.pictures[0], flow, world)  # one key: it keeps its place
    else:
        for place, picture in zip(st.columns(len(step.pictures)), step.pictures, strict=True):
            with place:
                _picture(f"steps_{picture.name}", picture, flow, world)
    _arithmetic(name, step, world)
    if name == BEFORE_SOFTMAX:
        _prediction(toy, world)


def _pick_head(world: World) -> None:
    key = f"steps_head_{len(world.weights)}"
    st.segmented_control(
        "Head",
        range(len(world.weights)),
        default=world.head,
        required=True,
        key=key,
        wrap=True,
        on_change=lambda: _look_at(world, st.session_state[key]),
    )


def _look_at(world: World, head: int) -> None:
    world.pick_head(head)
    st.session_state.pop(DIMENSION, None)


def _flow(toy: Toy, world: World) -> Flow:
    """Until the reader clicks on another, the dimension that the query takes most of."""
    layer = run(toy.current)
    trace = head_of(layer.heads, world.head)
    strongest = int(np.abs(trace.context[world.q_pos]).argmax())
    usual = world.head * trace.context.shape[-1] + strongest
    dimension = st.session_state.get(DIMENSION, usual)
    return Flow(toy.current, layer, trace, world.head, world.q_pos, world.k_pos, dimension)


def _picture(key: str, picture: Picture, flow: Flow, world: World) -> None:
    offers = picture.role in ("key", "value")
    row = flow.k_pos if offers else flow.q_pos
    pairs = picture.columns is None
    columns = world.keys if picture.columns is None else list(picture.columns)
    column = flow.k_pos if pairs else picture.marked

    def pick(r: int, c: int | None) -> None:
        if pairs:
            world.pick_cell(r, c)
            return
        if offers:
            world.pick_cell(flow.q_pos, r)
        elif r != flow.q_pos:
            ask(r)
        if c is not None:
            st.session_state[DIMENSION] = picture.first + c

    Figure(
        f"{picture.name}: {world.queries[row]}, {columns[column]} is "
        f"{number(picture.values[row, column])}.",
        picture.values,
        rows=world.queries,
        columns=columns,
        row_title=ROWS.get(picture.name, "query (asks)"),
        column_title="key (offers)" if pairs else "dimension",
        role=picture.role,
        low=None if picture.reach is None else -picture.reach,
        high=picture.reach,
        blocked=world.blocked if picture.role == "weights" else None,
        row=row,
        cell=(row, column),
    ).draw(key, on_pick=pick, has_files=False)


def _arithmetic(name: str, step: Step, world: World) -> None:
    """The chosen cell worked out, and all cells as a table."""
    frames = {
        picture.name: matrix_frame(picture.values, world.keys, picture.columns or world.keys)
        for picture in step.pictures
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{world.queries[world.q_pos]}  →  {world.keys[world.k_pos]}", width="stretch")
        table_twin(f"Step {name}", lambda: pd.concat(frames, axis=1), key="steps_twin")
    formula(step.arithmetic, key="steps")


def _prediction(toy: Toy, world: World) -> None:
    """How much softmax makes of the chosen score; asked where only the scores are on the page."""
    share = float(world.row[world.k_pos])
    if share in (0, 1):
        return  # blocked, or the only key: nothing to guess
    predict(
        "The softmax comes next. How large a share of this row will the chosen key get?",
        SHARES,
        sum(share >= bound for bound in (0.25, 0.5, 0.75)),
        lambda: f"The weight will be :violet[**{share:.4f}**].",
        key="steps",
        about=(toy.current.sentence, world.q_pos, world.k_pos, world.row.tobytes()),
    )
