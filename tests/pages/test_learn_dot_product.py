"""Lesson 3: what the reader moves, types and predicts changes the right numbers; the real part holds in every model."""

import re

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from attention_core.analysis.saturation import mean_largest_weight, score_variance, simulate
from attention_core.attention import attention
from pages.learn.dot_product.vectors import (
    D_HEADS,
    LIMIT,
    LONGEST,
    N_DRAWS,
    N_KEYS,
    NEVER_DIVIDES,
    NO_ANGLE,
    PRESETS,
    VECTORS,
    change,
    factor,
    readers_vectors,
    short,
)
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.panels import NO_Q_K_V
from tests.pages.conftest import (
    component,
    components,
    figures,
    matrix_shown,
    numbers,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

PAGE = "dot-product"
SENTENCE = "The animal didn't cross the street because it was too tired"


def arrows(app: AppTest) -> list[tuple[float, float]]:
    board = component(app, "Two arrows")
    return [(mark["x"], mark["y"]) for mark in board["marks"]]


def answered(answer: int = 0, **link: str) -> AppTest:
    app = open_page(PAGE, **link)
    app.pills(key="guess_dot_product_longer").set_value(answer).run()
    assert not app.exception
    return app


def test_two_arrows_and_the_tutorials_lists_are_there_at_once() -> None:
    app = open_page(PAGE)
    assert not app.exception
    assert arrows(app) == [(3, 1), (2.5, 2)]
    assert "**9.5**" in prose(app)
    assert "= 4 + 10 + 18 = **32**" in prose(app)


@pytest.mark.parametrize(
    ("preset", "dot"), [("Similar", 9.5), ("At a right angle", 0), ("Opposite", -10)]
)
def test_a_button_moves_both_arrows(preset: str, dot: float) -> None:
    app = open_page(PAGE)
    app.number_input(key="dot_product_a0").set_value(0.3).run()
    app.button(key=f"dot_product_{preset}").click().run()
    assert arrows(app) == [*PRESETS[preset][1:]]
    assert np.dot(*PRESETS[preset][1:]) == pytest.approx(dot)
    assert prose(app).count(f"= **{short(dot)}**") == 2  # by numbers, and by lengths and angle


def test_typed_numbers_move_the_arrow_and_the_product() -> None:
    app = open_page(PAGE)
    app.number_input(key="dot_product_a1").set_value(-2.7).run()
    app.number_input(key="dot_product_b0").set_value(1.3).run()
    assert arrows(app) == [(3, -2.7), (1.3, 2)]
    a, b = np.array([3, -2.7]), np.array([1.3, 2])
    shown = prose(app)
    assert f"**{short(a @ b)}**" in shown
    assert "(−2.7)" in shown
    degrees = np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    assert f"cos {degrees:.0f}°" in shown


def test_an_arrow_without_length_has_no_angle() -> None:
    app = open_page(PAGE)
    for key in ("dot_product_a0", "dot_product_a1"):
        app.number_input(key=key).set_value(0.0).run()
    assert not app.exception
    assert NO_ANGLE in prose(app) and "nan" not in prose(app)


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (10.0, "10"), (0.30000000000000004, "0.3"), (-1e-17, "0"), (2e-4, "2e−04")],
)
def test_numbers_are_written_as_short_as_they_can_be(value: float, text: str) -> None:
    assert short(value) == text
    assert factor(-2.5) == "(−2.5)"


def test_an_edit_of_the_table_changes_the_sum() -> None:
    app = open_page(PAGE)
    vectors = app.session_state[VECTORS]
    vectors[:, :3] = [[-7.5, 2, 2], [4, 5, 0.5]]
    app.run()
    assert not app.exception
    assert f"= **{short(vectors[0] @ vectors[1])}**" in prose(app)


def test_a_change_is_one_number_and_a_huge_one_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, np.ndarray] = {}
    monkeypatch.setattr(st, "session_state", state)
    before = readers_vectors()
    change(1, 2, 0.5)
    change(0, 0, 1e300)
    assert (state[VECTORS][1, 2], state[VECTORS][0, 0]) == (0.5, LIMIT)
    assert (state[VECTORS] != before).sum() == 2


@pytest.mark.parametrize(("d", "dot"), [(1, 4), (2, 14), (8, 32)])
def test_longer_lists_begin_with_zeros(d: int, dot: int) -> None:
    app = open_page(PAGE)
    app.number_input(key="dot_product_d").set_value(d).run()
    assert not app.exception
    assert app.session_state[VECTORS].shape == (2, LONGEST)
    assert f"= **{dot}**" in prose(app)


@pytest.mark.parametrize(("answer", "is_right"), [(0, True), (1, False), (2, False)])
def test_charts_wait_for_a_prediction(answer: int, is_right: bool) -> None:
    app = open_page(PAGE)
    assert not app.get("vega_lite_chart")
    app.pills(key="guess_dot_product_longer").set_value(answer).run()
    assert app.session_state[PREDICTIONS] == {"dot_product_longer": is_right}
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("minilm_is_loaded")
def test_only_arrows_have_a_length() -> None:
    app = answered()
    said = [each.value for each in (*app.header, *app.markdown)]
    of_length = [text for text in said if re.search(r"\b(long|longer|lengths?)\b", text, re.I)]
    assert of_length and all("arrow" in text for text in of_length)


def test_four_times_as_many_numbers_are_not_arrows_of_four_times_the_length() -> None:
    rng = np.random.default_rng(1)
    q, k = rng.standard_normal((500, 64)), rng.standard_normal((500, 16, 64))

    def largest(q: np.ndarray, k: np.ndarray) -> float:
        scores = np.einsum("nd,nkd->nk", q, k)
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        return float((exps / exps.sum(axis=1, keepdims=True)).max(axis=1).mean())

    few, many, long = (
        largest(q[:, :16], k[..., :16]),
        largest(q, k),
        largest(4 * q[:, :16], 4 * k[..., :16]),
    )
    assert few < many < long
    told = [float(each) for each in re.findall(r"takes (\d\.\d+)", prose(answered()))]
    np.testing.assert_allclose(told, [few, many], atol=0.03)


def test_the_chosen_size_is_the_one_in_numbers() -> None:
    app = answered()
    app.select_slider(key="dot_product_d_head").set_value(256).run()
    drawn = simulate(0, D_HEADS, N_DRAWS, N_KEYS)
    shown = prose(app)
    assert f"**{drawn.variances[-1]:.1f}**" in shown
    assert f":violet[**{drawn.largest[-1]:.2f}**]" in shown
    assert "÷ √256 = ÷ 16" in shown and f"**{drawn.scaled_variances[-1]:.2f}**" in shown
    assert f":violet[**{drawn.scaled_largest[-1]:.2f}**]" in shown
    one_query = matrix_shown(app, "One random query, d = 256")
    np.testing.assert_array_equal(one_query, [drawn.weights[-1], drawn.scaled_weights[-1]])


def test_another_seed_draws_others_and_tells_the_same() -> None:
    app = answered()
    before = prose(app)
    app.number_input(key="dot_product_seed").set_value(7).run()
    assert not app.exception
    assert prose(app) != before
    drawn = simulate(7, D_HEADS, N_DRAWS, N_KEYS)
    ends = {f"{drawn.largest[0]:.2f}", f"{drawn.largest[-1]:.2f}"}
    assert ends <= set(figures(prose(app)))
    assert app.session_state[PREDICTIONS] == {"dot_product_longer": True}


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_real_head_is_the_chosen_one_with_and_without_the_division() -> None:
    app = open_page(PAGE, layer="3", head="1")
    assert not app.exception
    trace = models.captured("MiniLM", SENTENCE).layers[3].head_trace(1)
    plain = attention(trace.q, trace.k, trace.v, trace.mask, trace.bias, scale=1.0)
    shown = prose(app)
    assert f"d = 32, √d = {np.sqrt(32):.2f}" in shown
    assert f"**{score_variance(trace):.1f}**" in shown
    size_q, size_k = (np.mean(np.float64(each) ** 2) for each in (trace.q, trace.k))
    for value in (f"{size_q:.3f}", f"{size_k:.3f}", f"**{32 * size_q * size_k:.1f}**"):
        assert value in shown
    assert f"÷ √32 :violet[**{mean_largest_weight(trace):.2f}**]" in shown
    assert f":violet[**{mean_largest_weight(plain):.2f}**]" in shown
    of_model, undivided = components(app, "Attention weights: MiniLM, layer 3, head 1")
    np.testing.assert_allclose(numbers(of_model), trace.weights)
    np.testing.assert_allclose(numbers(undivided), plain.weights)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_with_shared_keys_has_its_heads_too() -> None:
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert "d = 64, √d = 8.00" in prose(app)
    heatmaps = components(app, "Attention weights")
    assert len(heatmaps) == 2 and all(data["blocked"] for data in heatmaps)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["<b>x</b> ![](y.png)", "🙂", "Xylophone", "**bold** :red[x] $x$"])
def test_any_sentence_is_read_and_shown_literally(text: str) -> None:
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert len(components(app, "Attention weights")) == 2
    assert text not in prose(app)


def test_a_model_that_never_divides_says_so(tmp_path) -> None:
    folder = saved(tmp_path, *THROUGH_SEAM["T5"])
    models.loading(folder).result.result(timeout=60)
    for layer in (0, 2, 3):  # encoder, decoder with one query, cross-attention
        app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
        app.selectbox(key="layer").set_value(layer).run()
        assert not app.exception
        assert NEVER_DIVIDES in prose(app)
        assert "nan" not in prose(app)


def test_a_model_that_offers_only_its_weights_says_so(tmp_path) -> None:
    folder = saved(tmp_path, *ONLY_WEIGHTS["BLOOM"])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert not app.exception
    assert any(NO_Q_K_V in each.value for each in app.info)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_rest_of_the_lesson_stands() -> None:
    app = open_page(PAGE, text="  ")
    assert not app.exception
    assert len(app.info) == 1
    assert arrows(app)


def test_without_a_model_the_rest_of_the_lesson_stands(model_never_comes) -> None:
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert "DistilGPT-2:" in texts(app)
    assert "**32**" in prose(app)
