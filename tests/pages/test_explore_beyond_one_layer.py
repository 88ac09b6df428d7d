"""Rollout and leave-one-out on the page, against NumPy and the library's model."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from attention_core.analysis.leave_out import rank_agreement
from pages.explore.beyond_one_layer.effect import (
    CAVEATS,
    MOST_WORDS,
    NOTHING_LEFT_OUT,
    PROVES_NOTHING,
)
from pages.explore.beyond_one_layer.rollout import ASSUMED, NOTHING_TO_MIX
from pages.ui.server import models
from pages.ui.server.jobs import BackgroundJob
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.conftest import component, components, matrix_shown, open_page, prose, texts
from tests.pages.paragraphs import one_paragraph_has

PAGE = "beyond-one-layer"
TEXT = "the cat sat on a mat"
EFFECT = "Attention against effect"


def by_hand(model_id: str, text: str, residual: float = 0.5) -> np.ndarray:
    """Ā_L … Ā_1 written out, from the weights of the layers that read the text."""
    capture = models.captured(model_id, text)
    product = np.eye(len(capture.tokens))
    for layer in capture.layers:
        if capture.asks_itself(layer):
            mean = layer.weights.astype(float).mean(axis=0)
            product = ((1 - residual) * mean + residual * np.eye(len(mean))) @ product
    return product


def rolled_out(app: AppTest, word: str) -> np.ndarray:
    """The picture of the rollout layer by layer, which must be that of this word."""
    assert f" {word} " in component(app, "beyond_growth")["label"]
    return matrix_shown(app, "beyond_growth")


def sentence(app: AppTest) -> str:
    return app.text_input(key="text").value


def measured(app: AppTest) -> AppTest:
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    return app.button(key="beyond_measure").click().run()


def cells(data: dict) -> dict[str, list[str]]:
    return {column["title"]: column["cells"] for column in data["columns"]}


@pytest.mark.usefixtures("minilm_is_loaded")
def test_rollout_stands_beside_the_last_layer_with_the_difference():
    app = open_page(PAGE)
    assert not app.exception
    expected = by_hand("MiniLM", sentence(app))[10]
    raw = models.captured("MiniLM", sentence(app)).layers[-1].weights.mean(axis=0)[10]
    shown = cells(component(app, "10 it: attention of the last layer"))
    assert shown["rollout"] == [f"{value:.3f}" for value in expected]
    assert shown["last layer"] == [f"{value:.3f}" for value in raw]
    assert shown["difference"][0] == f"{expected[0] - raw[0]:+.3f}"
    growth = rolled_out(app, "10 it")
    assert growth.shape == (7, 15)
    np.testing.assert_array_equal(growth[0], np.eye(15)[10])
    np.testing.assert_allclose(growth[-1], expected, atol=1e-6)
    assert ASSUMED in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_residual_and_the_query_move_the_rollout():
    app = open_page(PAGE)
    app.slider(key="beyond_residual").set_value(0.0).run()
    np.testing.assert_allclose(
        rolled_out(app, "10 it")[-1], by_hand("MiniLM", sentence(app), 0.0)[10], atol=1e-6
    )
    assert one_paragraph_has(app, "1.00", "0.00")
    app.selectbox(key="query").set_value(1).run()
    np.testing.assert_allclose(
        rolled_out(app, "2 animal")[-1], by_hand("MiniLM", sentence(app), 0.0)[2], atol=1e-6
    )


@pytest.mark.usefixtures("minilm_is_loaded")
def test_both_matrices_are_there_when_asked_for():
    app = open_page(PAGE)
    assert not components(app, "beyond_rollout")
    app.session_state["beyond_all_words"] = True
    app.run()
    np.testing.assert_allclose(
        matrix_shown(app, "beyond_rollout"), by_hand("MiniLM", sentence(app)), atol=1e-6
    )
    assert matrix_shown(app, "Last layer, mean of the heads").shape == (15, 15)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_the_effect_of_a_word_is_what_its_absence_takes_from_the_prediction():
    app = open_page(PAGE, TEXT, model="SmolLM2")
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    app.selectbox(key="beyond_target").set_value(2).run()
    app.button(key="beyond_measure").click().run()
    assert not app.exception
    wanted = models.next_tokens("SmolLM2", TEXT, 10)[2].id
    loaded = models.loading("SmolLM2").result.result()
    ids = loaded.tokenizer(TEXT)["input_ids"]

    def probability(kept: list[int]) -> float:
        with torch.inference_mode():
            logits = loaded.engine.model(input_ids=torch.tensor([kept])).logits[0, -1]
        return float(logits.double().softmax(-1)[wanted])

    without = [probability(ids[:i] + ids[i + 1 :]) for i in range(len(ids))]
    expected = probability(ids) - np.array(without)
    data = component(app, "Measured effect of 6 words")
    assert data["rows"] == [f"{i} {word}" for i, word in enumerate(TEXT.split())]
    shown = [float(cell.replace("−", "-")) for cell in cells(data)["effect"]]
    np.testing.assert_allclose(shown, expected, atol=6e-4)
    last = models.captured("SmolLM2", TEXT).layers[-1].weights.mean(axis=0)[-1]
    agreement = component(app, "Rank correlation of 4 measures")
    assert agreement["rows"][0] == "last layer"
    rho = rank_agreement(last, np.abs(expected))
    assert cells(agreement)["ρ"][0] == f"{rho:.2f}".replace("-", "−")
    assert cells(agreement)["n"] == ["6"] * 4


@pytest.mark.usefixtures("minilm_is_loaded")
def test_an_encoder_is_measured_by_the_vector_of_the_word_that_asks():
    app = measured(open_page(PAGE))
    assert not app.exception
    data = component(app, "Measured effect of 10 words")
    assert "7 it" not in data["rows"]  # without it nobody asks
    shown = dict(zip(data["rows"], map(float, cells(data)["effect"]), strict=True))
    assert max(shown, key=shown.get) == "1 animal"
    app.selectbox(key="query").set_value(10).run()  # measured already, for every word that asks
    assert "10 tired" not in component(app, "Measured effect of 10 words")["rows"]
    assert "p" in cells(component(app, "Rank correlation"))
    assert CAVEATS.format(n=4) in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_nothing_is_measured_before_it_is_asked_for_nor_for_another_sentence():
    app = open_page(PAGE)
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    assert not components(app, "Measured")
    measured(app)
    assert components(app, "Measured")
    app.text_input(key="text").set_value("I love my new puppy").run()
    assert not components(app, "Measured")
    assert "4" in app.button(key="beyond_measure").label


@pytest.mark.usefixtures("minilm_is_loaded")
def test_few_words_prove_nothing_and_many_are_cut():
    app = measured(open_page(PAGE, "the hot dog"))
    assert PROVES_NOTHING in prose(app)
    long = " ".join(f"{word} {i}" for i, word in enumerate(["dog"] * 40))
    app = open_page(PAGE, long)
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    assert one_paragraph_has(app, "79", str(MOST_WORDS))


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["one", "🙂 🙂", "word word word", "<script>x</script> :red[y] $z$"]
)
def test_any_sentence_is_rolled_out_measured_and_shown_literally(text: str):
    app = open_page(PAGE, text)
    assert not app.exception
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    if text == "one":
        assert NOTHING_LEFT_OUT in prose(app)
    else:
        app.button(key="beyond_measure").click().run()
        assert components(app, "Measured effect")
    assert not app.exception
    assert not any(danger in prose(app) for danger in ("<script>", ":red[y]", "$z$"))
    assert "nan" not in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_single_token_of_a_causal_model():
    app = open_page(PAGE, "one", model="SmolLM2")
    assert NOTHING_TO_MIX in prose(app)
    app.segmented_control(key="beyond_part").set_value(EFFECT).run()
    assert not app.exception
    assert NOTHING_LEFT_OUT in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_page_says_what_to_do():
    app = open_page(PAGE, "  ")
    assert not app.exception
    assert NO_SENTENCE in prose(app)


@pytest.mark.parametrize("layer", [0, 3])
def test_of_two_stacks_the_encoder_is_rolled_out(layer: int, tiny_model: Callable[[str], str]):
    folder = tiny_model("T5")
    app = open_page(PAGE, TEXT, folder)
    app.selectbox(key="layer").set_value(layer).run()
    assert len(component(app, "beyond_growth")["rows"]) == 3  # the encoder: 2 layers
    app.session_state["beyond_all_words"] = True
    app.run()
    np.testing.assert_allclose(
        matrix_shown(app, "beyond_rollout"), by_hand(folder, TEXT), atol=1e-6
    )
    measured(app)
    assert not app.exception
    assert component(app, "Measured effect of 5 words")


def test_a_family_without_the_seam_is_measured_without_its_values(tiny_model):
    app = open_page(PAGE, TEXT, tiny_model("BLOOM"))
    app.selectbox(key="query").set_value(3).run()
    measured(app)
    assert not app.exception
    data = component(app, "Measured effect of 3 words")  # causal: what comes later has no effect
    assert data["rows"] == ["0 the", "1 cat", "2 sat"]
    assert "weight × |v|" not in cells(data)


def test_the_page_is_there_before_the_model(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert f"DistilGPT-2: {BackgroundJob.stage}" in texts(app)
