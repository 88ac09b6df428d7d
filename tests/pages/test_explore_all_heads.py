"""All heads: the grid's numbers are those of NumPy, a pick opens the head for the whole app, odd texts and families."""

import base64
import zlib

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.head_statistics import NAMES
from attention_core.analysis.thumbnails import BLOCKED, thumbnails
from pages.explore.all_heads.grid import heads_frame, statistics
from pages.ui.reader.sentence import DEFAULT_SENTENCE
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.statistics import STATISTICS
from tests.pages.conftest import component, components, happens, open_page, prose
from tests.pages.paragraphs import one_paragraph_has

PAGE = "all-heads"


def opened(model: str = "MiniLM", **link: str) -> AppTest:
    app = open_page(PAGE, model=model, **link)
    assert not app.exception
    return app


def grid_of(app: AppTest) -> dict:
    (data,) = [data for data in components(app, "All ") if "texts" in data]
    return data


def values_of(data: dict) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(data["values"]), "<f8")
    return flat.reshape(len(data["rows"]), len(data["columns"]))


def pictures_of(data: dict) -> np.ndarray:
    sent = data["pictures"]
    shades = np.frombuffer(zlib.decompress(base64.b64decode(sent["shades"])), np.uint8)
    return shades.reshape(sum(sent["heads"]), *sent["size"])


def show(app: AppTest, statistic: str) -> np.ndarray:
    app.selectbox(key="all_heads_statistic").set_value(statistic).run()
    assert not app.exception
    return values_of(grid_of(app))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_grid_is_what_numpy_counts_in_every_layer():
    app = opened()
    layers = models.captured("MiniLM", DEFAULT_SENTENCE).layers
    weights = np.stack([layer.weights for layer in layers]).astype(np.float64)
    n = weights.shape[-1]
    previous = np.arange(2, n), np.arange(1, n - 1)
    entropy = -(weights * np.log2(np.where(weights > 0, weights, 1))).sum(axis=-1).mean(axis=-1)
    output = np.stack([np.linalg.norm(layer.head_output, axis=-1) for layer in layers])
    expected = {
        "previous": weights[:, :, *previous].mean(axis=-1),
        "entropy": entropy,
        "entropy share": entropy / np.log2(n),
        "largest": weights.max(axis=-1).mean(axis=-1),
        "first": weights[:, :, 1:, 0].mean(axis=-1),
        "special": weights[..., [0, n - 1]].sum(axis=-1).mean(axis=-1),
        "output": (output / output.sum(axis=1, keepdims=True)).mean(axis=-1),
    }
    for name, by_hand in expected.items():
        np.testing.assert_allclose(show(app, name), by_hand, atol=1e-5, err_msg=name)
        assert all("–" not in words for _, words in grid_of(app)["legend"])


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_smollm2s_270_heads_have_no_next_and_no_special_token():
    app = opened("SmolLM2")
    assert values_of(grid_of(app)).shape == (30, 9)
    assert np.isfinite(values_of(grid_of(app))).all()
    for name in ("next", "special"):
        assert np.isnan(show(app, name)).all()
        assert STATISTICS[name].missing in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_thumbnails_are_the_heatmaps_and_only_sent_when_looked_at():
    app = opened()
    assert grid_of(app)["pictures"] is None
    app.segmented_control(key="all_heads_view").set_value("Thumbnails").run()
    shown = pictures_of(grid_of(app))
    layers = models.captured("MiniLM", DEFAULT_SENTENCE).layers
    assert shown.shape == (72, 15, 15)
    expected = thumbnails(layers[5].weights, None, 48, False)
    np.testing.assert_array_equal(shown[5 * 12 :], expected)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_long_text_is_pooled_and_what_is_blocked_stays_so():
    app = opened("SmolLM2", text=" ".join(["dog"] * 90))
    app.segmented_control(key="all_heads_view").set_value("Thumbnails").run()
    data = grid_of(app)
    shown = pictures_of(data)
    assert data["ownScale"] and shown.shape == (270, 30, 30)
    above = np.triu(np.ones((30, 30), dtype=bool), k=1)
    assert (shown[:, above] == BLOCKED).all()
    assert (shown[:, ~above] < BLOCKED).all()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_picked_head_is_the_whole_apps_and_its_heatmap_opens():
    app = opened()
    happens(app, "all_heads_grid", "pick", [0, 2])
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (0, 2)
    assert grid_of(app)["cell"] == [0, 2]
    component(app, "Attention weights of MiniLM, layer 0, head 2.")
    (link,) = app.get("page_link")
    assert "layer 0 · head 2" in link.proto.label


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_lists_hold_both_ends_and_open_their_heads():
    app = opened()
    values = values_of(grid_of(app))
    order = np.argsort(-values, axis=None, kind="stable")
    names = [f"layer {i // 12} · head {i % 12}" for i in order]
    title = STATISTICS["previous"].title
    assert component(app, f"{title}: the 5 heads with most")["rows"] == names[:5]
    assert component(app, f"{title}: the 5 heads with least")["rows"] == names[:-6:-1]
    happens(app, "all_heads_least", "pick", 1)
    assert app.selectbox(key="layer").value == order[-2] // 12
    assert app.selectbox(key="head").value == order[-2] % 12


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_table_twin_has_every_head_and_every_statistic_with_its_chance():
    survey = statistics("MiniLM", DEFAULT_SENTENCE, "encoder")
    table = heads_frame(survey)
    assert table.shape == (72, 2 * len(NAMES))
    assert table.loc[(3, 7), "Largest weight"] == survey.values["largest"][3, 7]
    n_tokens = len(models.captured("MiniLM", DEFAULT_SENTENCE).tokens)
    np.testing.assert_allclose(table["Largest weight (uniform head)"], 1 / n_tokens)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_text_that_was_cut_says_so():
    app = opened(text=" ".join(["dog"] * 600))
    assert one_paragraph_has(app, "602", "512")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_row_of_the_heads_own_numbers_shows_that_statistic():
    app = opened(layer="3", head="1")
    sent = component(app, "All statistics of layer 3 · head 1")
    assert sent["selected"] == NAMES.index("previous")
    happens(app, "all_heads_its_statistics", "pick", NAMES.index("largest"))
    assert app.selectbox(key="all_heads_statistic").value == "largest"
    found = statistics("MiniLM", DEFAULT_SENTENCE, "encoder").values["largest"]
    np.testing.assert_array_equal(values_of(grid_of(app)), found)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_pick_outside_the_grid_changes_nothing():
    app = opened()
    happens(app, "all_heads_grid", "pick", [6, 0])
    assert not app.exception
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (5, 11)


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
@pytest.mark.parametrize("model", ["MiniLM", "SmolLM2"])
@pytest.mark.parametrize("text", ["it", "dog dog dog dog", "🙂 <script>alert(1)</script> **b**"])
def test_odd_texts_work_in_both_views(model: str, text: str):
    app = opened(model, text=text)
    app.segmented_control(key="all_heads_view").set_value("Thumbnails").run()
    assert not app.exception
    assert pictures_of(grid_of(app)).shape[0] == (72 if model == "MiniLM" else 270)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_one_token_leaves_no_number_but_the_output():
    app = opened("SmolLM2", text="it")
    assert np.isnan(values_of(grid_of(app))).all()
    of_chosen = component(app, "All statistics of")["columns"][0]["cells"]
    assert of_chosen[:-1] == ["not defined"] * (len(of_chosen) - 1)
    assert STATISTICS["previous"].missing in prose(app)
    shares = show(app, "output")
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_an_empty_sentence_says_what_to_do():
    app = open_page(PAGE, text="  ")
    assert not app.exception
    assert NO_SENTENCE in prose(app)


def test_a_family_of_weights_only_has_all_but_the_output(tiny_model):
    app = open_page(PAGE, text="the cat sat", typed_model=tiny_model("BLOOM"))
    assert not app.exception
    assert np.isfinite(values_of(grid_of(app))).all()
    assert np.isnan(show(app, "next")).all()  # its mask is not known, but a decoder has no future
    assert np.isnan(show(app, "output")).all()
    assert STATISTICS["output"].missing in prose(app)


def test_an_encoder_decoder_model_shows_one_kind_at_a_time(tiny_model):
    app = open_page(PAGE, text="the cat sat", typed_model=tiny_model("T5"))
    assert not app.exception
    (kinds,) = [each for each in app.segmented_control if each.label == "Attention in the"]
    assert kinds.options == ["Encoder", "Decoder", "Cross-attention"]
    first = grid_of(app)["rows"]
    kinds.set_value("cross").run()
    assert not app.exception
    cross = grid_of(app)
    assert not set(cross["rows"]) & set(first)
    assert cross["cell"] is None  # the chosen head is one of the encoder's
    happens(app, "all_heads_grid", "pick", [1, 0])
    assert str(app.selectbox(key="layer").value) == cross["rows"][1]
