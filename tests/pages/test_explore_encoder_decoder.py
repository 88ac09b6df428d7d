"""Encoder, decoder and cross-attention: what is shown equals the library's own, for three families of random weights."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from transformers import AutoModel

from pages.explore.encoder_decoder.kinds import BIAS
from pages.ui.server import models
from pages.ui.server.jobs import BackgroundJob
from tests.pages.conftest import component, components, numbers, open_page, prose, texts
from tests.pages.paragraphs import one_paragraph_has

PAGE = "encoder-decoder"
SOURCE, TARGET = "the cat sat on a mat", "a mat sat"
FAMILIES = ("T5", "BART", "Marian")
KINDS = {"encoder": "Encoder", "decoder": "Decoder", "cross": "Cross-attention"}


def opened(folder: str, target: str = TARGET, **link: str) -> AppTest:
    app = open_page(PAGE, SOURCE, folder, **link)
    return app.text_input(key="encoder_decoder_target").set_value(target).run()


def choose(app: AppTest, kind: str) -> AppTest:
    return app.segmented_control(key="encoder_decoder_kind").set_value(kind).run()


def drawn(app: AppTest, what: str) -> list[dict]:
    """The "heatmap" or the "bias" of the kind of attention on screen."""
    return [data for kind in KINDS for data in components(app, f"encoder_decoder_{kind}_{what}")]


def library(folder: str, target: str = TARGET) -> dict[str, list[np.ndarray]]:
    """What the library says for itself, (n_heads, n_q, n_k) for each layer of each kind."""
    loaded = models.loading(folder).result.result()
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    ids = {
        "input_ids": loaded.tokenizer(SOURCE)["input_ids"],
        "decoder_input_ids": [
            model.config.decoder_start_token_id,
            *(loaded.tokenizer(target)["input_ids"] if target else []),
        ],
    }
    with torch.inference_mode():
        said = model(
            **{name: torch.tensor([each]) for name, each in ids.items()}, output_attentions=True
        )
    return {kind: [weights[0].numpy() for weights in said[f"{kind}_attentions"]] for kind in KINDS}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_kind_shows_the_librarys_weights(family: str, tiny_model: Callable[[str], str]):
    folder = tiny_model(family)
    app, expected = opened(folder, head="2"), library(folder)
    for kind, depth in (("cross", 1), ("decoder", 0), ("encoder", 1)):
        choose(app, kind)
        app.selectbox(key="encoder_decoder_depth").set_value(depth).run()
        assert not app.exception
        shown = np.nan_to_num(numbers(*drawn(app, "heatmap")))  # nan: blocked
        np.testing.assert_allclose(shown, expected[kind][depth][2], atol=1e-5)
        assert f"{KINDS[kind].lower()} layer {depth}, head 2" in str(components(app))


def test_cross_attention_has_the_target_in_rows_and_the_source_in_columns(tiny_model):
    app = choose(opened(tiny_model("BART")), "cross")
    data = drawn(app, "heatmap")[0]
    assert data["rows"] == ["0 </s>", "1 a", "2 mat", "3 sat"]
    assert data["columns"] == [f"{i} {word}" for i, word in enumerate(SOURCE.split())]
    assert one_paragraph_has(app, "6", f"{1 / 6:.2f}")


def test_without_a_target_the_decoder_has_its_start_token_alone(tiny_model):
    folder = tiny_model("T5")
    app, expected = opened(folder, target=""), library(folder, target="")
    choose(app, "cross")
    shown = numbers(*drawn(app, "heatmap"))
    assert shown.shape == (1, 6)
    np.testing.assert_allclose(shown, expected["cross"][0][0], atol=1e-5)
    choose(app, "decoder")
    np.testing.assert_array_equal(numbers(*drawn(app, "heatmap")), [[1.0]])


@pytest.mark.parametrize(
    ("layer", "kind", "depth"), [(1, "encoder", 1), (2, "decoder", 0), (5, "cross", 1)]
)
def test_the_sidebars_layer_and_the_pages_pickers_say_the_same(layer, kind, depth, tiny_model):
    app = opened(tiny_model("T5"))
    app.selectbox(key="layer").set_value(layer).run()
    assert app.segmented_control(key="encoder_decoder_kind").value == kind
    assert app.selectbox(key="encoder_decoder_depth").value == depth
    app.segmented_control(key="encoder_decoder_kind").set_value("encoder").run()
    assert app.selectbox(key="layer").value == depth  # the same depth, counted from the encoder's
    choose(app, kind)
    assert app.selectbox(key="layer").value == layer
    assert one_paragraph_has(app, str(layer), "6")


def test_the_future_of_the_target_is_blocked_in_the_decoder_only(tiny_model):
    app = opened(tiny_model("Marian"))
    for kind, blocked in (("encoder", 0), ("decoder", 6), ("cross", 0)):
        choose(app, kind)
        assert np.isnan(numbers(*drawn(app, "heatmap"))).sum() == blocked


def test_t5_shows_its_position_bias_and_what_it_is(tiny_model):
    app = opened(tiny_model("T5"), head="1")
    bias = numbers(*drawn(app, "bias"))
    layer = models.captured(app.selectbox(key="model").value, SOURCE).layers[0]
    np.testing.assert_allclose(bias, layer.bias[1], rtol=1e-6)
    np.testing.assert_array_equal(np.diag(bias), bias[0, 0])  # one number for one distance
    assert "+ bias" in [column["title"] for column in component(app, "Softmax of")["columns"]]
    assert BIAS in prose(app)
    choose(app, "cross")
    assert not drawn(app, "bias")


def test_bart_has_no_bias(tiny_model):
    app = opened(tiny_model("BART"))
    assert not drawn(app, "bias")
    assert "+ bias" not in [column["title"] for column in component(app, "Softmax of")["columns"]]


def test_the_word_that_asks_is_the_sidebars_in_the_source_and_the_last_in_the_target(tiny_model):
    app = opened(tiny_model("T5"))
    app.selectbox(key="query").set_value(2).run()
    assert drawn(app, "heatmap")[0]["row"] == 2
    choose(app, "cross")
    assert drawn(app, "heatmap")[0]["row"] == 3
    app.session_state["encoder_decoder_q"] = 1  # as a click on a row leaves it
    app.run()
    assert component(app, "Softmax of the row 1 a")
    choose(app, "decoder")  # another kind: the pick is forgotten
    assert drawn(app, "heatmap")[0]["row"] == 3


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_model_of_one_stack_says_so_and_offers_one_of_two(model_never_comes):
    app = open_page(PAGE)
    assert not app.exception
    assert "all-MiniLM-L6-v2" in texts(app)
    assert not app.get("bidi_component")
    models.loading.clear("T5")
    app.button(key="encoder_decoder_choose").click().run()
    models.loading.clear("T5")
    assert app.selectbox(key="model").value == "T5"
    assert f"T5: {BackgroundJob.stage}" in texts(app)


def test_any_target_is_read_and_shown_literally(tiny_model):
    folder = tiny_model("T5")
    for target in (
        "🙂",
        "<script>alert(1)</script>",
        "the " * 130,
        "mat mat mat",
        "![](x) :red[y]",
    ):
        app = choose(opened(folder, target=target), "cross")
        assert not app.exception
        assert drawn(app, "heatmap")[0]
        assert "<script>" not in prose(app) and ":red[y]" not in prose(app)


@pytest.mark.parametrize("text", ["  ", "one", "mat mat mat"])
def test_any_source_is_read(text: str, tiny_model):
    app = open_page(PAGE, text, tiny_model("BART"))
    assert not app.exception
    assert bool(drawn(app, "heatmap")) == bool(text.strip())
