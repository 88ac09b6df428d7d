"""Lesson: Masks and order."""

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order.masks import draw_mask, follow_query, mask_mistakes, received_panel
from pages.learn.masks_and_order.order import positions_panel, shuffle_panel
from pages.learn.masks_and_order.real import real_masks, real_order, she_looks_back
from pages.ui.reader.controls import chosen
from pages.ui.widgets.parts import one_of, toy_of_sentence

HALF = "masks_and_order_half"
HALVES = {
    "order": ":material/swap_horiz: First: order",
    "masks": ":material/visibility_off: Then: masks",
}


@st.fragment
def order_of_words(scenario: Scenario, query: int) -> None:
    """Both panels follow the same shuffle, so they are drawn together."""
    follow_query(query)
    order = shuffle_panel(scenario, query)
    positions_panel(scenario, query, order)


def half_of_lesson() -> str:
    """Two questions, one page: only the half that is looked at is drawn."""
    return one_of(
        "Half of the lesson",
        HALVES,
        key=HALF,
        default="order",
        format_func=HALVES.__getitem__,
        has_label=False,
    )


toy = toy_of_sentence()
if toy is not None:
    choice = chosen()
    if half_of_lesson() == "order":
        order_of_words(toy.current, choice.query)
        real_order(choice, toy.current)
        st.button(
            "On to the masks",
            icon=":material/visibility_off:",
            on_click=lambda: st.session_state.update({HALF: "masks"}),
        )
    else:
        draw_mask(toy.current, choice.query)
        she_looks_back(choice)
        mask_mistakes(toy.current)
        received_panel()
        real_masks(choice, toy.current.sentence)
