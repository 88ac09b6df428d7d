"""Predictions: the list and its settings against NumPy, going on and back, and models that predict otherwise or nothing."""

import numpy as np
import pytest
import transformers as hf

from attention_core.analysis.sampling import draw, entropy_bits, sampling_steps
from attention_core.pretrained.fill_mask import fill_masks
from attention_core.pretrained.prediction import next_token_logits, next_tokens
from pages.contents import tool
from pages.explore.predictions.next_token import TOO_LONG
from pages.ui.server import models
from pages.ui.widgets.wording import visible
from tests.pages.conftest import column, component, components, open_page, prose, texts
from tests.pages.paragraphs import one_paragraph_has
from tests.pretrained.families import GPT2_SIZES
from tests.pretrained.folders import saved, saved_masked

PAGE, HOT = "predictions", "the hot dog was"


@pytest.fixture
def smollm2(smollm2_is_loaded):
    return models.ready("SmolLM2")


def scores_of(text: str, loaded) -> np.ndarray:
    return next_token_logits(loaded.tokenizer(text).input_ids, loaded.engine)


def test_the_list_is_the_model_s_and_each_step_is_numpy_s(smollm2):
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    assert not app.exception
    data = component(app, "The 10 likeliest next tokens")
    expected = next_tokens(HOT, smollm2, 10)
    assert data["rows"] == [visible(token.text) for token in expected]
    assert column(data, "untouched") == [f"{token.probability:.3f}" for token in expected]
    steps = sampling_steps(scores_of(HOT, smollm2), 0.8, 20, 0.9)
    table = component(app, "Tokens left")
    assert column(table, "tokens") == [f"{step.kept.sum():,}" for step in steps]
    before = steps[0].probabilities
    assert column(table, "they had") == [f"{before[step.kept].sum():.3f}" for step in steps]
    assert column(table, "entropy") == [f"{entropy_bits(s.probabilities):.2f}" for s in steps]


def test_the_settings_change_what_is_left_and_not_what_was(smollm2):
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    untouched = column(component(app, "The 10 likeliest"), "untouched")
    app.select_slider(key="predictions_top_k").set_value(2)
    app.slider(key="predictions_top_p").set_value(1.0)
    app.slider(key="predictions_temperature").set_value(2.0).run()
    data = component(app, "The 10 likeliest")
    assert column(data, "untouched") == untouched
    after = sampling_steps(scores_of(HOT, smollm2), 2.0, 2, 1.0)[-1].probabilities
    assert column(data, "after the steps")[:3] == [
        *(f"{p:.3f}" for p in -np.sort(-after)[:2]),
        "cut",
    ]
    app.select_slider(key="predictions_top_k").set_value("all")
    app.slider(key="predictions_temperature").set_value(1.0).run()
    data = component(app, "The 10 likeliest")
    assert column(data, "after the steps") == column(data, "untouched")
    assert one_paragraph_has(app, "49,152", "49,152", "1.000")


def test_a_drawn_token_is_appended_exactly_and_undone(smollm2):
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    app.number_input(key="predictions_seed").set_value(3)
    steps = sampling_steps(scores_of(HOT, smollm2), 0.8, 20, 0.9)
    drawn = smollm2.tokenizer.decode([draw(steps[-1].probabilities, 3, 4)])
    app.button(key="predictions_sample").click().run()
    assert app.session_state["text"] == HOT + drawn
    data = component(app, "The 10 likeliest next tokens")
    assert data["rows"] == [visible(token.text) for token in next_tokens(HOT + drawn, smollm2, 10)]
    app.button(key="predictions_sample").click().run()
    assert app.session_state["text"].startswith(HOT + drawn) and not app.exception
    app.button(key="predictions_undo").click().run()
    app.button(key="predictions_undo").click().run()
    assert app.session_state["text"] == HOT
    assert app.button(key="predictions_undo").disabled


def test_undo_leaves_what_the_reader_typed_since(smollm2):
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    app.button(key="predictions_sample").click().run()
    app.text_input(key="text").set_value("something else").run()
    assert app.button(key="predictions_undo").disabled


def test_every_token_that_came_has_its_surprisal(smollm2):
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    data = component(app, "Surprisal of 3 tokens")
    assert data["rows"] == ["0 the", "1 hot", "2 dog", "3 was"]
    ids = smollm2.tokenizer(HOT).input_ids
    chances = sampling_steps(scores_of("the hot", smollm2))[0].probabilities
    bits, rank = column(data, "surprisal (bits)"), column(data, "rank")
    assert bits[0] == "—"
    assert float(bits[2]) == pytest.approx(-np.log2(chances[ids[2]]), abs=0.01)
    assert rank[2] == f"{1 + (chances > chances[ids[2]]).sum():,}"


@pytest.mark.usefixtures("smollm2_is_loaded")
@pytest.mark.parametrize("text", ["the", "no no no no", "🙂", "<script>alert(1)</script> **b**"])
def test_odd_sentences_are_predicted_too(text):
    app = open_page(PAGE, text=text, model="SmolLM2")
    assert not app.exception
    assert component(app, "The 10 likeliest next tokens")["rows"]
    assert "script" not in prose(app)


def test_a_text_that_was_cut_cannot_be_gone_on_with(tmp_path):
    config = hf.GPT2Config(**GPT2_SIZES, n_positions=6)
    folder = saved(tmp_path, hf.GPT2LMHeadModel, config)
    models.loading(folder).result.result(timeout=60)
    try:
        app = open_page(PAGE, text="the cat sat on a mat", typed_model=folder)
        assert not app.button(key="predictions_sample").disabled
        app.text_input(key="text").set_value("the cat sat on a mat the cat").run()
        assert TOO_LONG in prose(app)
        assert app.button(key="predictions_sample").disabled
        assert not component(app, "The 10 likeliest")["pick"]
    finally:
        models.loading.clear(folder)


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_minilm_says_that_it_has_no_head_and_switches():
    app = open_page(PAGE, text=HOT)
    assert "BertModel" in texts(app) and app.button(key="predictions_switch")
    assert components(app) == []
    app.button(key="predictions_switch").click().run()
    assert [app.session_state[key] for key in ("model", "layer", "head")] == ["SmolLM2", 13, 8]
    assert component(app, "The 10 likeliest next tokens")["rows"]


def test_an_encoder_decoder_points_to_its_own_page(tiny_model):
    app = open_page(PAGE, text="the cat", typed_model=tiny_model("T5"))
    assert not app.exception and f"*{tool('encoder-decoder').title}*" in prose(app)


def test_a_causal_model_without_its_head_says_so(tiny_model):
    app = open_page(PAGE, text="the cat", typed_model=tiny_model("GPT-2"))
    assert "GPT2Model" in texts(app) and components(app) == []


def test_a_masked_model_fills_what_was_covered(tmp_path):
    folder = saved_masked(tmp_path)
    loaded = models.loading(folder).result.result(timeout=60)
    try:
        app = open_page(PAGE, text="the cat sat", typed_model=folder)
        assert not components(app, "The 10 likeliest")  # nothing is covered yet
        app.text_input(key="text").set_value("the [MASK] sat on [MASK]").run()
        words = component(app, "Words to cover")
        assert [w["text"] for w in words["words"]] == ["the", "<mask>", "sat", "on", "<mask>"]
        found = components(app, "The 10 likeliest tokens for mask")
        for data, blank in zip(
            found, fill_masks("the <mask> sat on <mask>", loaded, 10), strict=True
        ):
            assert data["rows"] == [visible(token.text) for token in blank.tokens]
            assert column(data, "probability")[0] == f"{blank.tokens[0].probability:.3f}"
    finally:
        models.loading.clear(folder)
