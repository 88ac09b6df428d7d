"""A beside B and B − A: every kind of B, the numbers against NumPy, the link, bad input."""

import numpy as np
import pytest

from attention_core.analysis.words import weights_between_words
from attention_core.toy.words import word_spans
from pages.compare.two_heads.pair import (
    MEAN,
    NO_CHANGE,
    NO_COMMON_WORD,
    NOT_ON_BOTH,
    OTHER_TEXT,
)
from pages.compare.two_heads.side_b import INTRO, NOTHING_TO_READ, SIDE, SideB
from pages.ui.reader.notices import NOT_THERE
from pages.ui.server import models
from pages.ui.widgets.component import OPEN
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.conftest import component, components, go_to, matrix_shown, open_page, prose, texts
from tests.pages.paragraphs import one_paragraph_has

PAGE = "two-heads"
SENTENCE = "The animal didn't cross the street because it was too tired"
WIDE = SENTENCE.replace("tired", "wide")


def head(model: str, text: str, layer: int, number: int) -> np.ndarray:
    return models.captured(model, text).layers[layer].weights[number].astype(float)


def three(app) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    assert not app.exception
    return matrix_shown(app, "A:"), matrix_shown(app, "B:"), matrix_shown(app, "B − A")


def table(app) -> list[list[str]]:
    """The texts of the columns of the table of distances."""
    return [column["cells"] for column in component(app, "How far")["columns"]]


def listed(app, words: str) -> bool:
    """Whether these words, and no others, stand in a line of their own, whatever it is called."""
    return any(line.endswith(f": {words}") for line in texts(app).split("\n"))


def choose(app, kind: str):
    return app.segmented_control(key="two_heads_kind").set_value(kind).run()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_two_heads_stand_side_by_side_with_their_difference_and_distances():
    app = open_page(PAGE)
    a, b = head("MiniLM", SENTENCE, 5, 11), head("MiniLM", SENTENCE, 5, 0)
    for shown, expected in zip(three(app), (a, b, b - a), strict=True):
        np.testing.assert_array_equal(shown, expected)
    total = np.abs(a - b).sum(axis=1) / 2
    assert table(app)[0] == [f"{total[10]:.3f}", f"{total.mean():.3f}"]
    assert f"{total[10]:.3f}" in prose(app)
    others = np.array(
        [
            np.abs(a - head("MiniLM", SENTENCE, i, j))[10].sum() / 2
            for i in range(6)
            for j in range(12)
            if (i, j) not in ((5, 11), (5, 0))
        ]
    )
    assert table(app)[1][0] == f"{np.median(others):.3f}"
    assert one_paragraph_has(app, f"{(others > total[10]).mean():.0%}".rstrip("%"), "70")
    assert one_paragraph_has(app, "225", f"{np.corrcoef(a.ravel(), b.ravel())[0, 1]:.3f}")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_largest_changes_are_named_with_both_weights():
    app = open_page(PAGE)
    a, b = head("MiniLM", SENTENCE, 5, 11), head("MiniLM", SENTENCE, 5, 0)
    q, k = np.unravel_index(np.abs(b - a).argmax(), a.shape)
    names = component(app, "A:")["rows"]
    assert f"{names[q]} → {names[k]}" in texts(app)
    assert one_paragraph_has(app, f"{a[q, k]:.3f}", f"{b[q, k]:.3f}")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_difference_is_drawn_around_zero_and_both_sides_on_one_scale():
    app = open_page(PAGE)
    difference = component(app, "B − A")
    assert difference["role"] == "diverging"
    assert difference["low"] == -difference["high"] < 0
    assert len({component(app, side)["high"] for side in ("A:", "B:")}) == 1


@pytest.mark.usefixtures("minilm_is_loaded")
def test_one_row_is_chosen_in_all_three_and_follows_the_sidebar():
    app = open_page(PAGE)
    app.selectbox(key="query").set_value(10).run()
    rows = {component(app, picture)["row"] for picture in ("A:", "B:", "B − A")}
    assert rows == {13}  # the word tired in tokens
    total = np.abs(three(app)[2])[13].sum() / 2
    assert table(app)[0][0] == f"{total:.3f}"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_head_beside_itself_differs_nowhere():
    app = open_page(PAGE, b="head.5.11")
    assert not three(app)[2].any()
    assert table(app)[0] == ["0.000", "0.000"]
    assert NO_CHANGE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_layers_are_compared_by_the_means_of_their_heads():
    app = open_page(PAGE, b="layer.2")
    layers = models.captured("MiniLM", SENTENCE).layers
    a, b, difference = three(app)
    np.testing.assert_allclose(a, layers[5].weights.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(b, layers[2].weights.mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(difference, b - a)
    assert INTRO["layer"] in prose(app)
    app.selectbox(key="two_heads_layer_layer").set_value(0).run()
    np.testing.assert_allclose(three(app)[1], layers[0].weights.mean(axis=0), rtol=1e-6)
    assert link_of(app) == "layer.0"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_two_sentences_are_compared_between_the_words_they_share():
    app = choose(open_page(PAGE), "sentence")
    assert app.text_input(key="two_heads_text").value == WIDE
    shown = three(app)
    assert component(app, "A:")["rows"] == component(app, "B:")["columns"]
    expected = []
    for text in (SENTENCE, WIDE):
        capture = models.captured("MiniLM", text)
        between = weights_between_words(
            head("MiniLM", text, 5, 11), capture.places, word_spans(text)[:10]
        )
        expected.append(between / between.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(shown[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(shown[1], expected[1], rtol=1e-6)
    np.testing.assert_allclose(shown[2], expected[1] - expected[0], atol=1e-7)
    assert listed(app, "10 tired") and listed(app, "10 wide")  # on one side only
    special = head("MiniLM", SENTENCE, 5, 11)[10, [0, -1]].sum()
    assert one_paragraph_has(app, f"{special:.0%}".rstrip("%"))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_word_of_one_side_only_cannot_ask_and_the_page_says_so():
    app = open_page(PAGE, b=f"sentence.{WIDE}", query="10 tired")
    assert NOT_ON_BOTH in prose(app)
    assert component(app, "A:")["row"] == 0


@pytest.mark.usefixtures("minilm_is_loaded")
def test_sentences_without_a_common_word_are_listed_literally():
    app = open_page(PAGE, b="sentence.<b>Kings</b> eat **pizza**")
    assert not app.exception
    assert NO_COMMON_WORD in prose(app)
    names = (f"{i} {SENTENCE[start:end]}" for i, (start, end) in enumerate(word_spans(SENTENCE)))
    assert listed(app, " · ".join(names))
    assert listed(app, "0 <b>Kings</b> · 1 eat · 2 ** · 3 pizza · 4 **")
    assert not components(app, "B − A")


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_two_models_are_compared_between_words_and_blocked_cells_do_not_correlate():
    app = choose(open_page(PAGE), "model")
    assert app.selectbox(key="two_heads_model").value == "SmolLM2"
    picks = [app.selectbox(key=f"two_heads_model_{name}").value for name in ("layer", "head")]
    assert picks == [13, 8]
    a, b, difference = three(app)
    assert a.shape == (11, 11)
    np.testing.assert_array_equal(np.isnan(b), ~np.tri(11, dtype=bool))
    blocked_as_zero = np.nan_to_num(b)
    np.testing.assert_array_equal(difference, blocked_as_zero - a)
    causal = np.tri(11, dtype=bool)
    assert one_paragraph_has(
        app, str(causal.sum()), f"{np.corrcoef(a[causal], b[causal])[0, 1]:.3f}"
    )
    app.selectbox(key="two_heads_model_head").set_value(0).run()
    assert component(app, "B:")["note"] == "SmolLM2, layer 13, head 0"
    assert not np.array_equal(three(app)[1], b, equal_nan=True)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_in_a_causal_model_the_first_row_has_no_choice_and_is_not_in_the_mean():
    app = open_page(PAGE, model="SmolLM2", b="head.0.0")
    a, b, difference = three(app)
    assert np.isnan(difference[0, 1:]).all()
    total = np.nansum(np.abs(difference), axis=1) / 2
    assert component(app, "How far")["rows"][1] == f"mean over {len(a) - 1} rows"
    assert table(app)[0][1] == f"{total[1:].mean():.3f}"
    assert one_paragraph_has(app, str(np.isfinite(b).sum()))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_what_is_chosen_is_in_the_link_and_the_usual_is_not():
    app = open_page(PAGE)
    assert "b" not in app.query_params
    app.selectbox(key="two_heads_head_head").set_value(7).run()
    assert link_of(app) == "head.5.7"
    choose(app, "sentence")
    assert link_of(app) == f"sentence.{WIDE}"
    app.text_input(key="two_heads_text").set_value("the cat. was here").run()
    assert link_of(app) == "sentence.the cat. was here"
    choose(app, "head")
    assert link_of(app) == "head.5.7"  # what was chosen before is kept
    app.selectbox(key="two_heads_head_head").set_value(0).run()
    assert "b" not in app.query_params


def link_of(app) -> str:
    (link,) = np.atleast_1d(app.query_params["b"])
    return link


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_link_opens_what_was_looked_at():
    app = open_page(PAGE, layer="3", head="1", b="head.2.4")
    notes = [component(app, f"{side}:")["note"] for side in "AB"]
    assert notes == ["MiniLM, layer 3, head 1", "MiniLM, layer 2, head 4"]
    np.testing.assert_array_equal(three(app)[1], head("MiniLM", SENTENCE, 2, 4))
    assert link_of(app) == "head.2.4"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_browsers_back_brings_the_side_of_its_link():
    app = open_page(PAGE, b="head.2.4")
    app.query_params["b"] = "layer.1"
    assert component(app.run(), "B:")["note"] == f"MiniLM, layer 1, {MEAN}"
    del app.query_params["b"]
    assert component(app.run(), "B:")["note"] == "MiniLM, layer 5, head 0"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("bad", ["zzz", "head", "head.1", "head.x.1", "head.99.1", "head.1.99",
                                 "head.-1.0", "layer.77", "layer.²", "sentence.", "model.1.2"])  # fmt: skip
def test_a_broken_link_opens_the_usual_side_and_says_so(bad: str):
    app = open_page(PAGE, b=bad)
    three(app)
    assert NOT_THERE.format("b") in texts(app)
    assert NOT_THERE.format("b") in texts(app.run())  # and still after the next click


@pytest.mark.parametrize("side", [
    SideB("head", 5, 3),
    SideB("layer", 2),
    SideB("sentence", text="a. b.c <script>"),
    SideB("model", 13, 8, model_id="owner/name-1.7B"),
])  # fmt: skip
def test_every_side_survives_its_link(side: SideB):
    assert SIDE.decode(SIDE.encode(side) or "") == side


@pytest.mark.usefixtures("minilm_is_loaded")
def test_side_b_is_kept_while_another_page_is_looked_at():
    app = open_page(PAGE)
    choose(app, "layer")
    app.selectbox(key="two_heads_layer_layer").set_value(1).run()
    go_to(app, "side-by-side")
    app.query_params.pop("b", None)  # a page switch brings no parameter of the page before
    go_to(app, PAGE)
    assert component(app, "B:")["note"] == f"MiniLM, layer 1, {MEAN}"
    assert link_of(app) == "layer.1"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("kind", ["head", "layer", "sentence"])
@pytest.mark.parametrize(
    "text", ["one", "🙂", "buffalo " * 20, "<script>alert(1)</script> **b** ![x](y)", "word " * 140]
)
def test_any_text_works_for_every_kind(text: str, kind: str):
    app = choose(open_page(PAGE, text=text), kind)
    assert not app.exception
    assert len(components(app, "B − A")) == 1
    assert not any("<script" in each.value for each in app.markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_page_says_what_to_do():
    assert open_page(PAGE, text=" ").info[0].value == NO_SENTENCE
    app = choose(open_page(PAGE), "sentence")
    app.text_input(key="two_heads_text").set_value("  ").run()
    assert NOTHING_TO_READ in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_model_b_that_cannot_be_had_is_explained_and_the_controls_stay():
    with pytest.raises(ValueError) as why:
        models.loading("/tmp").result.result(timeout=60)
    app = open_page(PAGE, b="model.0.0./tmp")
    assert not app.exception
    assert str(why.value) in texts(app)
    three(choose(app, "head"))


def test_two_stacks_compare_like_with_like(tiny_model):
    folder = tiny_model("T5")
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert list(app.selectbox(key="two_heads_head_layer").options) == ["0", "1"]
    app.selectbox(key="layer").set_value(3).run()  # cross-attention
    assert list(app.selectbox(key="two_heads_head_layer").options) == ["3", "5"]
    assert three(app)[0].shape[1] == 6
    choose(app, "sentence")
    assert not app.exception
    assert OTHER_TEXT.format("A", 3) in prose(app)


def test_a_family_that_hands_out_its_weights_only_can_be_compared(tiny_model):
    folder = tiny_model("BLOOM")
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert np.isnan(three(app)[2][np.triu_indices(6, 1)]).all()
    assert 0 <= float(table(app)[1][0]) <= 1  # any other head: a number


@pytest.mark.usefixtures("minilm_is_loaded")
def test_every_picture_can_be_taken_away_as_csv_json_png_and_svg_and_the_row_as_python():
    app = open_page(PAGE)
    app.session_state["two_heads_copy"] = True  # opened
    for picture in ("A", "B", "difference", "figures"):
        app.session_state[OPEN] = f"two_heads_{picture}"
        kinds = [button.label for button in app.run().get("download_button")]
        assert kinds == ["CSV", "JSON", *(["PNG", "SVG"] if picture != "figures" else [])]
    assert "total_variation = np.abs(a - b).sum() / 2" in app.get("code")[0].value


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_sentence_of_b_that_is_too_long_says_where_it_was_cut():
    app = choose(open_page(PAGE), "sentence")
    app.text_input(key="two_heads_text").set_value("animal " * 600).run()
    assert not app.exception
    assert one_paragraph_has(app, "512")  # tokens that were read
    assert "b" in app.query_params  # deflated, the whole sentence fits
    assert three(app)[0].tolist() == [[1.0]]  # a single shared word
