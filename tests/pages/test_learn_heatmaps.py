"""The lesson on heatmaps: rows that can and cannot be, either axis, sinks; all numbers are the core's."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.softmax import softmax
from attention_core.toy.claims import HEATMAP_PRINTED, TUTORIAL
from attention_core.toy.presets import PRESETS, preset_for
from attention_core.toy.scenario import Scenario, run
from pages.learn.heatmaps.rows import (
    HIDDEN_MISTAKE,
    IDLE_SINK,
    LEADING_READING,
    NO_SINK,
    RIGHT,
    UNDEFINED,
    WRONG,
)
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.conftest import (
    bold_figures,
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

PAGE = "heatmaps"
ANIMAL = PRESETS[0]
PUPPY = next(preset for preset in PRESETS if preset.mask == "causal")
TURNED, SUMS = "Rows or columns", "The sum of each row"
EITHER_AXIS, SINKS = "Softmax along either axis", "Weight on the sinks"
COLOURS_ONLY = "Attention weights, colours only"


def weights_of(scenario: Scenario) -> np.ndarray:
    return run(scenario).heads.weights[0]


def guess(app: AppTest, weights: np.ndarray, query: int, answer: int) -> AppTest:
    key = f"guess_heatmaps_{hash(weights[query].tobytes())}"
    return app.selectbox(key=key).set_value(answer).run()


def is_right(app: AppTest) -> list[bool]:
    """The first answer to each question."""
    return [*app.session_state[PREDICTIONS].values()]


def test_colours_first_numbers_after_the_prediction():
    app = open_page(PAGE)
    assert not app.exception
    hidden = component(app, COLOURS_ONLY)
    assert (hidden["numbers"], hidden["row"]) == (False, ANIMAL.query)
    assert ":violet[**1.0000**]" not in prose(app)
    weights = weights_of(ANIMAL)
    guess(app, weights, ANIMAL.query, 5)
    assert is_right(app) == [False] and "7 it → 1 animal 0.79" in texts(app)
    guess(app, weights, ANIMAL.query, 1)
    assert ":violet[**1.0000**]" in prose(app)
    np.testing.assert_array_equal(matrix_shown(app, "Attention weights of Toy"), weights)
    assert not components(app, COLOURS_ONLY)


def test_a_row_shared_evenly_has_no_single_winner():
    app = open_page(PAGE, query="0 The")  # it stands at the origin: all scores are 0
    weights = weights_of(ANIMAL)
    assert is_right(guess(app, weights, 0, len(ANIMAL.tokens))) == [True]
    app = guess(open_page(PAGE, query="0 The"), weights, 0, 0)
    assert is_right(app) == [False]


def test_how_many_look_at_themselves_is_counted():
    app = guess(open_page(PAGE, text=PUPPY.sentence), weights_of(PUPPY), PUPPY.query, 4)
    weights = weights_of(PUPPY)
    own = np.diag(weights)
    n = sum(own[i] > np.delete(weights[i], i).max() for i in range(len(own)))
    assert [str(n), str(len(own))] in bold_figures(app)


def check(app: AppTest, *rows: int) -> AppTest:
    app.pills(key="heatmaps_bad_rows").set_value(list(rows)).run()
    return app.button(key="heatmaps_check").click().run()


def test_the_two_rows_are_found_by_their_sums():
    app = open_page(PAGE)
    assert not components(app, "The sum of each p") and WRONG not in prose(app)
    check(app, 2, 4)
    picked, sums, verdict = (
        column["cells"] for column in component(app, "The sum of each p")["columns"]
    )
    assert picked == ["", "", "picked", "", "picked"]
    assert sums == ["1.0", "1.0", "1.1", "1.0", "0.9"]
    assert [i for i, text in enumerate(verdict) if text == "not 1"] == [2, 4]
    assert re.search(f"{re.escape(RIGHT)}.*sat.*mat.*4 the", prose(app))
    assert {"0.05", "6", "0.3"} <= set(figures(prose(app)))


def test_the_sums_wait_for_a_choice():
    app = open_page(PAGE)
    assert app.button(key="heatmaps_check").disabled
    app.pills(key="heatmaps_bad_rows").set_value([3]).run()
    assert not app.button(key="heatmaps_check").disabled


def test_as_many_rows_are_asked_for_as_do_not_add_up_and_all_of_them_may_be_rounded():
    app = open_page(PAGE)
    tenths = np.rint(10 * HEATMAP_PRINTED).astype(int)
    assert [str((tenths.sum(axis=1) != 10).sum())] in bold_figures(app)
    # a row that is as far from 1 as rounding allows cannot be called impossible
    assert (np.abs(tenths.sum(axis=1) - 10) <= 0.5 * tenths.shape[1]).all()
    assert TUTORIAL in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_that_a_sink_adds_nothing_is_said_to_be_a_reading():
    assert LEADING_READING in prose(open_page(PAGE))


def test_tokens_become_words_by_added_columns_and_averaged_rows():
    app = open_page(PAGE)
    tokens, words = matrix_shown(app, "heatmaps_tokens"), matrix_shown(app, "heatmaps_words")
    added = np.stack([tokens[:, 0], tokens[:, 1] + tokens[:, 2], tokens[:, 3]], axis=1)
    by_hand = np.stack([added[0], (added[1] + added[2]) / 2, added[3]])
    np.testing.assert_allclose(words, by_hand)
    np.testing.assert_allclose(words.sum(axis=1), 1)
    assert [f"{by_hand[0, 1]:.3f}"] in bold_figures(app)
    assert [f"{by_hand[1, 2]:.3f}"] in bold_figures(app)


@pytest.mark.parametrize("rows", [(2,), (0, 1), (2, 3, 4)])
def test_other_picks_are_not_called_right(rows: tuple[int, ...]):
    app = check(open_page(PAGE), *rows)
    assert RIGHT not in prose(app)
    assert re.search(f"{re.escape(WRONG)}.*sat.*mat", prose(app))


def test_beside_it_the_toy_s_own_heatmap_sums_to_one():
    app = open_page(PAGE)
    cat = preset_for("The cat sat on the mat")
    assert cat
    np.testing.assert_array_equal(matrix_shown(app, "The cat sat on the mat"), weights_of(cat))
    assert "**1.0000**" in prose(app)


def sums_of_rows_and_columns(app: AppTest) -> list[str]:
    """The two sums, or their ranges, beside the picture that can be turned over."""
    lines = [each for each in prose(app).splitlines() if "**row**" in each or "**column**" in each]
    return re.findall(r"\*\*\d\.\d\d\*\*|\d\.\d\d … \d\.\d\d", "\n".join(lines))


@pytest.mark.parametrize("preset", [ANIMAL, PUPPY], ids=lambda preset: preset.name)
def test_turned_over_the_sums_change_sides(preset: Scenario):
    app, weights = open_page(PAGE, text=preset.sentence), weights_of(preset)
    columns = f"{weights.sum(0).min():.2f} … {weights.sum(0).max():.2f}"
    blocked = (
        np.zeros(weights.shape, bool)
        if preset.mask == "none"
        else ~np.tri(len(weights), dtype=bool)
    )
    np.testing.assert_array_equal(matrix_shown(app, TURNED), np.where(blocked, np.nan, weights))
    assert sums_of_rows_and_columns(app) == ["**1.00**", columns]
    app.toggle(key="heatmaps_transposed").set_value(True).run()
    sent = component(app, TURNED)
    assert (sent["rowTitle"], sent["columnTitle"]) == ("key (offers)", "query (asks)")
    np.testing.assert_array_equal(matrix_shown(app, TURNED), np.where(blocked, np.nan, weights).T)
    assert sums_of_rows_and_columns(app) == [columns, "**1.00**"]


@pytest.mark.parametrize("preset", [ANIMAL, PUPPY], ids=lambda preset: preset.name)
def test_along_the_wrong_axis_rows_go_astray_and_the_mean_does_not(preset: Scenario):
    app = open_page(PAGE, text=preset.sentence)
    right = component(app, SUMS)
    assert set(right["columns"][0]["cells"]) == {"1.0000"} == {right["footer"][1]}
    app.toggle(key="heatmaps_axis").set_value(True).run()
    sums = softmax(run(preset).heads.masked_scores[0], axis=0).sum(axis=1)
    wrong = component(app, SUMS)
    assert wrong["columns"][0]["cells"] == [f"{each:.4f}" for each in sums]
    assert wrong["footer"][1] == "1.0000"
    assert max(wrong["columns"][0]["bars"]) == 1
    assert f"{sums.min():.2f} … {sums.max():.2f}" in prose(app)
    assert HIDDEN_MISTAKE not in prose(app)


def test_where_all_words_ask_alike_even_the_wrong_axis_looks_right_and_the_page_says_so():
    app = open_page(PAGE, text="word word word")
    app.toggle(key="heatmaps_axis").set_value(True).run()
    assert set(component(app, SUMS)["columns"][0]["cells"]) == {"1.0000"}
    assert HIDDEN_MISTAKE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_real_sinks_take_weight_and_hand_over_little():
    app = open_page(PAGE)
    assert not app.exception
    capture = models.captured("MiniLM", ANIMAL.sentence)
    trace = capture.layers[5].head_trace(11)
    amounts = trace.weights[10] * np.linalg.norm(trace.v, axis=1)
    handed = amounts / amounts.sum()
    weight, _, given = component(app, "What each key hands over to 10 it")["columns"]
    assert weight["cells"] == [f"{each:.4f}" for each in trace.weights[10]]
    assert given["cells"] == [f"{each:.4f}" for each in handed]
    assert "0 [CLS], 14 [SEP]" in texts(app)
    on_sinks, from_sinks = (row[[0, -1]].sum() for row in (trace.weights[10], handed))
    assert f"**{on_sinks:.2f}**" in prose(app) and f"**{from_sinks:.2f}**" in prose(app)
    assert IDLE_SINK in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_every_head_s_share_on_the_sinks_and_on_itself():
    app = open_page(PAGE)
    layers = models.captured("MiniLM", ANIMAL.sentence).layers
    weights = np.stack([layer.weights for layer in layers])
    shares = weights[..., [0, -1]].sum(-1).mean(-1)
    np.testing.assert_allclose(matrix_shown(app, SINKS), shares, rtol=1e-6)
    assert component(app, SINKS)["cell"] == [5, 11]
    own = weights.argmax(-1) == np.arange(weights.shape[-1])
    for share in (shares.mean(), own.mean()):
        assert [f"{share:.0%}"] in bold_figures(app)
    assert f"{2 / 15:.0%}" in figures(prose(app))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_no_sink_is_claimed_where_there_is_none():
    said = set()
    for layer, head in ((1, 0), (0, 2)):
        app = open_page(PAGE, layer=str(layer), head=str(head))
        trace = models.captured("MiniLM", ANIMAL.sentence).layers[layer].head_trace(head)
        on_sinks = trace.weights[10][[0, -1]].sum()
        leans = NO_SINK not in prose(app)
        assert leans == (on_sinks >= 2 / 15)
        assert (IDLE_SINK in prose(app)) <= leans
        said.add(leans)
    assert said == {True, False}


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_has_its_first_token_as_sink():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert any(line.endswith(" 0 The") for line in texts(app).splitlines())
    assert matrix_shown(app, SINKS).shape == (30, 9)
    even = np.mean(1 / np.arange(2, 13))  # row 0 has no choice
    assert f"{even:.0%}" in figures(prose(app))


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["one", "🙂", "<b>x</b> ![](x) **bold** :red[x] $x$", "word " * 90]
)
def test_any_sentence_is_read_and_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    app.toggle(key="heatmaps_axis").set_value(True).run()
    app.toggle(key="heatmaps_transposed").set_value(True).run()
    assert not app.exception
    assert component(app, SINKS)
    assert "<b>" not in prose(app) and "![" not in prose(app)


@pytest.mark.parametrize("blank", ["", "   "])
def test_without_a_sentence_the_printed_heatmap_can_still_be_checked(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert NO_SENTENCE in prose(app)
    assert RIGHT in prose(check(app, 2, 4))


def test_the_lesson_works_before_the_model_is_there(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert component(app, EITHER_AXIS) and "DistilGPT-2:" in texts(app)


@pytest.mark.parametrize(("family", "table"), [("T5", THROUGH_SEAM), ("BLOOM", ONLY_WEIGHTS)])
def test_other_families_are_read_as_far_as_they_can_be(family: str, table: dict, tmp_path):
    folder = saved(tmp_path, *table[family])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    for layer in app.selectbox(key="layer").options:
        app.selectbox(key="layer").set_value(int(layer)).run()
        assert not app.exception
        assert component(app, SINKS)
        assert bool(components(app, "What each key")) == (family == "T5")


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_one_token_of_a_causal_model_has_no_share_to_speak_of():
    app = open_page("heatmaps", text="a", model="SmolLM2")
    assert not app.exception and UNDEFINED in prose(app)
    assert "nan" not in prose(app).lower().split()
