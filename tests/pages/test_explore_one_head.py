"""One head in four views: what each shows is what NumPy makes of the captured run."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.words import merge_words
from attention_core.pretrained.layers import LayerCapture
from attention_core.toy.words import word_spans
from pages.explore.one_head.head import (
    CHANGE,
    FLOOR,
    MERGED,
    OF_VALUES,
    OF_WEIGHT,
    QUERY_HIDDEN,
    RENORMALISED,
    TWO_TEXTS,
)
from pages.explore.one_head.vectors import KOBAYASHI, ROTARY
from pages.ui.server import models
from pages.ui.widgets.component import OPEN
from pages.ui.widgets.panels import NO_Q_K_V
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.conftest import (
    component,
    components,
    matrix_shown,
    numbers,
    open_page,
    prose,
    texts,
)
from tests.pages.paragraphs import NUMBER, one_paragraph_has

PAGE = "one-head"
SENTENCE = "The animal didn't cross the street because it was too tired"
PIECES = "Unbelievable transformers outperform antidisestablishmentarianism"
VIEWS = ("Heatmap", "Lines", "Neurons", "Values")
HEATMAP = "Attention weights of"


def opened(view: str = "Heatmap", **asked: str) -> AppTest:
    app = open_page(PAGE, **asked)
    return looked_at(app, view)


def looked_at(app: AppTest, view: str) -> AppTest:
    app.segmented_control(key="one_head_view").set_value(view).run()
    assert not app.exception
    return app


def layer(number: int = 5, text: str = SENTENCE, model: str = "MiniLM") -> LayerCapture:
    found = models.captured(model, text).layers[number]
    assert isinstance(found, LayerCapture)
    return found


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_heatmap_and_the_softmax_are_those_of_the_chosen_head():
    app = opened(layer="3", head="7")
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), layer(3).weights[7].astype(float))
    assert "10 it → " in texts(app)
    assert len(components(app, "Softmax of the row 10 it")) == 1
    assert component(app, "All 12 heads")["selected"] == 7


@pytest.mark.usefixtures("minilm_is_loaded")
def test_words_are_merged_so_that_rows_sum_to_one_and_pieces_come_back():
    app = opened(text=PIECES)
    before = matrix_shown(app, HEATMAP)
    app.segmented_control(key="one_head_unit").set_value("words").run()
    merged = component(app, HEATMAP)
    capture = models.captured("MiniLM", PIECES)
    expected = merge_words(layer(text=PIECES).weights[11], capture.places, word_spans(PIECES))
    np.testing.assert_allclose(numbers(merged), expected, rtol=1e-6)
    np.testing.assert_allclose(numbers(merged).sum(axis=1), 1, rtol=1e-5)
    assert merged["rows"][-2] == "6 antidisestablishmentarianism"
    assert MERGED in merged["label"] and MERGED in merged["heading"]
    app.segmented_control(key="one_head_unit").set_value("pieces").run()
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), before)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_hidden_special_tokens_are_deleted_or_made_up_for_and_the_title_says_so():
    app = opened()
    whole = layer().weights[11].astype(float)
    rest = whole[1:-1, 1:-1]
    app.selectbox(key="one_head_special").set_value("hidden as they are").run()
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), rest)
    assert one_paragraph_has(app, f"{rest.sum(axis=1).mean():.2f}")
    app.selectbox(key="one_head_special").set_value("hidden and renormalised").run()
    expected = rest / rest.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(matrix_shown(app, HEATMAP), expected, rtol=1e-5)
    shown = component(app, HEATMAP)
    assert CHANGE[RENORMALISED] in shown["heading"] and CHANGE[RENORMALISED] in shown["label"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_table_and_its_files_hold_what_is_shown():
    app = opened(text=PIECES)
    app.segmented_control(key="one_head_unit").set_value("words").run()
    app.selectbox(key="one_head_special").set_value("hidden and renormalised").run()
    app.session_state[OPEN] = "one_head_map"
    app.run()
    shown, (table,) = component(app, HEATMAP), app.dataframe
    np.testing.assert_allclose(table.value.to_numpy(), numbers(shown), rtol=1e-6)
    assert list(table.value.index) == shown["rows"] and list(table.value) == shown["columns"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_colours_and_threshold_leave_the_numbers_and_say_what_is_left():
    app = opened()
    whole = matrix_shown(app, HEATMAP)
    assert component(app, HEATMAP)["floor"] is None
    app.segmented_control(key="one_head_colours").set_value("log").run()
    app.select_slider(key="one_head_threshold").set_value(0.1).run()
    data = component(app, HEATMAP)
    assert (data["floor"], data["high"], data["threshold"]) == (1e-4, 1.0, 0.1)
    np.testing.assert_array_equal(numbers(data), whole)
    assert one_paragraph_has(app, f"{(whole >= 0.1).sum()}", f"{whole.size}", "0.1")
    assert one_paragraph_has(app, f"{FLOOR}")


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("percent", [50, 90, 100])
def test_the_mass_filter_marks_the_fewest_keys_that_cover_the_share(percent: int):
    app = opened()
    app.slider(key="one_head_share").set_value(percent).run()
    data = component(app, HEATMAP)
    weights = numbers(data)

    def fewest(row: np.ndarray) -> int:
        reached = np.sort(row)[::-1].cumsum()
        return int(np.argmax(reached >= percent / 100 * reached[-1])) + 1

    n = fewest(weights[10])
    assert sorted(data["marks"]) == sorted(np.argsort(-weights[10])[:n].tolist())
    mean = np.mean([fewest(row) for row in weights])
    assert one_paragraph_has(app, str(n), "15", str(percent), f"{mean:.1f}")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_badge_says_what_special_tokens_take_of_weight_and_of_what_is_handed_over():
    app = opened()
    weights, v = layer().weights[11].astype(float), layer().v[11].astype(float)
    amounts = weights * np.linalg.norm(v, axis=1)
    handed = amounts / amounts.sum(axis=1, keepdims=True)
    for name, keys in (("special tokens", [0, 14]), ("the first token", [0])):
        share = 100 * weights[:, keys].sum(axis=1).mean()
        of_values = 100 * handed[:, keys].sum(axis=1).mean()
        (line,) = [each for each in prose(app).split("\n") if f"{name}:" in each]
        assert NUMBER.findall(line)[:2] == [f"{share:.1f}", f"{of_values:.1f}"]


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_row_with_a_single_key_cannot_choose_so_no_share_of_a_sink_is_said():
    app = opened(model="SmolLM2", text="one")
    (line,) = [each for each in prose(app).split("\n") if OF_WEIGHT in each]
    assert NUMBER.findall(line) == ["1", "1"]  # keys


@pytest.mark.usefixtures("minilm_is_loaded")
def test_lines_show_the_chosen_head_and_those_beside_it():
    app = opened("Lines")
    assert component(app, "Attention of head 11 as lines")["q"] == 10
    app.multiselect(key="one_head_beside").set_value([2, 5]).run()
    app.select_slider(key="one_head_line_floor").set_value(0.1).run()
    data = component(app, "Attention of head 2, 5, 11 as lines")
    weights = layer().weights[[2, 5, 11]]
    assert data["drawn"] == (weights >= 0.1).sum(axis=(1, 2)).tolist()
    app.selectbox(key="head").set_value(5).run()
    assert component(app, "Attention of head 2, 5 as lines")["heads"] == [2, 5]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_neurons_show_q_k_and_products_that_add_up_to_the_score():
    app = opened("Neurons")
    trace = layer().head_trace(11)
    q, k = trace.q[10].astype(float), trace.k[2].astype(float)
    for start, values in (("query, ", q), ("key, ", k), ("product q × k, ", q * k)):
        np.testing.assert_allclose(matrix_shown(app, start)[0], values, rtol=1e-5)
    steps = (trace.scores, trace.scaled_scores)
    assert one_paragraph_has(
        app, *(f"{each[10, 2]:.3f}" for each in steps), f"{trace.weights[10, 2]:.4f}"
    )
    assert ROTARY not in prose(app)
    app.toggle(key="one_head_sorted").set_value(True).run()
    data = component(app, "product q × k, ")
    order = [int(name) for name in data["columns"]]
    assert sorted(order) == list(range(32))
    assert (np.diff(np.abs(numbers(data)[0])) <= 0).all()
    np.testing.assert_allclose(numbers(data)[0], (q * k)[order], rtol=1e-5)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_another_pair_can_be_chosen_beside_the_strips_and_the_softmax_follows():
    app = opened("Neurons")
    app.selectbox(key="one_head_query").set_value(0).run()
    app.selectbox(key="one_head_key").set_value(14).run()
    trace = layer().head_trace(11)
    products = matrix_shown(app, "product q × k, ")[0]
    np.testing.assert_allclose(products, trace.q[0] * trace.k[14], rtol=1e-5)
    assert components(app, "Softmax of the row 0 [CLS]")[0]["selected"] == 14


@pytest.mark.usefixtures("minilm_is_loaded")
def test_values_show_what_each_key_hands_over_in_front_of_and_behind_W_O():
    app = opened("Values")
    table = component(app, "What 10 it takes")
    found = layer()
    weights, v = found.weights[11, 10].astype(float), found.v[11].astype(float)
    W_O = found.W_O.reshape(12, 32, 384)
    for column, amounts in (
        ("share", weights * np.linalg.norm(v, axis=1)),
        ("behind W_O", weights * np.linalg.norm(v @ W_O[11], axis=1)),
    ):
        bars = next(each["bars"] for each in table["columns"] if each["title"] == column)
        np.testing.assert_allclose(bars, amounts / amounts.sum(), rtol=1e-4)
    context = matrix_shown(app, "Context:")
    np.testing.assert_allclose(context[0], weights @ v, rtol=1e-4, atol=1e-6)
    added = np.linalg.norm(found.head_output[:, 10], axis=1)
    assert one_paragraph_has(app, f"{100 * added[11] / added.sum():.1f}")
    assert KOBAYASHI in prose(app)
    shares = app.table[0].value
    assert shares.loc["the first token", "of the weight, this row"] == f"{100 * weights[0]:.1f} %"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_buttons_go_from_layer_to_layer_and_stop_at_the_ends():
    app = opened(layer="1", head="7")
    app.button(key="one_head_previous").click().run()
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), layer(0).weights[7].astype(float))
    assert app.button(key="one_head_previous").disabled
    app.button(key="one_head_next").click().run()
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), layer(1).weights[7].astype(float))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_details_are_drawn_only_while_they_are_open():
    app = opened()
    assert not components(app, "keys of") and "→  2 animal" not in texts(app)
    app.session_state["one_head_qkv"] = app.session_state["one_head_cell"] = True
    app.run()
    assert not app.exception
    assert components(app, "keys of") and "10 it  →  2 animal" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text",
    ["one", "buffalo buffalo buffalo", "🙂", "<script>alert(1)</script> **b** :red[x]", "a " * 600],
)
def test_every_view_stands_any_text_and_shows_it_literally(text: str):
    app = open_page(PAGE, text=text)
    for view in VIEWS:
        looked_at(app, view)
        assert "<script" not in prose(app) and ":red[x]" not in prose(app)
    looked_at(app, "Heatmap")
    app.segmented_control(key="one_head_unit").set_value("words").run()
    for special in ("hidden as they are", "hidden and renormalised"):
        app.selectbox(key="one_head_special").set_value(special).run()
        assert not app.exception


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_blank_sentence_is_answered_with_a_hint():
    app = open_page(PAGE, text=" ")
    assert not app.exception
    assert NO_SENTENCE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_hidden_query_is_said_to_be_hidden():
    app = opened("Neurons")
    app.selectbox(key="one_head_query").set_value(0).run()
    looked_at(app, "Heatmap")
    app.selectbox(key="one_head_special").set_value("hidden as they are").run()
    assert QUERY_HIDDEN in prose(app)
    assert (component(app, HEATMAP)["row"], component(app, HEATMAP)["marks"]) == (None, [])


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_smollm2_has_rotary_positions_no_special_tokens_and_shared_values():
    app = opened(model="SmolLM2")
    assert app.selectbox(key="one_head_special").disabled
    assert prose(app).count(OF_WEIGHT) == 1  # of the first token: there is no special one
    data = component(app, HEATMAP)
    found = layer(13, model="SmolLM2")
    np.testing.assert_array_equal(
        np.isnan(numbers(data)), np.triu(np.ones(found.weights.shape[1:], bool), 1)
    )
    assert one_paragraph_has(app, "9", "90")  # keys: those up to "it"
    assert ROTARY in prose(looked_at(app, "Neurons"))
    looked_at(app, "Values")
    added = np.linalg.norm(found.head_output[:, 8], axis=1)
    assert one_paragraph_has(app, f"{100 * added[8] / added.sum():.1f}")


@pytest.mark.parametrize("family", ["BLOOM", "DeBERTa-v2"])
def test_a_family_with_weights_only_says_what_it_lacks(family: str, tiny_model):
    folder = tiny_model(family)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    layer = models.captured(folder, "the cat sat on a mat").layers[0]
    seen = np.tri(6, dtype=bool) if family == "BLOOM" else True  # one is causal
    expected = np.where(seen, layer.weights[0].astype(float), np.nan)
    np.testing.assert_array_equal(matrix_shown(app, HEATMAP), expected)
    assert OF_WEIGHT in prose(app) and OF_VALUES not in prose(app)
    looked_at(app, "Lines")
    for view in ("Neurons", "Values"):
        assert NO_Q_K_V in prose(looked_at(app, view))


@pytest.mark.parametrize("family", ["T5", "BART"])
def test_every_kind_of_layer_of_two_stacks_is_shown_in_every_view(family: str, tiny_model):
    app = open_page(PAGE, typed_model=tiny_model(family), text="the cat sat on a mat")
    assert app.segmented_control(key="one_head_unit")
    for number in (2, 3):  # decoder, cross
        app.selectbox(key="layer").set_value(number).run()
        for view in VIEWS:
            looked_at(app, view)
        looked_at(app, "Heatmap")
        assert TWO_TEXTS in prose(app)
        assert all(each.key != "one_head_unit" for each in app.segmented_control)
