"""Each kind of quiz question names the lesson that teaches it: what it asks about is to be seen and tried there."""

from functools import cache

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.quiz.question import Question
from attention_core.quiz.quiz import KINDS
from tests.pages.conftest import open_page, pictures

# what a reader opens or chooses first, by lesson
OPENED = {"softmax": {"softmax_break": True}, "masks-and-order": {"masks_and_order_half": "masks"}}
# for each kind the panel or control of its lesson where the idea is shown
TAUGHT = {
    "nearest embedding": ("embeddings", "embeddings_neighbours"),
    "dot product": ("dot-product", "formula_dot_product_board"),
    "angle between vectors": ("dot-product", "dot_product_At a right angle"),
    "scaled score": ("dot-product", "formula_dot_product_scale"),
    "√d left out": ("dot-product", "dot_product_draw"),
    "weight from scores": ("softmax", "softmax_steps"),
    "a constant added": ("softmax", "predict_softmax_add_one"),
    "scores stretched": ("softmax", "predict_softmax_double"),
    "a second softmax": ("softmax", "softmax_trial"),
    "through W_Q": ("query-key-value", "formula_qkv_products"),
    "asked the other way": ("query-key-value", "formula_qkv_pair"),
    "the key that wins": ("self-attention", "steps_step"),
    "weighted sum": ("self-attention", "formula_steps_food"),
    "who adds most": ("self-attention", "formula_steps_food"),
    "reading a heatmap": ("heatmaps", "heatmaps_guess"),
    "the impossible row": ("heatmaps", "heatmaps_printed"),
    "which side asks": ("heatmaps", "heatmaps_turned"),
    "a word in pieces": ("heatmaps", "formula_heatmaps_pieces"),
    "pieces that ask": ("heatmaps", "formula_heatmaps_pieces"),
    "what a causal query sees": ("masks-and-order", "masks_drawn"),
    "mask after softmax": ("masks-and-order", "masks_sums"),
    "mask before softmax": ("masks-and-order", "formula_masks_cell"),
    "even weights under a mask": ("masks-and-order", "masks_even"),
    "shuffled words": ("masks-and-order", "order_shuffled"),
    "average over heads": ("multi-head", "multi_head_real_average"),
    "heads side by side": ("multi-head", "multi_head_The heads side by side"),
}


def read(app: AppTest) -> AppTest:
    """All predictions answered, so that nothing waits for them."""
    for question in [each.key for each in app.pills if str(each.key).startswith("guess_")]:
        app.pills(key=question).set_value(0).run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str]:
    """Of all that is on the page: controls, panels, and pictures, alone or together."""
    alone = {getattr(each, "key", None) for each in app._tree}
    return {str(key) for key in alone if key} | {key for key, _ in pictures(app)}


@cache
def shown(lesson: str) -> set[str]:
    """What a reader meets there: at first, with its predictions answered, and with its other half open."""
    app = open_page(lesson)
    found = keys(app) | keys(read(app))
    if lesson in OPENED:
        for name, value in OPENED[lesson].items():
            app.session_state[name] = value
        found |= keys(read(app.run()))
    return found


EVERY = [kind(np.random.default_rng(0)) for idea in KINDS for kind in idea]


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("question", EVERY, ids=lambda question: question.kind)
def test_the_lesson_that_a_question_names_shows_what_it_asks(question: Question) -> None:
    lesson, where = TAUGHT[question.kind]
    assert question.lesson == lesson
    assert where in shown(lesson)


def test_nothing_else_is_asked() -> None:
    assert TAUGHT.keys() == {question.kind for question in EVERY}
