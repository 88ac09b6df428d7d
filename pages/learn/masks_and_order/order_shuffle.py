"""Without positions a shuffled sentence gets the same answers: the toy in two orders, and the proof that they agree."""

import numpy as np
import streamlit as st

from attention_core.analysis.order import largest_difference, put_back, shuffled_order
from attention_core.toy.one_head import in_order
from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order.masks_heatmap import ask_row, heatmap
from pages.ui.reader.predict import predict
from pages.ui.widgets.parts import formula
from pages.ui.widgets.wording import labels, number

NUMBER = "masks_and_order_shuffle"
LAST = 999
NOISE = 1e-9  # a difference below it is rounding


def shuffle_panel(scenario: Scenario, query: int) -> np.ndarray:
    """Both orders side by side. Returns the order: at each position, where its word stood before."""
    tokens = scenario.tokens
    st.header("Shuffle the words", anchor=False)
    st.markdown(
        "This toy does not know positions yet: one head, no mask, every word sees every word. "
        "Will a word get another answer when the sentence is shuffled?"
    )
    order = shuffled_order(len(tokens), _number())
    before = in_order(scenario, np.arange(len(tokens))).weights
    shuffled = in_order(scenario, order).weights
    gap = largest_difference(put_back(shuffled, order), before)
    answered = predict(
        "the words are shuffled. What happens to the weights of the chosen word?",
        ("They change", "They stay the same"),
        int(gap < NOISE),
        lambda: f"The largest difference between the two orders is {number(gap)}.",
        key="masks_and_order_shuffle_guess",
    )
    left, right = st.columns(2, gap="large")
    with left:
        names = labels(tokens)
        heatmap(
            "In your order", before, names, key="order_before", row=query, on_pick=ask_row
        )  # fmt: skip
    with right:
        if answered:
            heatmap(
                "Shuffled",
                shuffled,
                labels([tokens[i] for i in order]),
                key="order_shuffled",
                row=order.tolist().index(query),
                on_pick=lambda q_pos, _: ask_row(int(order[q_pos]), None),
            )
        else:
            st.markdown("**Shuffled**: predict first, and it appears here.")
    if answered:
        _proof(gap)
    return order


def _number() -> int:
    """The number of the shuffle, which the reader steps or types."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen_number = st.number_input(
            "Shuffle number", 1, LAST, 1, key=NUMBER, width=160, persist_state="session"
        )
        st.button("Shuffle again", icon=":material/shuffle:", on_click=_next)
    return int(chosen_number)


def _next() -> None:
    st.session_state[NUMBER] = st.session_state[NUMBER] % LAST + 1


def _proof(gap: float) -> None:
    formula(
        "attention(shuffled x) = shuffled attention(x)  \n"
        "rows and columns put back, the largest |difference| of two :violet[weights] is "
        f":violet[**{number(gap)}**]",
        key="order_proof",
    )
    st.markdown(
        "Each score compares one :blue[query] with one :orange[key], and softmax adds up all keys of a row. "
        "Neither asks who stands where. To this head a sentence is a **bag of words**."
    )
