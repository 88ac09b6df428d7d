"""Context changes a word: what is shown of two sentences, against the vectors and predictions themselves."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.pretrained.capture import capture
from attention_core.pretrained.prediction import next_token_probabilities
from attention_core.pretrained.states import hidden_states
from attention_core.vectors import cosine
from pages.compare.two_sentences.sentences import (
    NO_SENTENCES,
    NO_SHARED_WORD,
    NOT_READ,
    SAME_SENTENCES,
)
from pages.ui.server import models
from tests.pages.conftest import column, component, components, open_page, prose
from tests.pages.paragraphs import one_paragraph_has
from tests.pages.two_sentences import ATTENTION, LENS, LIKE, NEXT, asked

PAGE = "two-sentences"


def typed(app: AppTest, first: str, second: str) -> AppTest:
    app.text_input(key="two_sentences_first").set_value(first)
    return app.text_input(key="two_sentences_second").set_value(second).run()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_shared_word_is_followed_through_the_layers():
    app = open_page(PAGE)
    assert not app.exception
    assert app.selectbox(key="two_sentences_word").value == "dog (word 1 · word 2)"
    loaded = models.ready("MiniLM")
    dog, hot_dog = (
        hidden_states("the dog was", loaded)[:, 2],
        hidden_states("the hot dog was", loaded)[:, 3],
    )
    ends = [cosine(dog[i], hot_dog[i]) for i in (0, -1)]
    assert one_paragraph_has(app, *(f"{each:.2f}" for each in ends), "6")  # layers


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_hot_dog_is_nearer_to_the_sausage():
    app = asked(open_page(PAGE), LIKE)
    data = component(app, "two_sentences_ends")
    assert data["rows"] == ["sausage", "animal"]
    assert (column(data, "first")[0], column(data, "second")[0]) == ("0.22", "0.31")
    app.segmented_control(key="two_sentences_frame").set_value("each sentence").run()
    loaded = models.ready("MiniLM")
    dog = hidden_states("the hot dog was", loaded)[-1, 3]
    sausage = hidden_states("the hot sausage was", loaded)[-1, 3]
    data = component(app, "two_sentences_ends")
    assert column(data, "second")[0] == f"{cosine(dog, sausage):.2f}"
    app.text_input(key="two_sentences_words").set_value("<b>x</b>, cat, cat,, ").run()
    assert component(app, "two_sentences_ends")["rows"] == ["<b>x</b>", "cat"]
    assert "<b>" not in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_next_tokens_stand_side_by_side_with_their_difference():
    app = asked(open_page(PAGE, model="SmolLM2"), NEXT)
    assert not app.exception
    data = component(app, "two_sentences_next")
    loaded = models.ready("SmolLM2")
    first, second = (
        next_token_probabilities(f"the {dog} was", loaded) for dog in ("dog", "hot dog")
    )
    (served,) = loaded.tokenizer(" served").input_ids
    row = data["rows"].index("␣served")
    assert column(data, "second")[row] == f"{second[served]:.3f}" == "0.032"
    assert column(data, "difference")[row] == f"+{second[served] - first[served]:.3f}"
    assert one_paragraph_has(app, f"{np.abs(first - second).sum() / 2:.2f}")


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_the_lens_ends_in_the_model_s_own_prediction():
    app = asked(open_page(PAGE, model="SmolLM2"), LENS)
    assert not app.exception
    loaded = models.ready("SmolLM2")
    for title, text in (("First", "the dog was"), ("Second", "the hot dog was")):
        data = component(app, f"{title} sentence, likeliest token")
        own = next_token_probabilities(text, loaded)
        assert len(data["rows"]) == 31
        assert column(data, "its chance")[-1] == f"{own.max():.3f}"
        assert (
            column(data, "likeliest")[-1].lstrip("␣")
            == loaded.tokenizer.decode([own.argmax()]).strip()
        )


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_row_of_attention_is_matched_word_by_word():
    app = asked(open_page(PAGE), ATTENTION)
    data = component(app, "two_sentences_attention")
    assert data["rows"] == ["[CLS]", "the", "dog", "was", "[SEP]", "hot"]
    loaded = models.ready("MiniLM")
    first = capture("the dog was", loaded).layers[5].weights[11, 2]
    second = capture("the hot dog was", loaded).layers[5].weights[11, 3]
    assert column(data, "first") == [*(f"{w:.3f}" for w in first), "—"]
    assert column(data, "second") == [f"{second[i]:.3f}" for i in (0, 1, 3, 4, 5, 2)]
    assert float(column(data, "second − first")[2].replace("−", "-")) == pytest.approx(
        second[3] - first[2], abs=6e-4
    )
    assert data["footer"][1:3] == ["1.000", "1.000"]


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_what_a_causal_mask_forbids_is_said_and_not_zero():
    app = asked(open_page(PAGE, model="SmolLM2"), ATTENTION)
    data = component(app, "two_sentences_attention")
    assert data["rows"] == ["the", "dog", "was", "hot"]
    assert column(data, "first")[2] == column(data, "second")[2] == "masked"
    assert data["footer"][1:3] == ["1.000", "1.000"]


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_minilm_offers_a_model_that_predicts():
    app = asked(open_page(PAGE), NEXT)
    assert app.button(key="two_sentences_switch")
    app.button(key="two_sentences_switch").click().run()
    assert app.session_state["model"] == "SmolLM2"
    assert components(app, "two_sentences_next")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_sentences_without_a_shared_word_and_blank_ones_are_told():
    app = typed(open_page(PAGE), "one", "two")
    assert NO_SHARED_WORD in prose(app)
    assert NO_SENTENCES in prose(typed(app, " ", "two"))
    app = typed(app, "the dog was", "the hot dog was")
    assert app.selectbox(key="two_sentences_word").value == "dog (word 1 · word 2)"


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
@pytest.mark.parametrize("model", ["MiniLM", "SmolLM2"])
@pytest.mark.parametrize("text", ["dog", "🙂 <script> 🙂"])
def test_the_same_sentence_twice_differs_nowhere(model, text):
    app = typed(open_page(PAGE, model=model), text, text)
    assert not app.exception
    assert SAME_SENTENCES in prose(app)
    assert one_paragraph_has(app, "1.00", "1.00", "1.00")  # begins, is lowest, ends
    data = component(asked(app, ATTENTION), "two_sentences_attention")
    shown = [d for d in column(data, "second − first") if d]
    assert set(shown) == {"0.000"}
    for question in (LIKE, NEXT, LENS):
        assert not asked(app, question).exception


@pytest.mark.parametrize("family", ["T5", "BLOOM", "DeBERTa-v2"])
def test_other_families_show_what_they_have(family, tiny_model):
    app = typed(open_page(PAGE, typed_model=tiny_model(family)), "the cat sat", "a cat sat")
    assert not app.exception and NOT_READ not in prose(app)
    assert len(app.get("vega_lite_chart")) == 1
    for question in (LIKE, NEXT, ATTENTION):
        assert not asked(app, question).exception
    assert components(app, "two_sentences_attention")
