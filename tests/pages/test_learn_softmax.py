"""The softmax lesson: every number on screen is the core's, and moves with the sliders."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.rows import misses_one, random_rows
from attention_core.softmax import softmax
from attention_core.toy.claims import SOFTMAX_PRINTED, SOFTMAX_SCORES, TUTORIAL
from pages.learn.softmax.rows import FEWEST, KEYS, MOST, N_ROWS, NOTHING_MOVED, OFTEN_MISS
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from tests.pages.conftest import (
    bold,
    bold_figures,
    column,
    component,
    figures,
    open_page,
    prose,
    texts,
)

PAGE = "softmax"


def cells(app: AppTest, label_start: str, title: str) -> list[str]:
    return column(component(app, label_start), title)


def written(weights: np.ndarray) -> list[str]:
    return [f"{weight:.4f}" for weight in weights]


def test_it_opens_on_the_tutorial_s_scores():
    app = open_page(PAGE)
    assert not app.exception
    assert cells(app, "Softmax of 3", "weight") == written(softmax(SOFTMAX_SCORES))
    assert component(app, "Softmax of 3")["footer"][-1] == "1.0000"
    assert ":violet[**0.6285**]" in prose(app)
    assert "1.00" in figures(prose(app)) and ["2.72"] in bold_figures(app)


def test_every_step_follows_the_sliders():
    app = open_page(PAGE)
    app.slider(key="softmax_n_keys").set_value(5).run()
    app.slider(key="softmax_score_mat").set_value(4.5).run()
    app.select_slider(key="softmax_temperature").set_value(2.0).run()
    assert not app.exception
    scores = np.array([2.0, 4.5, 0.5, 0.0, -1.0])
    label = "Softmax of 5"
    assert component(app, label)["rows"] == list(KEYS[:5])
    assert cells(app, label, "weight") == written(softmax(scores / 2))
    assert cells(app, label, "exp") == [f"{np.exp(s / 2 - 2.25):.3f}" for s in scores]
    assert cells(app, label, "− max")[1] == "0.000"
    assert re.search(r"“mat”.* 1\.25 .*“cat”", prose(app))


def test_the_picked_row_is_the_one_in_the_formula_and_survives_fewer_keys():
    app = open_page(PAGE)
    app.session_state["softmax_key"] = 5
    app.slider(key="softmax_n_keys").set_value(6).run()
    assert ":orange[it]" in prose(app)
    app.slider(key="softmax_n_keys").set_value(3).run()
    assert not app.exception
    assert ":orange[on]" in prose(app)


@pytest.mark.parametrize(("temperature", "largest"), [(0.01, "1.0000"), (100.0, "0.3361")])
def test_the_limits_of_the_temperature(temperature: float, largest: str):
    app = open_page(PAGE)
    app.select_slider(key="softmax_temperature").set_value(temperature).run()
    assert not app.exception
    assert cells(app, "Softmax of 3", "weight")[0] == largest


def test_the_printed_example_sums_to_one_and_is_wrong_all_the_same():
    app = open_page(PAGE)
    label = "The tutorial's weights"
    assert component(app, label)["footer"][2:4] == ["1.0000", "1.0000"]
    assert cells(app, label, "printed") == written(SOFTMAX_PRINTED)
    assert cells(app, label, "computed") == ["0.6285", "0.2312", "0.1402"]
    assert cells(app, label, "off by") == ["−0.039", "0.009", "0.030"]
    off = np.abs(SOFTMAX_PRINTED - np.exp(SOFTMAX_SCORES) / np.exp(SOFTMAX_SCORES).sum())
    assert [str((off > 0.005).sum()), str(off.size)] in bold_figures(app)  # more than rounding
    assert [f"{off.max():.2f}"] in bold_figures(app)
    assert TUTORIAL in prose(app)


@pytest.mark.parametrize(
    ("key", "right", "wrong"), [("softmax_add_one", 2, 0), ("softmax_double", 0, 1)]
)
def test_a_prediction_reveals_its_reason_only_after_the_answer(key: str, right: int, wrong: int):
    app = open_page(PAGE)
    doubled = f"{softmax(2 * SOFTMAX_SCORES).max():.4f}"
    assert app.session_state[PREDICTIONS] == {} and doubled not in prose(app)
    app.pills(key=f"guess_{key}").set_value(wrong).run()
    assert app.session_state[PREDICTIONS] == {key: False}
    assert (doubled in prose(app)) == (key == "softmax_double")
    app = open_page(PAGE)
    app.pills(key=f"guess_{key}").set_value(right).run()
    assert app.session_state[PREDICTIONS] == {key: True}


def ready_to_break() -> AppTest:
    app = open_page(PAGE)
    app.session_state["softmax_break"] = True
    return app.run()


def try_out(app: AppTest, name: str) -> AppTest:
    return app.pills(key="softmax_trial").set_value(name).run()


TRIED = "Weights before and after"


def test_other_scores_sum_to_one_too():
    app = ready_to_break()
    before = cells(app, TRIED, "drawn score")
    app.button(key="softmax_draw").click().run()
    drawn = [float(cell.replace("−", "-")) for cell in cells(app, TRIED, "drawn score")]
    assert cells(app, TRIED, "drawn score") != before
    assert cells(app, TRIED, "weight now") == written(softmax(np.array(drawn)))
    assert component(app, TRIED)["footer"] == ["sum", "", "1.0000", "", "1.0000"]


def test_a_constant_changes_the_scores_and_no_weight():
    app = try_out(ready_to_break(), "Add a constant")
    app.slider(key="softmax_shift").set_value(-7).run()
    assert cells(app, TRIED, "score -7") == ["−5.000", "−6.000", "−6.500"]
    assert cells(app, TRIED, "weight now") == cells(app, TRIED, "weight")
    moved = abs(softmax(SOFTMAX_SCORES - 7) - softmax(SOFTMAX_SCORES)).max()
    assert (f"**{moved:.0e}**" if moved else NOTHING_MOVED) in prose(app)


@pytest.mark.parametrize(
    ("score", "factor", "exp"), [(2.0, 1000, "inf"), (2.0, 10, "4.85e+08"), (-5.0, 1000, "0")]
)
def test_without_the_max_large_scores_end_in_nan(score: float, factor: int, exp: str):
    app = ready_to_break()
    for name in KEYS[:3]:
        app.slider(key=f"softmax_score_{name}").set_value(score).run()
    try_out(app, "Leave out − max")
    app.select_slider(key="softmax_factor").set_value(factor).run()
    assert not app.exception
    assert cells(app, TRIED, "exp, no − max") == [exp] * 3
    with np.errstate(over="ignore", invalid="ignore"):
        exps = np.exp(np.full(3, score * factor))
        assert cells(app, TRIED, "weight, no − max") == written(exps / exps.sum())
    assert cells(app, TRIED, "weight, with − max") == ["0.3333"] * 3
    sent = [each.proto.json for each in app.get("bidi_component")]
    assert not any("NaN" in text for text in sent)  # a browser cannot read it


def test_softmax_twice_flattens():
    app = try_out(ready_to_break(), "Softmax twice")
    twice = softmax(softmax(SOFTMAX_SCORES))
    assert cells(app, TRIED, "softmax twice") == written(twice)
    assert "0.6285" in figures(prose(app)) and f"{twice.max():.4f}" in bold(app)


def test_trials_start_from_the_readers_scores_and_temperature():
    app = ready_to_break()
    app.slider(key="softmax_score_cat").set_value(-3.0).run()
    app.select_slider(key="softmax_temperature").set_value(0.5).run()
    assert cells(app, TRIED, "score") == ["−6.000", "2.000", "1.000"]
    assert cells(app, TRIED, "weight") == cells(app, "Softmax of 3", "weight")


@pytest.mark.parametrize("n_keys", [3, 6, 24])
def test_printed_shares_are_counted_not_typed(n_keys: int):
    app = open_page(PAGE)
    app.session_state["softmax_rounding"] = True
    app.run()
    app.slider(key="softmax_row").set_value(n_keys).run()
    share = misses_one(random_rows(N_ROWS, n_keys, seed=n_keys), 2).mean()
    assert re.search(rf"\b{n_keys}\b.*\*\*{share:.0%}\*\*", prose(app))
    label = "A row of weights"
    total = sum(round(100 * float(cell)) for cell in cells(app, label, "printed"))
    assert total != 100
    assert component(app, label)["footer"] == ["sum", "1.0000", f"{total / 100:.2f}"]


def test_the_heading_says_often_because_it_is_neither_rare_nor_the_rule():
    rng = np.random.default_rng(5)
    for n_keys in range(FEWEST, MOST + 1):
        exps = np.exp(rng.standard_normal((4000, n_keys)))
        printed = np.rint(100 * exps / exps.sum(axis=1, keepdims=True)).sum(axis=1)
        assert 0.2 < (printed != 100).mean() < 0.8
    assert OFTEN_MISS in [each.label for each in open_page(PAGE).expander]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_real_row_and_the_count_over_all_real_rows():
    app = open_page(PAGE)
    assert not app.exception
    assert "10 it → 2 animal 0.65" in texts(app)
    assert component(app, "Softmax of the row 10 it")["footer"][-1] == "1.0000"
    layers = models.captured("MiniLM", app.text_input(key="text").value).layers
    weights = np.stack([layer.weights for layer in layers]).astype(float)
    missed = np.rint(weights * 100).sum(-1) != 100
    assert f"**{missed.mean():.0%}**" in prose(app) and f"{missed.size:,}" in figures(prose(app))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_real_row_follows_the_sidebar():
    app = open_page(PAGE, layer="3", head="1", query="10 tired")
    assert "MiniLM, layer 3, head 1" in texts(app)
    assert component(app, "Softmax of the row 13 tired")


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["", "   ", "one", "🙂", "<b>x</b> ![](x) **bold** :red[x] $x$"])
def test_any_sentence_is_fine(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert cells(app, "Softmax of 3", "weight") == written(softmax(SOFTMAX_SCORES))
    assert bool(app.info) == (not text.strip())
    assert "<b>" not in prose(app) and "![" not in prose(app)


def test_the_lesson_works_before_the_model_is_there(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert component(app, "Softmax of 3") and "DistilGPT-2:" in texts(app)
