"""Lesson 10: the whole flow. The reader's sentence from text to output, every stage, toy and model side by side."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from pages.learn.whole_flow import outcome, stages, wording
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import real_world, toy_world
from pages.ui.widgets.diagram import Arrow, Box, diagram
from pages.ui.widgets.parts import formula, notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.together import together

STEP = 1.15  # rows from box to box
WIDE = 1.75  # columns
PAPERS = (
    "[Jain & Wallace](https://arxiv.org/abs/1902.10186) and "
    "[Wiegreffe & Pinter](https://arxiv.org/abs/1908.04626) disagree on what weights explain; "
    "[Kobayashi et al.](https://arxiv.org/abs/2004.10102) multiply them by the length of the values."
)
MERGED = (
    "A word of several tokens gets one row and one column. The columns of its tokens are added, "
    "their rows are averaged. So every row still sums to 1."
)
STAGES = (
    (
        "1 · Text to tokens",
        "The text is cut. A toy token is a whole word; a model also knows pieces of words, "
        "and adds tokens of its own. Click a token to let it ask.",
        stages.tokens_stage,
    ),
    (
        "2 · Tokens to embeddings",
        "Each token is looked up in a table and becomes a row of numbers.",
        stages.embeddings_stage,
    ),
    (
        "3 · Embeddings to query, key, value",
        "Three matrices turn each row into :blue[what it asks], :orange[what it offers] and "
        ":green[what it hands over]. Deeper layers start from the previous layer’s output.",
        stages.qkv_stage,
    ),
    (
        "4 · Heads: scores to weights",
        "Every query meets every key. Softmax makes each row of scores into :violet[weights] "
        "that sum to 1. Each small picture is a head.",
        stages.heads_stage,
    ),
    (
        "5 · Weights to output",
        "Every query adds up the :green[values], each times its :violet[weight]. "
        "W_O mixes what the heads found. A model may add a bias, b_O.",
        stages.output_stage,
    ),
)


def flow_map(sides: Sequence[stages.Side], n_layers: int | None) -> None:
    """From text to output, downwards; `n_layers` of the model, once it is known."""

    def sizes(of: Callable[[stages.Side], str]) -> str:
        return " · ".join(f"{_name(side)} {of(side)}" for side in sides)

    def box(name: str, title: str, size: str, row: float, column: float = 1, **look: object) -> Box:
        lines = [title, size] if size else [title]
        return Box(name, lines, column, STEP * row, **({"width": WIDE} | look))  # type: ignore[arg-type]

    narrow = {"width": 0.97}
    diagram(
        [
            box("text", "Text", "", 0),
            box("tokens", "1 · Tokens", sizes(lambda side: str(len(side.tokens))), 1),
            box("x", "2 · Embeddings", sizes(lambda side: _size(side.x)), 2),
            box("q", "3 · Query", sizes(lambda s: _d_head(s, "q")), 3, 0, role="query", **narrow),
            box("k", "3 · Key", sizes(lambda s: _d_head(s, "k")), 3, 1, role="key", **narrow),
            box("v", "3 · Value", sizes(lambda s: _d_head(s, "v")), 3, 2, role="value", **narrow),
            box("weights", "4 · Weights", sizes(_n_heads), 4, 0.3, role="weights", width=1.55),
            box("context", "5 · Context", sizes(lambda side: _size(side.context)), 5),
            box("output", "5 · Output", sizes(lambda side: _size(side.output)), 6.3, role="output"),
            box("on", "6 · What follows", f"model {n_layers} layers" if n_layers else "", 7.3),
        ],
        [
            Arrow("text", "tokens"),
            Arrow("tokens", "x"),
            *(Arrow("x", to, role=role) for to, role in (("q", "query"), ("k", "key"), ("v", "value"))),
            Arrow("q", "weights", role="query"),
            Arrow("k", "weights", role="key"),
            Arrow("weights", "context", role="weights"),
            Arrow("v", "context", role="value"),
            Arrow("context", "output", "× W_O"),
            Arrow("output", "on", role="output"),
        ],
        key="flow_map",
        label="The way of a sentence: text, tokens, embeddings; query, key and value; weights from "
        "query and key; context from weights and value; output; what follows",
    )  # fmt: skip


def summary(sides: Sequence[stages.Side]) -> None:
    """The formula with the sizes it has here, whom the query asks most, and whose code computes what."""
    bias = " + b_O (model only)" if sides[-1].b_O is not None else ""
    sizes = " · ".join(f"{_name(side)} d = {_d_head(side, 'q')}" for side in sides)
    formula(
        ":red[**output**] = softmax( :blue[**Q**] :orange[**Kᵀ**] / √d ) :green[**V**] W_O"
        f"{bias}  \n"
        f"here: {sizes}",
        key="whole_flow",
    )
    st.text("\n\n".join(f"{side.world.title}\n{side.world.summary}" for side in sides))
    numbers = " and ".join(f"{side.x.size:,}" for side in sides)
    notice_this(f"{whose_code(sides)} The embeddings hold {numbers} numbers.")


def whose_code(sides: Sequence[stages.Side]) -> str:
    """Which stages are our function, and which the library's."""
    if len(sides) == 1:
        return wording.TOY_ALONE
    real = sides[-1]
    return wording.LIBRARY_ONLY if real.world.trace is None else wording.SHARED


def _name(side: stages.Side) -> str:
    return "toy" if side.world.name == "toy" else "model"


def _n_heads(side: stages.Side) -> str:
    n_heads = len(side.world.weights)
    return f"{n_heads} head{'s' if n_heads > 1 else ''}"


def _d_head(side: stages.Side, name: str) -> str:
    trace = side.world.trace
    return "?" if trace is None else str(getattr(trace, name).shape[1])


def _size(array: np.ndarray | None) -> str:
    """Its sizes; a row of numbers counts as one size."""
    return "?" if array is None else " × ".join(str(n) for n in array.shape if n > 1) or "1"


def flow(toy: Toy, choice: Choice) -> None:
    """The map, then stage after stage; the toy alone while there is no model."""
    picture, words = st.columns([5, 6], gap="large")
    with words:
        st.markdown(
            "Every box of the map is a stage below: the toy on the left, the pretrained model on the "
            "right. **Click a token or a row of a picture to let that token ask**; all stages follow."
        )
        live = st.container()
        read = read_or_wait(choice.model_id, toy.current.sentence, key="whole_flow")
    sides = [stages.toy_side(toy.current, toy_world(toy.current, choice))]
    if read is not None:
        sides.append(stages.real_side(toy.current, choice, real_world(toy.current, choice)))
    n_layers = None if read is None else len(read.layers)
    with live:
        summary(sides)
    with picture:
        flow_map(sides, n_layers)
    for title, line, draw in STAGES:
        st.header(f"{title}\n{line}", anchor=False)
        if draw is stages.heads_stage and any(side.split for side in sides):
            st.toggle("Words, not pieces", key=stages.WORDS, persist_state="session", help=MERGED)
        with together(f"flow_{draw.__name__}") as pictures:
            for side in (*sides, None)[:2]:  # without a model its place stays free
                with pictures.column(side.world.title if side else ""):
                    if side:
                        draw(side)
    st.header("6 · What follows", anchor=False)
    left, right = st.columns(2, gap="large")
    left.markdown(
        "The toy ends here. It has one layer, and no vocabulary to choose a next word from."
    )
    if n_layers:
        with right:
            outcome.next_stage(choice.model_id, toy.current.sentence, n_layers)
    one_word_more_or_less(toy, choice, sides)


def one_word_more_or_less(toy: Toy, choice: Choice, sides: list[stages.Side]) -> None:
    real_heading(
        "Predicting the next word\n"
        f"*{outcome.PLAIN} …* and *{outcome.HOT} …* end in the same two words. Without attention the last word "
        "could not know what stands before it, and both would continue the same way."
    )
    outcome.two_prompts(choice.model_id)
    st.header(
        "Does a large weight mean that a word matters?\n"
        "A :violet[weight] says how much is read from a word, not what effect it has. A large weight "
        "on a short :green[value] hands over little. Other heads and layers also contribute. "
        f"{PAPERS} So measure: **leave one word out** and see how far the result moves.",
        anchor=False,
    )
    outcome.measure(toy.current, choice, sides[0].world.head, with_model=len(sides) > 1)


toy = toy_of_sentence()
if toy is not None:
    flow(toy, chosen())
