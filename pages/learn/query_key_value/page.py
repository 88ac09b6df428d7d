"""Lesson 5: what a word asks, offers and hands over; the three matrices that make it so, and why they are three."""

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.diagonal import asymmetry
from attention_core.heads import merge_heads
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.controls import Choice, chosen, surroundings
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_editor import MADE_OF, ROLES, history_buttons, table_editor, table_names
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import World, real_world, toy_world
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import qkv_panel
from pages.ui.widgets.parts import formula, notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import number, sub, vector

BOOKS = 3
ASKS, HOME = "asks", "home"
COLOURS = {"W_Q": "blue", "W_K": "orange", "W_V": "green"}
WORD, CELL = "qkv_word", "qkv_cell"  # session: (query, word) and (row, column) of W, as chosen
ANSWERS = ("the same in both directions", "the first is larger", "the second is larger")


@st.fragment
def on_the_toy(toy: Toy, around: object) -> None:
    """All that is computed from the toy, redrawn alone unless the page around it must follow."""
    if around != surroundings(toy):
        st.rerun()
    world = toy_world(toy.current, chosen())
    st.header("A library", anchor=False)
    picture, words = st.columns(2, gap="large", vertical_alignment="center")
    with words:
        st.markdown(
            "You come with a question in mind: your :blue[**query**]. Every book shows a title: its "
            ":orange[**key**]. You compare your question with all titles, and take home what is "
            "*in* the books: their :green[**values**], most from those whose titles fit best. "
            "How much from each is its :violet[**weight**]."
        )
        notice_this("Each word plays all three parts: it asks, it is a title, it is a content.")
    with picture:
        library(world)
    st.header("Three matrices make the three parts", anchor=False)
    st.markdown(
        "Asking, offering and handing over are learned apart. Each is the same embedding times "
        "another matrix. Click a word, or one of its results, to see it worked out."
    )
    projection(toy, world.q_pos)
    st.header("Why not one matrix for asking and offering?", anchor=False)
    symmetry(toy.current, world)
    if too_long := write_edits_to_link(toy):
        st.markdown(too_long)


def library(world: World) -> None:
    """The chosen word as a reader among the words as books; a click on a book lets that word ask."""
    assert world.trace is not None  # the toy has one
    scores = world.trace.scores[world.q_pos]
    shelf = [int(k) for k in strongest(world.row, BOOKS) if world.row[k] > 0]
    asks = world.queries[world.q_pos]
    boxes = [Box(ASKS, [asks, "has a question: q"], 2, 0, "query", 1.5)]
    arrows = []
    for i, k in enumerate(shelf):
        column = 2 + i - (len(shelf) - 1) / 2
        boxes.append(Box(str(k), [world.keys[k], f"fits: {number(scores[k])}"], column, 2, "key"))
        arrows.append(Arrow(ASKS, str(k), f"{world.row[k]:.2f}", "weights", float(world.row[k])))
        arrows.append(Arrow(str(k), HOME, role="value", strength=float(world.row[k])))
    boxes.append(Box(HOME, ["takes home", "a mix of contents: v"], 2, 3.8, "output", 1.5))
    diagram(
        boxes,
        arrows,
        key="qkv_library",
        label=f"A library: {asks} asks. "
        + "; ".join(f"{world.keys[k]} gets {world.row[k]:.2f}" for k in shelf)
        + ". Choose a book and that word asks.",
        on_pick=lambda name: world.pick_cell(int(name), None) if name.isdigit() else None,
    )
    rest = len(world.keys) - len(shelf)
    if rest:
        share = 1 - sum(float(world.row[k]) for k in shelf)
        st.markdown(f"{rest} more books get :violet[{max(share, 0.0):.2f}] together.")


def projection(toy: Toy, query: int) -> None:
    """x, W and x W side by side; W can be changed, and a click on the others chooses what is worked out."""
    name = st.segmented_control(
        "Matrix",
        list(COLOURS),
        default="W_Q",
        required=True,
        format_func=lambda W: f":{COLOURS[W]}[{W}: {MADE_OF[W]}]",
        key="qkv_matrix",
        wrap=True,
        label_visibility="collapsed",
    )
    asked, word = st.session_state.get(WORD, (query, query))
    if asked != query or word >= len(toy.current.tokens):
        word = query
    largest = int(np.abs(toy.current.x[word]).argmax())
    row, column = st.session_state.get(CELL, (largest, 0))

    def choose(r: int, c: int | None) -> None:
        st.session_state[WORD] = query, r
        if c is not None:
            st.session_state[CELL] = row, c

    x_side, W_side, made_side = st.columns([10, 9, 9])
    tokens, dimensions = table_names(toy.current, "x")
    letter, colour = name[-1].lower(), COLOURS[name]
    outs = table_names(toy.current, name)[1]
    # as the core computed it for all words, the heads' parts side by side
    made = merge_heads(getattr(run(toy.current).heads, letter))
    with x_side:
        st.markdown("**x**: the embeddings")
        Figure(
            f"Embeddings; the row of {tokens[word]} is chosen.",
            toy.current.x,
            rows=tokens,
            columns=dimensions,
            row_title="token",
            column_title="dimension",
            role="diverging",
            row=word,
        ).draw("qkv_x", on_pick=lambda r, _: choose(r, None), has_files=False)
    with W_side:
        st.markdown(f"times :{colour}[**{name}**]: click a number and change it")
        table_editor(
            toy,
            name,
            key="qkv_W",
            label=f"{name}; from {dimensions[row]} to {outs[column]} is "
            f"{number(getattr(toy.current, name)[row, column])}.",
            cell=(row, column),
            on_edit=lambda r, c: st.session_state.update({CELL: (r, c)}),
        )
        history_buttons(toy)
    with made_side:
        st.markdown(f"makes :{colour}[**{letter}**]")
        Figure(
            f"{letter} of each word; {tokens[word]}, {outs[column]} is "
            f"{number(made[word, column])}.",
            made,
            rows=tokens,
            columns=outs,
            row_title="token",
            column_title="dimension",
            role=ROLES[name],
            row=word,
            cell=(word, column),
            whole=Numbers(f"x, {name} and {letter}", lambda: _tables(toy.current, name, made)),
        ).draw("qkv_made", on_pick=choose)
    st.text(f"{tokens[word]}, {outs[column]}")
    terms = [
        f"{number(x)}\u00a0·\u00a0:{colour}[{number(w)}]"
        for x, w in zip(toy.current.x[word], getattr(toy.current, name)[:, column], strict=True)
    ]
    terms[row] = f"**{terms[row]}**"  # that of the marked cell of W
    formula(
        f":{colour}[{letter}\u00a0{column}] = {' + '.join(terms)} = "
        f":{colour}[**{number(made[word, column])}**]",
        key="qkv_products",
    )


def _tables(scenario: Scenario, name: str, made: np.ndarray) -> pd.DataFrame:
    """x, W and x W one below the other."""
    tokens, dimensions = table_names(scenario, "x")
    _, outs = table_names(scenario, name)
    return pd.concat(
        {
            "x": matrix_frame(scenario.x, tokens, dimensions),
            name: matrix_frame(getattr(scenario, name), dimensions, outs),
            name[-1].lower(): matrix_frame(made, tokens, outs),
        }
    )


def symmetry(scenario: Scenario, world: World) -> None:
    if len(world.keys) == 1:
        st.markdown("A single word has nobody to ask: type one more.")
        return
    strongest_first = np.argsort(-world.row, kind="stable").tolist()
    partner = next(k for k in strongest_first if k != world.q_pos)
    heads = run(scenario).heads
    one_way, back = _both_ways(heads.scores[world.head], world.q_pos, partner)
    a, b = world.queries[world.q_pos], world.queries[partner]
    pair = f"{a} → {b}   and   {b} → {a}"
    st.text(pair)
    answered = predict(
        "One word's query meets the other's key, and the other way round. Are the two scores equal?",
        ANSWERS,
        0 if np.isclose(one_way, back) else 1 if one_way > back else 2,
        lambda: (
            f"The first score is **{number(one_way)}**, the second **{number(back)}**. "
            + _because(heads.q[world.head], heads.k[world.head], world.q_pos, partner)
        ),
        key="qkv",
        about=(scenario.sentence, world.head, world.q_pos, partner, one_way, back),
    )
    if answered:
        _all_pairs(scenario, world, partner, pair)


def _because(q: np.ndarray, k: np.ndarray, a: int, b: int) -> str:
    """Why the two scores of a pair differ, or not: whether each word's query is the same list as its key."""
    pair = [a, b]
    lists = "; ".join(
        f":blue[q{sub(i)} = {vector(q[i])}], :orange[k{sub(i)} = {vector(k[i])}]" for i in pair
    )
    if np.allclose(q[pair], k[pair]):
        why = "Here each word's query equals its key, so both scores multiply the same numbers"
    elif np.isclose(q[a] @ k[b], q[b] @ k[a]):
        why = "Here queries and keys differ, yet both products come to the same number"
    else:
        why = "A word's query differs from its key, so each score multiplies other numbers"
    return f"{why}: {lists}."


def _all_pairs(scenario: Scenario, world: World, partner: int, pair: str) -> None:
    same = st.toggle("Use W_Q for the keys as well", key="qkv_same", persist_state="session")
    shown_of = replace(scenario, W_K=scenario.W_Q) if same else scenario
    shown = run(shown_of).heads.scores[world.head]
    one_way, back = _both_ways(shown, world.q_pos, partner)
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        Figure(
            "Scores",
            shown,
            rows=world.queries,
            columns=world.keys,
            role="diverging",
            row=world.q_pos,
            cell=(world.q_pos, partner),
            summary=f"{pair}: {number(one_way)} and {number(back)}.",
        ).draw("qkv_scores")
    with words:
        st.text(pair)
        a, b = sub(world.q_pos), sub(partner)
        formula(
            f":blue[q{a}] · :orange[k{b}] = **{number(one_way)}**  \n"
            f":blue[q{b}] · :orange[k{a}] = **{number(back)}**",
            key="qkv_pair",
        )
        st.markdown(
            f"The largest difference between any two directions is **{number(asymmetry(shown))}**. "
            + (
                "One matrix for both: asking and offering are the same, and the picture is its own "
                "mirror image along the diagonal."
                if same
                else "With two matrices a word can look for something else than it offers. "
                "Switch to one matrix and compare."
            )
        )
        st.markdown(
            "The :violet[weights] would differ even then: each row shares out a whole of its own."
        )


def real_parts(choice: Choice, scenario: Scenario) -> None:
    if read_or_wait(choice.model_id, scenario.sentence, key="qkv") is None:
        return
    world = real_world(scenario, choice)
    st.text(world.title)
    qkv_panel(world)
    if world.trace is None or world.queries != world.keys:
        return  # only weights, or a layer whose queries and keys are two texts
    scores = world.trace.scores
    st.markdown(
        f"The scores of this head reach **{number(float(np.abs(scores).max()))}**. The largest "
        "difference between one pair's two directions is "
        f"**{number(asymmetry(scores))}**: what one word scores for another is not what it gets back."
    )


def _both_ways(scores: np.ndarray, a: int, b: int) -> tuple[float, float]:
    return float(scores[a, b]), float(scores[b, a])


toy = toy_of_sentence()
if toy is not None:
    on_the_toy(toy, surroundings(toy))
    real_heading("The same three parts in a real head")
    real_parts(chosen(), toy.current)
