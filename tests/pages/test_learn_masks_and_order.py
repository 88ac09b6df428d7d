"""Masks and order: every number on the page beside NumPy's, shuffles, positions, a drawn mask, real models, odd sentences."""

import re
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.masking import mask_after_softmax, zero_for_blocked
from attention_core.analysis.order import put_back, shuffled_order, text_in_order
from attention_core.masks import causal_mask
from attention_core.pretrained.catalogue import MINILM
from attention_core.toy.one_head import in_order, under_mask
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run, set_cell
from pages.learn.masks_and_order.masks import (
    AFTER_SOFTMAX,
    MISTAKES,
    NO_KEY,
    NOTHING_BLOCKED,
)
from pages.learn.masks_and_order.real import SEES_LATER, TELLS_POSITIONS, TOO_LONG, TWO_TEXTS
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.panels import NO_Q_K_V
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.conftest import (
    component,
    components,
    figures,
    matrix_shown,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

PAGE = "masks-and-order"
TOY = PRESETS[0]
N = len(TOY.tokens)
HALF, SHUFFLE = "masks_and_order_half", "masks_and_order_shuffle"
STAYS, CHANGES = 1, 0
WAVES, SCORES = "Sinusoidal positions", "Scores by position"


def cells(app: AppTest, label_start: str) -> list[list[str]]:
    return [column["cells"] for column in component(app, label_start)["columns"]]


def masks(app: AppTest) -> AppTest:
    return app.segmented_control(key=HALF).set_value("masks").run()


def guess(app: AppTest, name: str, option: int) -> AppTest:
    return app.pills(key=f"guess_masks_and_order_{name}_guess").set_value(option).run()


@pytest.fixture
def no_model(model_never_comes):
    """A model that never comes."""
    models.loading.clear("DistilGPT-2")
    yield "DistilGPT-2"
    models.loading.clear("DistilGPT-2")


def test_without_a_model_both_halves_work(no_model):
    app = open_page(PAGE, model=no_model)
    assert not app.exception
    assert matrix_shown(app, "In your order").shape == (N, N)
    assert "DistilGPT-2:" in texts(app)
    masks(app)
    assert not app.exception
    assert matrix_shown(app, "Your mask").shape == (N, N)


def test_the_shuffled_sentence_waits_for_the_prediction(no_model):
    app = open_page(PAGE, model=no_model)
    assert not components(app, "Shuffled")
    guess(app, "shuffle", CHANGES)
    assert app.session_state[PREDICTIONS] == {"masks_and_order_shuffle_guess": False}
    order = shuffled_order(N, 1)
    np.testing.assert_array_equal(matrix_shown(app, "Shuffled"), in_order(TOY, order).weights)
    assert component(app, "Shuffled")["rows"] == [
        f"{i} {TOY.tokens[old]}" for i, old in enumerate(order)
    ]
    assert component(app, "Shuffled")["row"] == order.tolist().index(TOY.query)
    assert ":violet[**0.000**]" in prose(app)


def test_an_answer_counts_as_right_when_it_is_right(no_model):
    app = guess(open_page(PAGE, model=no_model), "shuffle", STAYS)
    assert app.session_state[PREDICTIONS] == {"masks_and_order_shuffle_guess": True}


def test_another_number_is_another_order_and_the_button_counts_on(no_model):
    app = guess(open_page(PAGE, model=no_model), "shuffle", STAYS)
    app.number_input(key=SHUFFLE).set_value(7).run()
    np.testing.assert_array_equal(
        matrix_shown(app, "Shuffled"), in_order(TOY, shuffled_order(N, 7)).weights
    )
    next(button for button in app.button if button.label == "Shuffle again").click().run()
    assert app.number_input(key=SHUFFLE).value == 8
    np.testing.assert_array_equal(
        matrix_shown(app, "Shuffled"), in_order(TOY, shuffled_order(N, 8)).weights
    )


@pytest.mark.parametrize("kind", ["sinusoidal", "rope"])
@pytest.mark.parametrize("strength", [0.0, 0.25, 1.0])
def test_positions_make_the_difference_that_numpy_finds(kind, strength, no_model):
    app = open_page(PAGE, model=no_model)
    app.segmented_control(key="masks_and_order_kind").set_value(kind).run()
    app.slider(key="masks_and_order_strength").set_value(strength).run()
    order = shuffled_order(N, 1)
    before = in_order(TOY, np.arange(N), kind, strength).weights
    after = put_back(in_order(TOY, order, kind, strength).weights, order)
    gap = np.abs(after - before).max()
    assert f":violet[**{gap:.3f}**]" in prose(app)
    assert (gap > 0.1) == (strength > 0)
    table = component(app, "order_rows")
    strongest = table["rows"].index("1 animal")
    assert cells(app, "order_rows")[0][strongest] == (f"{before[TOY.query, 1]:.3f}")
    assert cells(app, "order_rows")[1][strongest] == (f"{after[TOY.query, 1]:.3f}")


def test_the_waves_are_drawn_wide_and_as_this_toy_adds_them(no_model):
    app = open_page(PAGE, model=no_model)
    wide = matrix_shown(app, WAVES)
    assert wide.shape == (16, 32)
    np.testing.assert_allclose(wide[3, :2], [np.sin(3), np.cos(3)])
    app.segmented_control(key="masks_and_order_waves").set_value(False).run()
    assert component(app, WAVES)["rows"][7] == "7 it"
    assert matrix_shown(app, WAVES).shape == (N, 4)


def test_turned_scores_have_constant_diagonals_and_the_arrows_turn(no_model):
    app = open_page(PAGE, model=no_model)
    app.segmented_control(key="masks_and_order_kind").set_value("rope").run()
    scores = matrix_shown(app, SCORES)
    for offset in range(-7, 8):
        assert np.ptp(np.diagonal(scores, offset)) < 1e-12
    assert np.ptp(scores[0]) > 1
    np.testing.assert_allclose(
        scores[0, 0], (TOY.x[7] @ TOY.W_Q) @ (TOY.x[1] @ TOY.W_K)
    )  # it · animal
    turned_q, turned_k, _, plain_k = component(app, "One pair of numbers of q")["marks"]
    assert (turned_q["name"], turned_k["name"]) == ("q at 1", "k at 6")
    length = np.hypot(plain_k["x"], plain_k["y"])
    np.testing.assert_allclose(
        [turned_k["x"], turned_k["y"]], [length * np.cos(6 / 4), length * np.sin(6 / 4)]
    )
    app.session_state["masks_and_order_positions"] = (2, 4)
    app.run()
    assert f"**{scores[2, 4]:.3f}**" in prose(app)
    assert component(app, SCORES)["cell"] == [2, 4]


@pytest.mark.parametrize("kind", ["none", "causal", "window"])
def test_each_mask_gives_the_toys_own_weights(kind, no_model):
    app = masks(open_page(PAGE, model=no_model))
    app.segmented_control(key="masks_and_order_mask").set_value(kind).run()
    heads = run(replace(TOY, mask=kind)).heads
    mask = np.ones((N, N), bool) if heads.mask is None else heads.mask
    drawn = matrix_shown(app, "Your mask")
    np.testing.assert_array_equal(np.isnan(drawn), ~mask)
    np.testing.assert_array_equal(drawn[mask], heads.weights[0][mask])
    np.testing.assert_array_equal(matrix_shown(app, "No mask"), under_mask(TOY, None).weights)
    assert f"{heads.weights[0, 0, 0]:.2f}" in figures(prose(app))


def test_a_blocked_cell_is_written_out_from_score_to_zero(no_model):
    app = masks(open_page(PAGE, model=no_model))
    score = under_mask(TOY, None).scaled_scores[7, 8]
    assert "7 it → 8 was" in texts(app)
    assert f"{score:.3f} →" in prose(app)
    assert "**−∞** → exp(−∞) = **0**" in prose(app)


def drawn_by_hand(app: AppTest, *flipped: tuple[int, int]) -> AppTest:
    """As clicks on these cells of the causal mask leave it; the last one is chosen."""
    app.session_state["masks_and_order_flips"] = ((TOY.tokens, "causal"), frozenset(flipped))
    app.session_state["masks_and_order_key"] = flipped[-1][1]
    return app.run()


def test_a_clicked_cell_moves_the_weights_and_can_be_taken_back(no_model):
    app = drawn_by_hand(masks(open_page(PAGE, model=no_model)), (7, 1))
    mask = causal_mask(N)
    mask[7, 1] = False
    expected = under_mask(TOY, mask)
    drawn = matrix_shown(app, "Your mask")
    assert np.isnan(drawn[7, 1])
    np.testing.assert_array_equal(drawn[mask], expected.weights[mask])
    free = under_mask(TOY, None).weights[7, 1]
    assert ":violet[**0.000**]" in prose(app) and f"{free:.3f})" in prose(app)
    app.button(key="masks_and_order_undo").click().run()
    np.testing.assert_array_equal(np.isnan(matrix_shown(app, "Your mask")), ~causal_mask(N))
    assert app.button(key="masks_and_order_undo").disabled


def test_a_freed_cell_gets_its_share(no_model):
    app = drawn_by_hand(masks(open_page(PAGE, model=no_model)), (7, 8))
    mask = causal_mask(N)
    mask[7, 8] = True
    weight = under_mask(TOY, mask).weights[7, 8]
    assert matrix_shown(app, "Your mask")[7, 8] == weight
    assert f"= :violet[**{weight:.3f}**]" in prose(app)


def test_a_row_without_any_key_is_all_zeros_and_the_page_says_so(no_model):
    app = drawn_by_hand(masks(open_page(PAGE, model=no_model)), *[(7, k) for k in range(8)])
    assert np.isnan(matrix_shown(app, "Your mask")[7]).all()
    assert NO_KEY in prose(app)
    assert ":violet[**0.000**]" in prose(app)


def test_clicks_belong_to_their_sentence_and_their_mask(no_model):
    app = drawn_by_hand(masks(open_page(PAGE, model=no_model)), (7, 1), (10, 10))
    app.segmented_control(key="masks_and_order_mask").set_value("none").run()
    assert not np.isnan(matrix_shown(app, "Your mask")).any()
    app.text_input(key="text").set_value(PRESETS[1].sentence).run()
    assert not app.exception
    assert matrix_shown(app, "Your mask").shape == (6, 6)


@pytest.mark.parametrize("kind", ["after", "zero"])
def test_mistakes_and_their_row_sums(kind, no_model):
    app = masks(open_page(PAGE, model=no_model))
    assert not components(app, "Row sums")
    guess(app, "after", 1)
    app.segmented_control(key="masks_and_order_mistake").set_value(kind).run()
    free, mask = under_mask(TOY, None), causal_mask(N)
    wrong = (mask_after_softmax if kind == "after" else zero_for_blocked)(free, mask)
    np.testing.assert_array_equal(matrix_shown(app, MISTAKES[kind]), wrong)
    right, this_way, leaked = cells(app, "Row sums")
    assert set(right) == {"1.00"}
    assert this_way == [f"{total:.2f}" for total in wrong.sum(axis=1)]
    assert leaked == [f"{total:z.2f}" for total in (wrong * ~mask).sum(axis=1)]
    free_sums = (free.weights * mask).sum(axis=1)
    assert f"{free_sums.min():.2f}" in prose(app) and f"{free_sums.max():.2f}" in prose(app)
    assert app.session_state[PREDICTIONS] == {"masks_and_order_after_guess": True}
    assert AFTER_SOFTMAX in prose(app)


def test_where_nothing_is_blocked_nothing_is_said_to_be_missing(no_model):
    app = guess(masks(open_page(PAGE, model=no_model, text="one")), "after", 0)
    assert NOTHING_BLOCKED in prose(app) and AFTER_SOFTMAX not in prose(app)


@pytest.mark.parametrize("n", [2, 8, 16])
def test_early_words_receive_more(n, no_model):
    app = masks(open_page(PAGE, model=no_model))
    app.slider(key="masks_and_order_n").set_value(n).run()
    harmonic = [sum(1 / i for i in range(j, n + 1)) / n for j in range(1, n + 1)]
    assert cells(app, f"What each of {n} words receives") == [[f"{s:.3f}" for s in harmonic]]
    assert f"÷ {n} = :violet[**{harmonic[0]:.3f}**]" in prose(app)


def between(words, capture, spans, layer: int, head: int) -> np.ndarray:
    """Word by word, the slow way."""
    weights = models.layer_weights("MiniLM", capture.text, layer)[head]
    pieces = [
        [i for i, t in enumerate(capture.tokens) if t.start < end and start < t.end]
        for start, end in spans
    ]
    return np.array([[weights[np.ix_(q, k)].sum(axis=1).mean() for k in pieces] for q in pieces])


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilm_knows_order():
    app = open_page(PAGE)
    assert not app.exception
    text, spans = text_in_order(TOY.tokens, np.arange(N)[::-1])
    assert text in texts(app)
    before = between(TOY.tokens, models.captured("MiniLM", TOY.sentence), TOY.spans, 5, 11)
    after = between(TOY.tokens, models.captured("MiniLM", text), spans, 5, 11)
    assert f":violet[**{np.abs(after - before).max():.3f}**]" in prose(app)
    assert before[7, 1] == pytest.approx(0.65, abs=0.01)
    assert TELLS_POSITIONS["bert"] in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_real_numbers_follow_layer_head_and_query():
    app = open_page(PAGE, layer="3", head="1", query="10 tired")
    before = between(TOY.tokens, models.captured("MiniLM", TOY.sentence), TOY.spans, 3, 1)
    assert re.search(r"10 tired .*\b3\b.*\b1\b", texts(app))
    table, real = component(app, "order_rows"), component(app, "order_real_rows")
    shares = dict(zip(real["rows"], real["columns"][0]["cells"], strict=True))
    assert table["rows"] and all(
        share == f"{before[10, int(name.split()[0])]:.3f}" for name, share in shares.items()
    )


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_each_model_brings_its_own_mask():
    app = masks(open_page(PAGE))
    assert re.search(r"\b100%.*\b225\b", prose(app))
    assert not component(app, "Weights of layer 5, head 11")["blocked"]
    app.toggle(key="masks_and_order_other").set_value(True).run()
    assert not app.exception
    assert re.search(r"\b54%.*\b144\b", prose(app))
    drawn = matrix_shown(app, "Weights of layer 13, head 8")
    np.testing.assert_array_equal(np.isnan(drawn), ~causal_mask(12))
    minilm, smollm2 = (data["columns"] for data in components(app, "What the first 8 tokens"))
    assert set(minilm[1]["cells"]) == {f"{1 / 15:.2f}"}
    assert smollm2[0]["cells"] == [f"{s:.2f}" for s in np.nan_to_num(drawn).mean(axis=0)[:8]]
    assert smollm2[1]["cells"][0] == f"{sum(1 / i for i in range(1, 13)) / 12:.2f}"


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_smollm2_chosen_offers_minilm_as_the_other():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert TELLS_POSITIONS["llama"] in prose(app)
    masks(app)
    assert MINILM.title in app.toggle(key="masks_and_order_other").label


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text",
    [
        "Stop",
        "a <b>bold</b> ![](http://x/y.png) :red[x]",
        "🙂 👩‍👩‍👧 $x$",
        "no no no. no...",
        "日本 は",
    ],
)
def test_odd_sentences(text: str):
    app = open_page(PAGE, text=text)
    guess(app, "shuffle", STAYS)
    assert not app.exception
    app.segmented_control(key="masks_and_order_kind").set_value("rope").run()
    assert not app.exception
    guess(masks(app), "after", 0)
    assert not app.exception
    assert "<b>" not in prose(app) and "http" not in prose(app) and "🙂" not in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_one_word_has_one_order_and_one_weight():
    app = guess(open_page(PAGE, text="Stop"), "shuffle", STAYS)
    np.testing.assert_array_equal(matrix_shown(app, "Shuffled"), [[1]])
    guess(masks(app), "after", 0)  # nothing can be blocked: all rows still sum to 1
    assert [*app.session_state[PREDICTIONS].values()] == [True, True]


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_sentence_is_answered_with_a_hint(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert NO_SENTENCE in app.info[0].value


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_text_that_the_model_cuts_is_not_compared():
    app = open_page(PAGE, text="word " * 600)
    assert not app.exception
    assert TOO_LONG in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_toys_edits_count_here_too():
    app = open_page(PAGE, edits="x5.0:1")  # the street is a being now
    edited = set_cell(TOY, "x", 5, 0, 1)
    np.testing.assert_array_equal(
        matrix_shown(app, "In your order"), under_mask(edited, None).weights
    )


def test_the_way_on_leads_to_the_other_half(no_model):
    app = open_page(PAGE, model=no_model)
    next(button for button in app.button if button.label == "On to the masks").click().run()
    assert app.segmented_control(key=HALF).value == "masks"
    assert not components(app, "In your order")


@pytest.mark.parametrize("family", ["T5", "BLOOM"])
def test_models_of_two_stacks_and_those_that_give_their_weights_only(family, tmp_path):
    folder = saved(tmp_path, *(THROUGH_SEAM | ONLY_WEIGHTS)[family])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    for layer in app.selectbox(key="layer").options:
        app.selectbox(key="layer").set_value(int(layer)).run()
        assert not app.exception
    if family == "T5":
        assert TWO_TEXTS in prose(app)
    masks(app)
    for layer in app.selectbox(key="layer").options:
        app.selectbox(key="layer").set_value(int(layer)).run()
        assert not app.exception
    assert (NO_Q_K_V in prose(app)) == (family == "BLOOM")


def lights(app: AppTest, label: str) -> dict[str, float]:
    return {word["text"]: word["light"] for word in component(app, label)["words"]}


@pytest.mark.usefixtures("minilm_is_loaded")
def test_she_finds_the_puppy_in_the_toy_and_in_minilm():
    app = open_page(PAGE, layer="3", head="1")
    app.segmented_control(key=HALF).set_value("masks").run()
    puppy = next(preset for preset in PRESETS if preset.name == "The new puppy")
    toy = lights(app, "masks_she_toy")
    expected = run(puppy).heads.weights[0, puppy.query]
    assert toy["puppy"] == expected[puppy.tokens.index("puppy")] == max(toy.values())
    assert toy["fluffy"] == 0
    real = lights(app, "masks_she_real")
    assert real["puppy"] == pytest.approx(0.72, abs=0.005)  # the curriculum's figure
    assert not app.exception


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_smollm2_does_not_look_ahead_of_she():
    app = open_page(PAGE, model="SmolLM2")
    app.segmented_control(key=HALF).set_value("masks").run()
    real = lights(app, "masks_she_real")
    assert max(real, key=lambda token: real[token]).strip() == "puppy"
    assert SEES_LATER["decoder"] in prose(app)
