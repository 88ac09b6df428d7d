"""Edit a score: what is typed into the row is what runs, its effect is torch's and NumPy's, and every step can be undone."""

import re

import numpy as np
import pytest

from attention_core.analysis.edited_row import RowEdit
from attention_core.analysis.effects import kl_bits, probabilities, share_as_large, turned_by
from attention_core.pretrained.interventions import with_scores, with_weights
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.run import Outcome, Run, core_attention
from attention_core.toy.compact import LONGEST_LINK
from pages.experiment.edit_a_score.editor import FORBIDDEN, NOT_CHANGED, ROW, row_of
from pages.experiment.edit_a_score.result import (
    ALL_ALIKE,
    DIVIDED,
    EXACTLY_NOTHING,
    LAST_LAYER,
    MADE_FROM,
    MOVES_NOTHING,
    NOT_TO_ONE,
    NOTHING_CHANGED,
)
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.real import NO_WAY_IN
from pages.ui.server import models
from pages.ui.widgets.result import NO_NUMBER, TITLES
from tests.bad_input.reader import opened
from tests.pages.conftest import (
    bold,
    column,
    component,
    components,
    counts,
    floats,
    happens,
    in_order,
    matrix_shown,
    open_page,
    prose,
    texts,
)
from tests.pretrained.cases import ANIMAL
from tests.pretrained.folders import saved_masked

PAGE = "edit-a-score"
LAYER, HEAD, IT, ANIMAL_KEY, STREET = 5, 11, 10, 2, 8  # MiniLM opens with these


def softmax(scores: np.ndarray) -> np.ndarray:
    exps = np.exp(scores - scores.max())
    return exps / exps.sum()


def row_in(app) -> np.ndarray:
    (row,) = matrix_shown(app, f"edit_row_{app.segmented_control(key='edit_row_kind').value}")
    return row


def of_street(app) -> dict:
    """The table of the row of "it", in which "street" is the chosen key."""
    table = component(app, "edit_row_table")
    assert table["rows"][table["selected"]] == "8 street"
    assert in_order(table["label"], "10 it", "8 street")
    return table


def run(model_id: str, text: str, *attends) -> list[Outcome]:
    """Each alone, as the page's control and changed run are."""
    loaded, ids = models.ready(model_id), models.tokenized(model_id, text).ids
    return [outcomes(ids, loaded, [Run(attend)])[0] for attend in attends]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_row_opens_with_the_model_s_own_scores_and_weights():
    app = open_page(PAGE)
    assert not app.exception
    trace = models.captured("MiniLM", ANIMAL).layers[LAYER].head_trace(HEAD)
    np.testing.assert_array_equal(row_in(app), trace.masked_scores[IT])
    app.segmented_control(key="edit_row_kind").set_value("weights").run()
    np.testing.assert_array_equal(row_in(app), trace.weights[IT])
    table = component(app, "edit_row_table")
    assert column(table, "weight") == column(table, "changed weight")
    assert NOTHING_CHANGED in prose(app)
    assert app.button(key="edit_row_undo").disabled
    assert app.button(key="edit_row_restart_alt").disabled


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_typed_score_goes_through_the_softmax_and_the_rest_of_the_model():
    app = happens(open_page(PAGE), "edit_row_scores", "edit", [0, STREET, 7.5])
    trace = models.captured("MiniLM", ANIMAL).layers[LAYER].head_trace(HEAD)
    scores = trace.masked_scores[IT].copy()
    scores[STREET] = 7.5
    np.testing.assert_allclose(row_in(app), scores)
    table = of_street(app)
    np.testing.assert_allclose(floats(table, "changed weight"), softmax(scores), atol=1e-4)
    np.testing.assert_allclose(floats(table, "weight"), trace.weights[IT], atol=1e-4)
    changed = matrix_shown(app, "edit_row_Changed")
    np.testing.assert_allclose(changed[IT], softmax(scores), atol=1e-6)
    others = np.arange(len(changed)) != IT
    np.testing.assert_array_equal(changed[others], matrix_shown(app, "edit_row_Control")[others])
    context = softmax(scores) @ trace.v
    length = component(app, "edit_row_context")
    assert floats(length, "changed") == [pytest.approx(np.linalg.norm(context), abs=1e-3)]
    control, after = run("MiniLM", ANIMAL, core_attention, with_scores(LAYER, HEAD, IT, scores))
    shown = floats(component(app, "edit_row_result_vectors"), "1 − cos")
    np.testing.assert_allclose(shown, turned_by(control.states, after.states), atol=6e-4)
    assert "1" in bold(app) and LAST_LAYER in prose(app)  # a single vector moved


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_typed_weights_are_taken_as_they_are_and_move_the_prediction():
    app = open_page(
        PAGE, model="SmolLM2", layer="13", head="8", query="10 tired", row="weights.13.8.11"
    )
    happens(app, "edit_row_weights", "edit", [0, 1, 2.5])
    layer = models.layer_weights("SmolLM2", ANIMAL, 13).astype(float)
    weights = layer[8, 11].copy()
    weights[1] = 2.5
    assert f"{weights.sum():.3f}" in bold(app) and NOT_TO_ONE in prose(app)
    control, after = run("SmolLM2", ANIMAL, core_attention, with_weights(13, 8, 11, weights))
    table = component(app, "edit_row_result_tokens")
    first = control.logits.argmax()
    assert floats(table, "control")[0] == pytest.approx(probabilities(control.logits)[first], abs=6e-4)  # fmt: skip
    assert floats(table, "changed")[0] == pytest.approx(probabilities(after.logits)[first], abs=6e-4)  # fmt: skip
    bits = float(kl_bits(control.logits, after.logits))
    own, median, largest = floats(component(app, "edit_row_others"), "KL, bits")
    assert own == pytest.approx(bits, rel=0.06)
    change = weights - layer[8, 11]
    others = [with_weights(13, h, 11, layer[h, 11] + change) for h in range(9) if h != 8]
    effects = np.array(
        [kl_bits(control.logits, each.logits) for each in run("SmolLM2", ANIMAL, *others)]
    )
    assert median == pytest.approx(np.median(effects), rel=0.06)
    assert largest == pytest.approx(effects.max(), rel=0.06)
    assert [(effects >= bits).sum(), 8] in counts(app)
    assert f"{share_as_large(bits, effects):.3f}" in bold(app)
    app.button(key="edit_row_percent").click().run()
    table = component(app, "edit_row_table")
    np.testing.assert_allclose(floats(table, "changed weight"), weights / weights.sum(), atol=1e-4)
    np.testing.assert_allclose(row_in(app), weights, rtol=1e-6)
    assert DIVIDED in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_an_earlier_row_of_the_last_layer_moves_the_prediction_by_exactly_nothing():
    app = open_page(
        PAGE, model="SmolLM2", layer="29", head="2", query="1 animal", row="weights.29.2.1~one0"
    )
    assert "1" in bold(app) and EXACTLY_NOTHING in prose(app) and MADE_FROM.format(11) in prose(app)
    assert LAST_LAYER in prose(app) and MOVES_NOTHING in prose(app)
    app.selectbox(key="layer").set_value(28).run()
    assert app.query_params["row"] == "weights.28.2.1"  # another row, which nobody edited
    app.button(key="edit_row_filter_1").click().run()
    assert EXACTLY_NOTHING not in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_blocked_keys_cannot_be_edited_and_the_page_says_so():
    app = open_page(PAGE, model="SmolLM2", query="1 animal")
    assert np.isnan(row_in(app)).tolist() == [False] * 2 + [True] * 10
    assert FORBIDDEN in prose(app)
    before = row_in(app)
    happens(app, "edit_row_scores", "edit", [0, 3, 5.0])
    assert in_order(texts(app), NOT_CHANGED, " 3")
    np.testing.assert_array_equal(row_in(app), before)
    assert app.text_input(key="edit_row_typed").disabled  # the blocked key is the chosen one
    app = open_page(PAGE, model="SmolLM2", query="1 animal", row="scores.13.8.1~3:5.0")
    assert NOT_THERE.format("row") in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_same_for_every_score_changes_nothing():
    app = open_page(PAGE)
    for _ in range(3):
        app.button(key="edit_row_add").click().run()
    trace = models.captured("MiniLM", ANIMAL).layers[LAYER].head_trace(HEAD)
    np.testing.assert_allclose(row_in(app), trace.masked_scores[IT] + 3, rtol=1e-6)
    table = component(app, "edit_row_table")
    assert column(table, "weight") == column(table, "changed weight")
    assert max(floats(component(app, "edit_row_result_vectors"), "1 − cos")) < 1e-6


@pytest.mark.usefixtures("minilm_is_loaded")
def test_shortcuts_undo_and_back():
    app = open_page(PAGE)
    happens(app, "edit_row_table", "pick", STREET)
    app.button(key="edit_row_filter_1").click().run()
    table = of_street(app)
    assert column(table, "changed weight")[STREET] == "1.0000"
    app.button(key="edit_row_drag_handle").click().run()
    table = component(app, "edit_row_table")
    assert set(column(table, "changed weight")) == {f"{1 / 15:.4f}"}
    app.button(key="edit_row_undo").click().run()
    assert column(component(app, "edit_row_table"), "changed weight")[STREET] == "1.0000"
    app.button(key="edit_row_restart_alt").click().run()
    table = component(app, "edit_row_table")
    assert column(table, "weight") == column(table, "changed weight")
    assert not components(app, "edit_row_others")
    for _ in range(2):
        app.button(key="edit_row_undo").click().run()
    assert app.button(key="edit_row_undo").disabled


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("nan", ""),
        ("1e300", "1,000,000"),
        ("<b>much</b>", "<b>much</b>"),
    ],
)
def test_what_is_no_number_is_refused_in_words(typed, told):
    app = open_page(PAGE)
    before = row_in(app)
    app.text_input(key="edit_row_typed").set_value(typed).run()
    assert not app.exception and in_order(texts(app), NOT_CHANGED, told)
    np.testing.assert_array_equal(row_in(app), before)
    assert app.button(key="edit_row_undo").disabled
    app.text_input(key="edit_row_typed").set_value("−1,5").run()  # as a person may write it
    assert row_in(app)[ANIMAL_KEY] == -1.5
    assert NOT_CHANGED not in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_largest_numbers_still_end_in_numbers():
    app = open_page(PAGE)
    app.segmented_control(key="edit_row_kind").set_value("weights").run()
    happens(app, "edit_row_weights", "edit", [0, 0, 1e6])
    assert NO_NUMBER not in column(component(app, "edit_row_result_vectors"), "1 − cos")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_dealing_the_weights_anew_is_the_same_for_every_reader():
    link = "weights.5.11.10~one8"
    seen = []
    for _ in range(2):
        app = open_page(PAGE, row=link)
        app.segmented_control(key="edit_row_elsewhere").set_value("keys").run()
        data = component(app, "edit_row_others")
        assert len(data["rows"]) == 3 and "14" in data["rows"][1]
        seen.append(column(data, "1 − cos of the sentence"))
    assert seen[0] == seen[1]
    app = open_page(PAGE, row="weights.5.11.10~even")
    app.segmented_control(key="edit_row_elsewhere").set_value("keys").run()
    assert ALL_ALIKE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_link_keeps_every_digit_also_of_many_edits():
    app = open_page(PAGE)
    happens(app, "edit_row_scores", "edit", [0, 3, 0.1234567890123])
    assert app.query_params["row"] == "scores.5.11.10~3:0.1234567890123"
    again = open_page(PAGE, row=app.query_params["row"])
    np.testing.assert_array_equal(row_in(again), row_in(app))
    assert not again.button(key="edit_row_undo").disabled
    app.segmented_control(key="edit_row_kind").set_value("weights").run()
    assert app.query_params["row"] == "weights.5.11.10"
    long = "word " * 120
    app = opened("edit-a-score", text=long)
    place = ("MiniLM", long.strip(), LAYER, HEAD, 1, "scores")
    edit = RowEdit(cells=tuple((k, 0.1234567890123) for k in range(110)))
    app.session_state["edit_row_steps"] = {place: [RowEdit(), edit]}
    app.run()
    assert len(app.query_params["row"]) <= LONGEST_LINK
    again = opened("edit-a-score", text=long, row=app.query_params["row"])
    np.testing.assert_array_equal(row_in(again), row_in(app))


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "link",
    ["<script>", "scores.4.11.10~even", "weights.5.11.10~one99", "scores.5.11.10~2:1e300"],
)
def test_a_link_that_cannot_be_read_says_so_and_shows_the_model_s_own(link):
    app = open_page(PAGE, row=link)
    assert not app.exception and NOT_THERE.format("row") in texts(app)
    assert app.button(key="edit_row_restart_alt").disabled
    assert "script" not in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_link_brings_the_row_of_another_piece_of_a_word():
    app = open_page(PAGE, row="weights.5.11.4~even", query="2 didn't")  # didn ' t
    assert in_order(texts(app), "MiniLM, layer 5, head 11", "4 '")
    assert len(set(row_in(app))) == 1


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["", "a", "🙂 <script>alert(1)</script> **b**"])
def test_any_text_can_be_edited_or_is_explained(text):
    app = open_page(PAGE, text=text)
    assert not app.exception and "script" not in prose(app)
    if text:
        app.button(key="edit_row_drag_handle").click().run()
        assert not app.exception and components(app, "Changed − control")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_of_many_keys_the_strongest_and_the_chosen_one_are_offered_and_long_runs_are_asked_for():
    app = open_page(PAGE, text="word " * 300)
    data = component(app, "edit_row_scores")
    assert len(data["columns"]) == 16
    happens(app, "edit_row_table", "pick", 23)
    assert len(component(app, "edit_row_scores")["columns"]) == 16
    app.button(key="edit_row_filter_1").click().run()
    assert not components(app, "edit_row_others")
    assert re.findall(r"\d+", app.button(key="edit_row_ask").label) == ["11"]


@pytest.mark.parametrize("family", ["T5", "GPT-2"])
def test_other_families_are_edited_too(family, tiny_model):
    app = open_page(PAGE, text="the cat sat on a mat", typed_model=tiny_model(family))
    app.button(key="edit_row_drag_handle").click().run()
    assert not app.exception
    assert len(component(app, "edit_row_result_vectors")["rows"]) == 6
    assert components(app, "edit_row_others")


def test_a_masked_model_s_words_follow(tmp_path):
    folder = saved_masked(tmp_path)
    models.loading(folder).result.result(timeout=60)
    try:
        app = open_page(PAGE, text="the <mask> sat", typed_model=folder, query="0")
        app.button(key="edit_row_drag_handle").click().run()
        assert not app.exception and TITLES["mask"] in texts(app)
    finally:
        models.loading.clear(folder)


def test_a_family_without_the_seam_is_told_so(tiny_model):
    app = open_page(PAGE, text="the cat", typed_model=tiny_model("BLOOM"))
    assert not app.exception and not components(app)
    assert NO_WAY_IN in app.info[0].value


@pytest.mark.parametrize(
    "link",
    ["x", "scores.5.11", "scores.5.11.10~sum", "scores.5.11.10~2:nan", "weights.1.2.3~all:1.0",
     "scores.1.2.3~all:1e9", "scores.1.2.3~", "weights.1.2.3~one"],
)  # fmt: skip
def test_what_is_no_row_is_refused(link):
    with pytest.raises(ValueError):
        ROW.decode(link)


@pytest.mark.parametrize(
    "edit",
    [
        RowEdit(),
        RowEdit("weights", "one", key=7, divided=True).with_cell(3, -1e-07),
        RowEdit("scores", "even").with_cell(12, 1 / 3).with_cell(2, 9e5).raised(2.0),
    ],
)
def test_a_row_in_a_link_keeps_every_digit(edit):
    row = row_of((5, 11, 10), edit)
    assert ROW.decode(ROW.encode(row) or "") == row and row.edit == edit
