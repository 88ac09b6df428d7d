"""The terms of the lessons: each in one line, with a picture to remember it by and a live number that shows it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from attention_core.attention import AttentionTrace
from attention_core.pretrained.catalogue import entry_for
from attention_core.quiz.wording import fixed
from attention_core.toy.scenario import Scenario
from pages.learn.recap.lesson_link import lesson_link
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.worlds import World, toy_world
from pages.ui.widgets.wording import vector

NO_SENTENCE = "There is no sentence, so there are no numbers. Type one in this lesson:"
NARROWEST = 210  # pixels of a card


@dataclass(frozen=True)
class Term:
    """A term, what it means and a comparison, which lesson teaches it, and its live number in plain text."""

    name: str
    text: str
    lesson: str
    live: Callable[[Scenario, World], str]


def terms() -> None:
    """All terms as cards, the numbers taken from the toy of the reader's sentence."""
    toy = toy_or_none()
    world = toy_world(toy.current, chosen()) if toy else None
    if toy:
        st.text(f"The numbers are those of the toy of: {toy.current.sentence}")
    else:
        st.markdown(NO_SENTENCE)
        lesson_link("self-attention")
    grid = st.grid(4, min_column_width=NARROWEST, border=True)
    for term in TERMS:
        with grid.cell(), st.container(gap="xsmall"):
            st.markdown(f"**{term.name}**: {term.text}")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if toy and world:
                    st.text(term.live(toy.current, world))  # holds the reader's words
                lesson_link(term.lesson)


def _heads(scenario: Scenario, _: World) -> str:
    entry = entry_for(chosen().model_id)
    real = f"; {entry.key}: {entry.n_heads} in each layer" if entry else ""
    return f"Heads of this toy: {scenario.n_heads}{real}"


def _score(world: World) -> str:
    score = fixed(_trace(world).scores[world.q_pos, world.k_pos], 2)
    return f"q of {_query(world)} · k of {_key(world)} = {score}"


def _query(world: World) -> str:
    return world.queries[world.q_pos]


def _key(world: World) -> str:
    return world.keys[world.k_pos]


def _trace(world: World) -> AttentionTrace:
    assert world.trace is not None  # a toy has all its numbers
    return world.trace


TERMS = (
    Term(
        "Embedding",
        "a word as a list of numbers. Like GPS coordinates: near means similar.",
        "embeddings",
        lambda toy, world: f"{_query(world)}: {vector(toy.x[world.q_pos])}",
    ),
    Term(
        ":blue[Query]",
        "what a word looks for. Like the question typed into a search.",
        "query-key-value",
        lambda _, world: f"q of {_query(world)} = {vector(_trace(world).q[world.q_pos])}",
    ),
    Term(
        ":orange[Key]",
        "what a word offers. Like the title on the back of a book.",
        "query-key-value",
        lambda _, world: f"k of {_key(world)} = {vector(_trace(world).k[world.k_pos])}",
    ),
    Term(
        ":green[Value]",
        "what a word hands over. Like what is written inside the book.",
        "query-key-value",
        lambda _, world: f"v of {_key(world)} = {vector(_trace(world).v[world.k_pos])}",
    ),
    Term(
        "Dot product",
        "how well two lists of numbers fit. Like a matching game: what fits scores points.",
        "dot-product",
        lambda _, world: _score(world),
    ),
    Term(
        ":violet[Attention weights]",
        "shares of one whole. Like the brightness of spotlights.",
        "softmax",
        lambda _, world: f"{_query(world)} → {_key(world)}: {fixed(world.row[world.k_pos], 2)}",
    ),
    Term(
        "Self-attention",
        "all words ask all words of their sentence. Like a party: many voices, you follow one.",
        "self-attention",
        lambda _, world: (
            f"{len(world.queries)} × {len(world.queries)} = {world.head_weights.size} "
            "weights in this sentence"
        ),
    ),
    Term(
        "Multi-head attention",
        "several attentions at once. Like critics who watch one film.",
        "multi-head",
        _heads,
    ),
)
