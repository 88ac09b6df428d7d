"""Lesson 6: one word's way from embedding to output: the steps as a list, each with its matrix, one cell and the source."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown
from attention_core.analysis.source import source_of, statement_of
from attention_core.attention import attention
from attention_core.heads import head_of, multi_head_attention, project
from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.softmax import softmax_steps
from attention_core.toy.own import from_random, from_vectors, made_up
from attention_core.toy.presets import look_up
from attention_core.toy.scenario import mask_of, run
from pages.learn.self_attention.states import dog_on_the_map, states_panel
from pages.learn.self_attention.steps import NAMES, STEP, STEPS, Flow, Picture
from pages.ui.reader.controls import chosen, surroundings
from pages.ui.reader.predict import predict
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_editor import history_buttons, toy_editor
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import World, toy_world
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, real_heading, toy_of_sentence
from pages.ui.widgets.wording import number

BEFORE_SOFTMAX = NAMES[4]
DIMENSION = "steps_dimension"  # session: the dimension that was clicked
LIST_ON_WIDE_SCREENS = """<style>
@media (min-width: 641px) {.st-key-steps_list [role='radiogroup'] {flex-direction: column; align-items: start}}
</style>"""
ROWS = {"x": "token", "k": "key (offers)", "v": "value (hands over)", "output": "token"}
# the process cannot read itself anew; say so rather than show what does not run
CHANGED = ". **It was changed since this app started: restart it to run what you see.**"
SHARES = ("less than a quarter", "a quarter to a half", "a half to three quarters", "more")
Quote = tuple[Callable[..., Any], tuple[str, ...]]  # a function, and names whose statements to show
QUOTES: dict[str, list[Quote]] = {
    "2 q, k, v": [(multi_head_attention, ("q",)), (project, ("q", "k", "v"))],
    "3 scores": [(attention, ("scores",))],
    "4 scale": [(attention, ("scale", "scaled_scores", "capped_scores"))],
    "6 softmax": [
        (attention, ("joined_scores", "weights")),
        (softmax_steps, ("tempered", "highest", "top", "shifted", "exps", "total", "weights")),
    ],
    "7 weighted sum": [(attention, ("context",))],
    "8 output": [(multi_head_attention, ("merged", "return"))],
}
# step 1 depends on where the toy's embeddings come from, step 5 on its mask
PRESET: list[Quote] = [(look_up, ("return",))]
MADE_UP: list[Quote] = [(from_random, ("x",)), (made_up, ("digest", "pairs", "return"))]
SHORTENED: list[Quote] = [(from_vectors, ("coordinates", "x"))]
EMBEDDED = {"preset": PRESET, "made up": MADE_UP}
MASKED: dict[str, list[Quote]] = {
    "none": [],
    "causal": [(causal_mask, ("n_k", "return"))],
    "window": [(sliding_window_mask, ("n_k", "q_pos", "return"))],
}


def stepper(toy: Toy) -> None:
    """The steps of the reader's toy. Who comes back begins at the first, unless the link has another."""
    if STEP.shown not in st.session_state:
        STEP.change(step=NAMES[0])
    STEP.take()
    st.html(LIST_ON_WIDE_SCREENS)
    _steps(toy, surroundings(toy))


@st.fragment
def _steps(toy: Toy, around: object) -> None:
    """What another step redraws: all but the page around it."""
    left, right = st.columns([1, 4], gap="medium")
    with left:
        name = _list()
    with right:
        _view(toy, name, around)
    quotes(quotes_of(name, toy))
    STEP.write()


def _list() -> str:
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
def _view(toy: Toy, name: str, around: object) -> None:
    """What an edit redraws: the editor itself, the matrix, the arithmetic; all, if the page around it must follow."""
    if around != surroundings(toy):
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
    if too_long := write_edits_to_link(toy):
        st.markdown(too_long)
    world = toy_world(toy.current, chosen())
    if len(world.weights) > 1:
        _pick_head(world)
    flow = _flow(toy, world)
    step = STEPS[name](flow)
    st.markdown(step.text)
    if len(step.pictures) == 1:
        title = f"Step {name}"  # one key: the picture keeps its place
        _picture("steps_matrix", title, step.pictures[0], flow, world)
    else:
        for place, picture in zip(st.columns(len(step.pictures)), step.pictures, strict=True):
            with place:
                title = f"Step {name}: {picture.name}"
                _picture(f"steps_{picture.name}", title, picture, flow, world)
    st.text(f"{world.queries[world.q_pos]}  →  {world.keys[world.k_pos]}")
    formula(step.arithmetic, key="steps")
    if name == BEFORE_SOFTMAX:
        _prediction(toy, world)


def _pick_head(world: World) -> None:
    key = f"steps_head_{len(world.weights)}"

    def choose() -> None:
        world.pick_head(st.session_state[key])
        st.session_state.pop(DIMENSION, None)

    st.segmented_control(
        "Head",
        range(len(world.weights)),
        default=world.head,
        required=True,
        key=key,
        wrap=True,
        on_change=choose,
    )


def _flow(toy: Toy, world: World) -> Flow:
    """Until the reader clicks on another, the dimension that the query takes most of."""
    layer = run(toy.current)
    trace = head_of(layer.heads, world.head)
    strongest = int(np.abs(trace.context[world.q_pos]).argmax())
    usual = world.head * trace.context.shape[-1] + strongest
    dimension = st.session_state.get(DIMENSION, usual)
    return Flow(toy.current, layer, trace, world.head, world.q_pos, world.k_pos, dimension)


def _picture(key: str, title: str, picture: Picture, flow: Flow, world: World) -> None:
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
        title,
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
        summary=f"{world.queries[row]}, {columns[column]} is {number(picture.values[row, column])}.",
        meaning=picture.name,
    ).draw(key, on_pick=pick)


def _prediction(toy: Toy, world: World) -> None:
    """How much softmax makes of the chosen score; asked where only the scores are on the page."""
    share = float(world.row[world.k_pos])
    if share in (0, 1):
        return  # blocked, or the only key: nothing to guess
    assert world.trace is not None  # of a toy
    steps = row_breakdown(world.trace, world.q_pos)
    predict(
        "The softmax comes next. How large a share of this row will the chosen key get?",
        SHARES,
        sum(share >= bound for bound in (0.25, 0.5, 0.75)),
        lambda: (
            f"e^(score − max) is {number(steps.exps[world.k_pos])} for this key, and the row's sum is "
            f"{number(steps.total)}: the weight will be :violet[**{share:.4f}**]."
        ),
        key="steps",
        about=(toy.current.sentence, world.q_pos, world.k_pos, world.row.tobytes()),
    )


def quotes_of(name: str, toy: Toy) -> list[Quote]:
    """The code that made the numbers of this step for this toy."""
    if name == NAMES[0]:
        return EMBEDDED.get(toy.origin, SHORTENED)
    if name == BEFORE_SOFTMAX:
        made_by = MASKED[toy.current.mask]
        seen_by = (attention, ("biased_scores", "masked_scores"))
        return [(mask_of, ("n_tokens", "return")), *made_by, seen_by]
    return QUOTES[name]


def quotes(of_step: list[Quote]) -> None:
    """The statements that make the numbers of a step, then the whole functions."""
    for function, names in of_step:
        statement = statement_of(function, *names)
        lines = "lines" if len(statement.lines) > 1 else "line"
        st.markdown(
            f"Code: **{function.__name__}**, {lines} {statement.line_numbers} of `{statement.file}`"
        )
        st.code(statement.text, wrap_lines=True)
    with st.expander("The whole function", on_change="rerun", key="steps_whole") as whole:
        if whole.open:
            for function in dict.fromkeys(function for function, _ in of_step):
                source = source_of(function)
                st.markdown(f"`{source.file}`, from line {source.line}{CHANGED * source.is_newer}")
                st.code(source.text)


st.markdown(
    "**Self-attention:** every word asks all the words of its own sentence, all at the same time. "
    "Follow one number through eight steps; click any cell to follow another."
)
toy = toy_of_sentence()
if toy is not None:
    stepper(toy)

dog_on_the_map()

real_heading("The same in a real model, layer after layer")
if toy is not None:
    states_panel(chosen(), toy.current)
