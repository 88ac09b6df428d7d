"""Lesson 10: the whole flow. The reader's sentence from text to output, every stage, toy and model side by side."""

import streamlit as st

from pages.learn.whole_flow.map import flow_map, summary
from pages.learn.whole_flow.measure import measure
from pages.learn.whole_flow.next import HOT, PLAIN, next_stage, two_prompts
from pages.learn.whole_flow.output import output_stage
from pages.learn.whole_flow.sides import Side, real_side, toy_side
from pages.learn.whole_flow.stages import WORDS, embeddings_stage, heads_stage, tokens_stage
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import real_world, toy_world
from pages.ui.widgets.panels import qkv_panel
from pages.ui.widgets.parts import real_heading, toy_of_sentence

PAPERS = (
    "[Jain & Wallace](https://arxiv.org/abs/1902.10186) and "
    "[Wiegreffe & Pinter](https://arxiv.org/abs/1908.04626) disagree on what weights explain; "
    "[Kobayashi et al.](https://arxiv.org/abs/2004.10102) multiply them by the length of the values."
)
MERGED = (
    "A word of several tokens gets one row and one column: the sum over its pieces where it offers, "
    "their mean where it asks, so that every row still sums to 1."
)
STAGES = (
    (
        "1 · Text to tokens",
        "The text is cut. A toy token is a whole word; a model also knows pieces of words, "
        "and adds tokens of its own. Click a token to let it ask.",
        tokens_stage,
    ),
    (
        "2 · Tokens to embeddings",
        "Each token is looked up in a table and becomes a row of numbers.",
        embeddings_stage,
    ),
    (
        "3 · Embeddings to query, key, value",
        "Three matrices turn each row into :blue[what it asks], :orange[what it offers] and "
        ":green[what it hands over]. In a deeper layer they start from what the layer before put out.",
        lambda side: qkv_panel(side.world),
    ),
    (
        "4 · Heads: scores to weights",
        "Every query meets every key. Softmax makes each row of scores into :violet[weights] "
        "that sum to 1. Each small picture is a head.",
        heads_stage,
    ),
    (
        "5 · Weights to output",
        "Every query adds up the :green[values], each times its :violet[weight]. "
        "W_O mixes what the heads found.",
        output_stage,
    ),
)


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
    sides = [toy_side(toy.current, toy_world(toy.current, choice))]
    if read is not None:
        sides.append(real_side(toy.current, choice, real_world(toy.current, choice)))
    n_layers = None if read is None else len(read.layers)
    with live:
        summary(sides)
    with picture:
        flow_map(sides, n_layers)
    for title, line, draw in STAGES:
        st.header(title, anchor=False)
        st.markdown(line)
        if draw is heads_stage and any(side.split for side in sides):
            st.toggle("Words, not pieces", key=WORDS, persist_state="session", help=MERGED)
        for column, side in zip(st.columns(2, gap="large"), sides, strict=False):
            with column:
                st.text(side.world.title)
                draw(side)
    what_follows(toy, choice, n_layers)
    one_word_more(choice)
    weights_are_no_reasons(toy, choice, sides)


def what_follows(toy: Toy, choice: Choice, n_layers: int | None) -> None:
    st.header("6 · What follows", anchor=False)
    left, right = st.columns(2, gap="large")
    left.markdown(
        "The toy ends here. It has one layer, and no vocabulary to choose a next word from."
    )
    if n_layers:
        with right:
            next_stage(choice.model_id, toy.current.sentence, n_layers)


def one_word_more(choice: Choice) -> None:
    real_heading("One word more")
    st.markdown(
        f"*{PLAIN} …* and *{HOT} …* end in the same two words. Without attention the last word "
        "could not know what stands before it, and both would go on alike."
    )
    two_prompts(choice.model_id)


def weights_are_no_reasons(toy: Toy, choice: Choice, sides: list[Side]) -> None:
    st.header("Does a large weight mean that a word matters?", anchor=False)
    st.markdown(
        "A :violet[weight] says how much is taken from a word, not what comes of it. A large weight "
        "on a short :green[value] hands over little, and other heads and layers have a say. "
        f"{PAPERS} So measure: **leave one word out** and see how far the result moves."
    )
    measure(toy.current, choice, sides[0].world.head, with_model=len(sides) > 1)


toy = toy_of_sentence()
if toy is not None:
    flow(toy, chosen())
