"""The toy twin: its numbers against NumPy's SVD, edits and what they do, the link, heads without a twin, odd texts."""

import numpy as np
import pytest
import transformers as hf
from streamlit.testing.v1 import AppTest

from attention_core.experiments.head_copies import MOST_TOKENS
from attention_core.softmax import softmax
from attention_core.toy.compact import LONGEST_LINK
from pages.experiment.toy_twin.copies import (
    FIRST_TOKENS,
    LEARNED_BIAS,
    NO_COPY,
    NO_SCORES,
    ONE_TOKEN,
    OTHER_MASK,
    SHARED,
    TWO_TEXTS,
)
from pages.experiment.toy_twin.twin import (
    BAD_EDITS,
    BLOCKED,
    MOST_TOYS,
    NOT_CHANGED,
    TOYS,
    changed_cell,
)
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.page_link import KEPT
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.wording import number
from tests.bad_input.reader import opened
from tests.pages.conftest import (
    bold,
    component,
    components,
    counts,
    files_of,
    go_to,
    happens,
    in_order,
    matrix_shown,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import GROUPED_8
from tests.pretrained.folders import saved

PAGE = "toy-twin"
SENTENCE = "The animal didn't cross the street because it was too tired"
PICTURES = ("Head:", "Twin:", "Twin −")
IT, ANIMAL, STREET = 10, 2, 8  # of MiniLM's tokens


def scores_of(model: str, layer: int, head: int, text: str = SENTENCE) -> np.ndarray:
    trace = models.captured(model, text).layers[layer].head_trace(head)
    return (trace.q.astype(float) @ trace.k.astype(float).T) * trace.scale


def svd_twin(scores: np.ndarray, r: int) -> tuple[np.ndarray, np.ndarray]:
    u, s, v = np.linalg.svd(scores - scores.mean(axis=1, keepdims=True))
    return u[:, :r] * s[:r], v[:r].T


def weights_of(scores: np.ndarray, r: int) -> np.ndarray:
    q, k = svd_twin(scores, r)
    return softmax(q @ k.T)


def three(app: AppTest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    assert not app.exception
    return tuple(matrix_shown(app, label) for label in PICTURES)


def numbers_shown(app: AppTest) -> tuple[np.ndarray, np.ndarray]:
    """What tokens ask and what they offer."""
    return matrix_shown(app, "twin_asks").copy(), matrix_shown(app, "twin_offers").copy()


def link_of(app: AppTest) -> str:
    (link,) = np.atleast_1d(app.query_params["twin"])
    return link


def said(app: AppTest) -> str:
    return texts(app) + prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_so_many_numbers_copy_the_head_up_to_this_error():
    app = open_page(PAGE)
    scores = scores_of("MiniLM", 5, 11)
    difference = np.abs(weights_of(scores, 4) - softmax(scores))
    assert [120] in counts(app)
    assert "960" in prose(app)  # 15 tokens, 32 numbers of a query and 32 of a key
    assert f"{difference.max():.3f}" in bold(app)
    assert f"{difference.sum(axis=1).mean() / 2:.3f}" in bold(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_table_has_the_errors_of_every_twin_and_those_of_no_numbers_at_all():
    table = component(open_page(PAGE), "twin_r_table")
    scores = scores_of("MiniLM", 5, 11)
    errors = [np.abs(weights_of(scores, r) - softmax(scores)) for r in range(1, 9)]
    count, largest, mean, shuffled = (column["cells"] for column in table["columns"])
    assert table["rows"] == [f"{r} + {r}" for r in range(1, 9)]
    assert count == [str(30 * r) for r in range(1, 9)]
    assert largest == [number(error.max()) for error in errors]
    assert mean == [number(error.sum(axis=1).mean() / 2) for error in errors]
    assert float(shuffled[3]) > 5 * float(mean[3])
    equal = np.abs(1 / 15 - softmax(scores))
    assert table["footer"][2:4] == [number(equal.max()), number(equal.sum(axis=1).mean() / 2)]
    assert table["selected"] == 3


@pytest.mark.usefixtures("minilm_is_loaded")
def test_head_twin_and_difference_stand_in_this_order_on_the_same_rows_columns_and_scale():
    app = open_page(PAGE)
    real, twin, difference = three(app)
    weights = models.captured("MiniLM", SENTENCE).layers[5].weights[11]
    np.testing.assert_allclose(real, weights, atol=1e-6)
    np.testing.assert_allclose(twin, weights_of(scores_of("MiniLM", 5, 11), 4), atol=1e-9)
    np.testing.assert_array_equal(difference, twin - real)
    shown = [each for each in components(app) if each["label"].startswith(PICTURES)]
    for each, title in zip(shown, PICTURES, strict=True):
        assert each["label"].startswith(title)
    for field in ("rows", "columns", "row", "cell"):
        assert shown[0][field] == shown[1][field] == shown[2][field]
    assert (shown[0]["low"], shown[0]["high"]) == (shown[1]["low"], shown[1]["high"])
    assert shown[2]["low"] == -shown[2]["high"] < 0
    assert len(components(app, "twin_real_softmax") + components(app, "twin_toy_softmax")) == 2


@pytest.mark.usefixtures("minilm_is_loaded")
def test_what_tokens_ask_times_what_they_offer_makes_the_twin():
    app = open_page(PAGE)
    asks, offers = numbers_shown(app)
    assert asks.shape == offers.shape == (15, 4)
    np.testing.assert_allclose(softmax(asks @ offers.T), three(app)[1], atol=1e-12)
    products = " + ".join(
        f":blue[{number(a)}] · :orange[{number(b)}]"
        for a, b in zip(asks[IT], offers[ANIMAL], strict=True)
    )
    assert products in prose(app) and number(asks[IT] @ offers[ANIMAL]) in bold(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_click_in_the_table_chooses_how_many_numbers_and_the_link_says_so():
    app = open_page(PAGE)
    assert "twin" not in app.query_params
    happens(app, "twin_r_table", "pick", 1)
    assert link_of(app) == "2"
    np.testing.assert_allclose(three(app)[1], weights_of(scores_of("MiniLM", 5, 11), 2), atol=1e-9)
    assert [60] in counts(app)
    happens(app, "twin_r_table", "pick", 3)
    assert "twin" not in app.query_params


@pytest.mark.usefixtures("minilm_is_loaded")
def test_one_changed_number_moves_twin_difference_softmax_and_is_told_with_its_weight():
    app = open_page(PAGE)
    real, before, _ = three(app)
    asks, offers = numbers_shown(app)
    happens(app, "twin_offers", "edit", [STREET, 0, 3.0])
    was, offers[STREET, 0] = offers[STREET, 0], 3.0
    _, twin, difference = three(app)
    np.testing.assert_allclose(twin, softmax(asks @ offers.T), rtol=1e-9)
    np.testing.assert_array_equal(difference, twin - real)
    weights = "10 it", "8 street", number(before[IT, STREET]), number(twin[IT, STREET])
    changed = changed_cell("offers 1", "8 street"), number(was), "3.000"
    assert in_order(texts(app), *changed, *weights)
    table = component(app, "twin_toy_softmax")
    assert table["columns"][-1]["cells"] == [f"{weight:.4f}" for weight in twin[IT]]
    assert table["selected"] == STREET  # the key that was changed is marked
    assert link_of(app) == "4~x8.4:3"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_changed_query_chooses_its_row_and_undo_takes_back_what_was_done():
    app = open_page(PAGE)
    before = three(app)[1]
    happens(app, "twin_asks", "edit", [13, 0, -2.0])
    twin = three(app)[1]
    np.testing.assert_array_equal(np.delete(twin, 13, axis=0), np.delete(before, 13, axis=0))
    most = int(np.abs(twin - before)[13].argmax())
    name = component(app, "Twin −")["columns"][most]
    assert in_order(texts(app), "13 tired", name, number(before[13, most]))
    assert component(app, "Twin −")["row"] == 13
    assert app.selectbox(key="query").value == 10  # tired, among the words
    happens(app, "twin_offers", "edit", [0, 1, 0.5])
    assert changed_cell("offers 2", "0 [CLS]") in texts(app)
    app.button(key="twin_undo").click().run()
    np.testing.assert_array_equal(three(app)[1], twin)
    assert changed_cell("asks 1", "13 tired") in texts(app)
    app.button(key="twin_back").click().run()
    np.testing.assert_array_equal(three(app)[1], before)
    assert "twin" not in app.query_params
    assert app.button(key="twin_back").disabled


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_link_opens_the_twin_with_its_numbers_and_edits():
    app = open_page(PAGE, layer="3", head="1", twin="3~x0.0:-1~x8.4:1.5")
    asks, offers = numbers_shown(app)
    assert asks.shape == (15, 3)
    assert (offers[8, 1], asks[0, 0]) == (1.5, -1)
    assert [2] in counts(app)
    assert link_of(app) == "3~x0.0:-1~x8.4:1.5"
    app.query_params["twin"] = "2"  # the browser goes back
    assert numbers_shown(app.run())[0].shape == (15, 2)
    del app.query_params["twin"]
    assert numbers_shown(app.run())[0].shape == (15, 4)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("zzz", NOT_THERE.format("twin")), ("9", NOT_THERE.format("twin")), ("4~", ""), ("²", NOT_THERE.format("twin")),
        ("4~x99.0:1", BAD_EDITS), ("4~mask:causal", BAD_EDITS),
        ("4~T1:dog", BAD_EDITS), ("4~<script>", BAD_EDITS),
    ],
)  # fmt: skip
def test_a_broken_link_opens_the_usual_twin_and_says_so(link: str, told: str):
    app = open_page(PAGE, twin=link)
    np.testing.assert_allclose(three(app)[1], weights_of(scores_of("MiniLM", 5, 11), 4), atol=1e-9)
    assert told in texts(app)
    assert told in texts(app.run())  # and still after the next click


@pytest.mark.usefixtures("minilm_is_loaded")
def test_each_head_and_number_keeps_its_edits_and_old_ones_are_forgotten():
    app = open_page(PAGE)
    happens(app, "twin_offers", "edit", [STREET, 0, 3.0])
    edited = three(app)[1]
    app.selectbox(key="head").set_value(0).run()
    assert "twin" not in app.query_params
    happens(app, "twin_r_table", "pick", 1)
    app.selectbox(key="head").set_value(11).run()
    assert link_of(app) == "2"
    happens(app, "twin_r_table", "pick", 3)
    np.testing.assert_array_equal(three(app)[1], edited)
    for head in range(MOST_TOYS):
        app.selectbox(key="head").set_value(head).run()
    assert len(app.session_state[TOYS]) == MOST_TOYS
    app.selectbox(key="head").set_value(11).run()
    assert app.button(key="twin_back").disabled


@pytest.mark.usefixtures("minilm_is_loaded")
def test_edits_outlive_a_visit_to_another_page():
    app = open_page(PAGE)
    happens(app, "twin_offers", "edit", [STREET, 0, 3.0])
    edited = three(app)[1]
    go_to(app, "two-heads")
    app.query_params.pop("twin", None)  # a page switch brings no parameter of the page before
    go_to(app, PAGE)
    np.testing.assert_array_equal(three(app)[1], edited)
    assert link_of(app) == "4~x8.4:3"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(("n_words", "how"), [(8, "z1."), (60, "kept.")])
def test_a_twin_with_all_numbers_changed_is_there_after_a_reload(n_words: int, how: str):
    text = " ".join(f"word{i}" for i in range(n_words))
    app = opened("toy-twin", text=text)
    (toy,) = app.session_state[TOYS].values()
    noise = np.random.default_rng(0).normal(size=toy.base.x.shape)
    toy.commit(type(toy.base)(**(toy.base.__dict__ | {"x": noise})))
    app.run()
    np.testing.assert_array_equal(np.hstack(numbers_shown(app)), noise)
    link = link_of(app)
    assert link is not None and link.startswith(how) and len(link) <= LONGEST_LINK
    assert (KEPT in prose(app)) == (how == "kept.")
    again = np.hstack(numbers_shown(opened("toy-twin", text=text, twin=link)))
    np.testing.assert_array_equal(again, noise)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_number_that_is_too_large_is_refused_in_words():
    app = happens(open_page(PAGE), "twin_offers", "edit", [STREET, 0, 1e9])
    assert in_order(texts(app), NOT_CHANGED, "street", "offers 1")
    assert app.button(key="twin_back").disabled
    happens(app, "twin_offers", "edit", [STREET, 0, 1.0])
    assert NOT_CHANGED not in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_cell_picked_in_one_picture_is_chosen_in_all_and_in_the_sidebar():
    app = happens(open_page(PAGE), "twin_difference", "pick", [12, 5])
    for picture in PICTURES:
        assert component(app, picture)["cell"] == [12, 5]
    assert app.selectbox(key="query").value == 9  # too
    for head in ("real", "toy"):
        assert in_order(component(app, f"twin_{head}_softmax")["label"], "12 too")


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_twin_sees_no_future_and_comes_far_closer_than_the_plain_svd():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    twin = matrix_shown(app, "Twin:")
    scores, causal = scores_of("SmolLM2", 13, 8), np.tri(len(twin), dtype=bool)
    np.testing.assert_array_equal(np.isfinite(twin), causal)
    asks, offers = numbers_shown(app)
    expected = softmax(np.where(causal, asks @ offers.T, -np.inf))
    np.testing.assert_allclose(twin[causal], expected[causal], rtol=1e-9)
    plain = softmax(np.where(causal, np.matmul(*_plain(scores, causal, 4)), -np.inf))
    real = softmax(np.where(causal, scores, -np.inf))
    ours, theirs = (np.abs(each - real)[1:].sum(axis=1).mean() / 2 for each in (expected, plain))
    assert ours < 0.6 * theirs
    assert f"{ours:.3f}" in bold(app)
    assert NO_COPY in prose(app)
    happens(app, "twin_difference", "pick", [3, 5])
    assert BLOCKED in prose(app)


def _plain(scores: np.ndarray, allowed: np.ndarray, r: int) -> tuple[np.ndarray, np.ndarray]:
    means = np.where(allowed, scores, 0).sum(axis=1, keepdims=True) / allowed.sum(1, keepdims=True)
    u, s, v = np.linalg.svd(np.where(allowed, scores - means, 0))
    return u[:, :r] * s[:r], v[:r]


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["one", "🙂", "buffalo " * 20, "<script>alert(1)</script> **b** ![x](y)", "a\u0301 ~ :"]
)
def test_any_text_has_its_twin(text: str):
    app = open_page(PAGE, text=text)
    three(app)
    happens(app, "twin_offers", "edit", [1, 0, 2.0])
    assert changed_cell("offers 1", "1 ") in texts(app)
    assert not any("<script" in each.value for each in app.markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_of_a_long_text_the_first_tokens_are_copied_and_the_page_says_so():
    text = " ".join(f"word{i}" for i in range(150))
    app = open_page(PAGE, text=text)
    assert not app.exception
    n = len(models.captured("MiniLM", text).tokens)
    assert FIRST_TOKENS.format(n) in prose(app)
    assert SHARED in prose(app)
    real = component(app, "Head:")
    assert len(real["rows"]) == len(real["columns"]) == MOST_TOKENS
    app.selectbox(key="query").set_value(140).run()
    assert component(app, "Head:")["row"] == MOST_TOKENS - 1


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_page_says_what_to_do():
    assert NO_SENTENCE in open_page(PAGE, text=" ").info[0].value


@pytest.mark.usefixtures("minilm_is_loaded")
def test_every_picture_can_be_taken_away():
    app = open_page(PAGE)
    for key in ("Head", "Twin", "difference"):
        assert files_of(app, f"twin_{key}") == ["CSV", "JSON", "PNG", "SVG"]
    assert files_of(app, "twin_r_table") == ["CSV", "JSON"]
    app.session_state["twin_x_twin"] = True  # opened
    assert files_of(app, "") == ["CSV", "JSON"]


def test_a_model_that_cannot_be_had_is_explained():
    with pytest.raises(ValueError):
        models.loading("/tmp").result.result(timeout=60)
    app = open_page(PAGE, typed_model="/tmp", twin="2~x0.0:1")
    assert not app.exception
    assert "config.json" in texts(app)


def test_a_family_that_hands_out_its_weights_only_has_no_twin(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("BLOOM"), text="the cat sat on a mat")
    assert not app.exception
    assert NO_SCORES in prose(app)
    assert not components(app)


def test_of_two_stacks_a_layer_has_a_twin_where_it_reads_one_text_of_more_than_one_token(
    tiny_model,
):
    app = open_page(PAGE, typed_model=tiny_model("T5"), text="the cat sat on a mat")
    assert not app.exception
    assert LEARNED_BIAS in prose(app)
    trace = models.captured(app.selectbox(key="model").value, "the cat sat on a mat").layers[0]
    shown = matrix_shown(app, "Head:")
    np.testing.assert_allclose(shown, trace.weights[0], atol=1e-5)
    app.selectbox(key="layer").set_value(2).run()
    assert ONE_TOKEN in prose(app)
    app.selectbox(key="layer").set_value(3).run()
    assert not app.exception
    assert TWO_TEXTS in prose(app)


def test_a_window_is_no_mask_of_a_toy_and_the_page_says_so(tmp_path):
    config = hf.Gemma3TextConfig(
        **GROUPED_8, sliding_window=2, layer_types=["sliding_attention", "full_attention"]
    )
    folder = saved(tmp_path, hf.Gemma3TextModel, config)
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert not app.exception
    assert OTHER_MASK in prose(app)
    app.selectbox(key="layer").set_value(1).run()
    assert components(app, "Twin:")
    models.loading.clear(folder)
