"""Lesson 5: the library, the three projections and the symmetry follow the toy's live numbers; a real head has its own."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from attention_core.analysis.diagonal import asymmetry
from attention_core.toy.edits import apply_edits
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.diagram import THICKEST, THINNEST
from pages.ui.widgets.panels import NO_Q_K_V
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.wording import number, vector
from tests.pages.conftest import (
    component,
    components,
    files_of,
    in_order,
    numbers,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

PAGE = "query-key-value"
ANIMAL = PRESETS[0]
OWN = "Kings and queens eat pizza"


def questions(app: AppTest) -> list[ButtonGroup]:
    return [each for each in app.pills if each.key.startswith("guess_qkv")]


def guess(app: AppTest, answer: int) -> AppTest:
    (pills,) = questions(app)
    return pills.set_value(answer).run()


def is_right(app: AppTest) -> list[bool]:
    """The first answer to each question."""
    return [*app.session_state[PREDICTIONS].values()]


@pytest.mark.parametrize("edits", ["", "x5.0:1"])
def test_the_shelf_holds_the_three_strongest_keys_with_arrows_as_wide_as_their_weights(edits: str):
    row = run(apply_edits(ANIMAL, edits)).heads.weights[0, ANIMAL.query]
    shelf = np.sort(np.argsort(-row, kind="stable")[:3])
    library = component(open_page(PAGE, edits=edits), "A library")
    assert [box["name"] for box in library["boxes"]] == ["asks", *map(str, shelf), "home"]
    lent = [arrow for arrow in library["arrows"] if arrow["role"] == "weights"]
    assert [arrow["label"] for arrow in lent] == [f"{row[k]:.2f}" for k in shelf]
    widths = np.array([arrow["width"] for arrow in lent])
    np.testing.assert_allclose(np.diff(widths), (THICKEST - THINNEST) * np.diff(row[shelf]))


def test_a_word_that_may_see_only_itself_has_one_book():
    app = open_page(PAGE, text="the hot dog was")
    app.selectbox(key="query").set_value(0).run()
    assert not app.exception
    assert [box["name"] for box in component(app, "A library")["boxes"]] == ["asks", "0", "home"]


@pytest.mark.parametrize("name", ["W_Q", "W_K", "W_V"])
@pytest.mark.parametrize("edits", ["", "heads:2~WQ3.1:7~WK0.1:-1~WV0.1:0.5"])
def test_each_matrix_turns_x_into_what_the_core_uses(name: str, edits: str):
    scenario = apply_edits(ANIMAL, edits)
    app = open_page(PAGE, edits=edits)
    app.segmented_control(key="qkv_matrix").set_value(name).run()
    made = numbers(component(app, f"{name[-1].lower()} of each word"))
    np.testing.assert_allclose(made, scenario.x @ getattr(scenario, name), atol=1e-12)
    np.testing.assert_array_equal(numbers(component(app, name)), getattr(scenario, name))


def test_the_products_of_the_chosen_number_are_all_there():
    app = open_page(PAGE)
    app.session_state["qkv_word"], app.session_state["qkv_cell"] = (ANIMAL.query, 10), (2, 1)
    app.run()
    assert "10 tired, q 1" in texts(app)
    x, w = ANIMAL.x[10], ANIMAL.W_Q[:, 1]
    for a, b in zip(x, w, strict=True):
        assert f"{number(a)}\u00a0·\u00a0:blue[{number(b)}]" in prose(app)
    assert f"= :blue[**{number(x @ w)}**]" in prose(app)


def test_x_the_matrix_and_what_they_make_can_be_taken_away_as_one_table():
    app = open_page(PAGE)
    assert files_of(app, "qkv_made") == ["CSV", "JSON"]
    (table,) = (each.value for each in app.dataframe)
    np.testing.assert_array_equal(table.loc["x"].dropna(axis=1), ANIMAL.x)
    np.testing.assert_array_equal(table.loc["W_Q"].dropna(axis=1), ANIMAL.W_Q)
    np.testing.assert_allclose(table.loc["q"].dropna(axis=1), ANIMAL.x @ ANIMAL.W_Q, atol=1e-12)


def test_two_matrices_make_scores_differ_by_direction_and_one_matrix_makes_them_equal():
    app = open_page(PAGE)
    assert re.search("7 it → 1 animal.*1 animal → 7 it", texts(app))
    scores = run(ANIMAL).heads.scores[0]
    assert not components(app, "Scores")
    guess(app, 1)
    assert is_right(app) == [True]
    for score in (scores[7, 1], scores[1, 7]):
        assert f"**{number(score)}**" in prose(app)
    np.testing.assert_array_equal(numbers(component(app, "Scores")), scores)
    assert f"**{number(asymmetry(scores))}**" in prose(app)
    app.toggle(key="qkv_same").set_value(True).run()
    shared = numbers(component(app, "Scores"))
    q = ANIMAL.x @ ANIMAL.W_Q
    np.testing.assert_allclose(shared, q @ q.T, atol=1e-12)
    np.testing.assert_array_equal(shared, shared.T)
    assert "**0.000**" in prose(app)


@pytest.mark.parametrize("answer", [0, 1, 2])
@pytest.mark.parametrize("edits", ["", "WQ3.0:0"])
def test_the_answer_is_followed_by_both_words_query_and_key(edits: str, answer: int):
    scenario = apply_edits(ANIMAL, edits)
    app = guess(open_page(PAGE, edits=edits), answer)
    row = run(scenario).heads.weights[0, 7]
    partner = next(k for k in np.argsort(-row, kind="stable") if k != 7)
    q, k = scenario.x @ scenario.W_Q, scenario.x @ scenario.W_K
    (because,) = [each.value for each in app.markdown if ":blue[q₇ = " in each.value]
    written = [vector(each[i]) for i in (7, partner) for each in (q, k)]
    assert in_order(because, number(q[7] @ k[partner]), number(q[partner] @ k[7]), *written)
    assert because.count("(") == 4


@pytest.mark.usefixtures("minilm_is_loaded")
def test_an_own_sentence_begins_with_one_matrix_for_both():
    app = guess(open_page(PAGE, text=OWN), 0)
    assert not app.exception
    assert is_right(app) == [True]
    (because,) = [each.value for each in app.markdown if re.search(":blue\\[q. = ", each.value)]
    q_a, k_a, q_b, k_b = re.findall(r"\(.+?\)", because)
    assert (q_a, q_b) == (k_a, k_b)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_real_head_shows_its_vectors_and_how_far_from_symmetric_its_scores_are():
    app = open_page(PAGE, layer="3", head="1")
    trace = models.captured("MiniLM", ANIMAL.sentence).layers[3].head_trace(1)
    assert "MiniLM, layer 3, head 1" in texts(app)
    np.testing.assert_array_equal(numbers(component(app, "q of MiniLM"))[0], trace.q[10])
    assert f"**{number(asymmetry(trace.scores))}**" in prose(app)
    assert asymmetry(trace.scores) > 1


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_shared_keys_of_a_causal_model_are_shown_too():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    trace = models.captured("SmolLM2", ANIMAL.sentence).layers[13].head_trace(8)
    np.testing.assert_array_equal(numbers(component(app, "keys of SmolLM2")), trace.k)


@pytest.mark.parametrize(("family", "layer"), [("T5", "3"), ("BLOOM", "0")])
def test_other_families_show_what_they_have(family: str, layer: str, tmp_path):
    folder = saved(tmp_path, *(THROUGH_SEAM | ONLY_WEIGHTS)[family])
    models.loading(folder).result.result(timeout=60)
    text = "the cat sat on a mat"
    app = open_page(PAGE, typed_model=folder, text=text)
    app.selectbox(key="layer").set_value(int(layer)).run()
    assert not app.exception
    trace = models.captured(folder, text).layers[int(layer)].head_trace(0)
    if trace:  # queries and keys are two texts: no pair has two directions
        assert f"**{number(np.abs(trace.scores).max())}**" not in prose(app)
    only_weights = [info for info in app.info if NO_Q_K_V in info.value]
    assert bool(only_weights) == (family == "BLOOM")


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["one", "🙂", "<b>x</b> ![](x) :red[x] $x$", "مرحبا بالعالم", "word " * 40]
)
def test_any_sentence_is_read_and_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert "<b>" not in prose(app) and ":red[x]" not in prose(app)
    if text in ("one", "🙂"):
        assert not questions(app)
        return
    assert not guess(app, 0).exception


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_sentence_is_answered_with_a_hint(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert NO_SENTENCE in app.info[0].value
