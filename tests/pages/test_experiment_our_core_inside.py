"""Our core inside: the figures on the page are NumPy's and torch's, float64 tells rounding from a mistake, the link keeps the view."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.agreement import same_order
from attention_core.analysis.source import source_of
from attention_core.charts.rounding import OURS, WRONG
from attention_core.pretrained import seam
from attention_core.pretrained.prediction import next_token_logits
from attention_core.pretrained.proof import prove
from attention_core.pretrained.run import LIBRARY
from attention_core.pretrained.two_runs import library_weights
from pages.experiment.our_core_inside.layers import (
    ONLY_ROUNDING,
    ROUNDS_INSIDE,
    TOO_LARGE,
    TORCH_S_OWN,
    float64_job,
)
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.real import NO_WAY_IN
from pages.ui.server import models
from pages.ui.widgets.result import TITLES
from pages.ui.widgets.wording import scientific
from tests.pages.conftest import (
    bold,
    column,
    component,
    components,
    floats,
    in_order,
    matrix_shown,
    open_page,
    prose,
    texts,
)
from tests.pretrained.cases import ANIMAL
from tests.pretrained.folders import saved_masked

PAGE, HOT = "our-core-inside", "the hot dog was"


def check_in_float64(app: AppTest, model_id: str, text: str) -> None:
    """Ask for float64 and wait for the thread that computes it."""
    app.button(key="core_float64_ask").click().run()
    float64_job(model_id, text).result.result(timeout=120)
    app.run()
    assert not app.exception


def said(app: AppTest) -> str:
    return prose(app) + "\n".join(each.value for each in [*app.success, *app.warning])


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_page_states_what_the_proof_finds():
    app = open_page(PAGE)
    assert not app.exception
    proof = prove(models.captured("MiniLM", ANIMAL), models.ready("MiniLM"))
    assert in_order(said(app), f"**{proof.n_heads} ")
    assert f"**{scientific(proof.weight_difference)}**" in said(app)
    assert len(app.success) == 1 and not app.warning


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_three_pictures_are_the_chosen_head_in_both_runs():
    app = open_page(PAGE, layer="3", head="1")
    loaded = models.ready("MiniLM")
    ids = models.tokenized("MiniLM", ANIMAL).ids
    library = matrix_shown(app, "Library:")
    np.testing.assert_array_equal(library, library_weights(ids, loaded, 3, 1))
    ours = matrix_shown(app, "Ours:")
    np.testing.assert_array_equal(ours, models.layer_weights("MiniLM", ANIMAL, 3)[1])
    difference = component(app, "Ours − library")
    np.testing.assert_array_equal(matrix_shown(app, "Ours − library"), ours - library)
    assert difference["tiny"] and not component(app, "Ours:")["tiny"]
    assert 0 < difference["high"] < 5e-5


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_switch_shows_one_picture_in_one_place():
    app = open_page(PAGE, core="library.weights")
    (one,) = components(app, "Library:")
    assert not components(app, "Ours")
    app.segmented_control(key="core_show").set_value("ours").run()
    (other,) = components(app, "Ours:")
    assert (one["rows"], one["high"], one["row"]) == (other["rows"], other["high"], other["row"])
    app.segmented_control(key="core_show").set_value("difference").run()
    assert len(components(app, "Ours − library")) == 1 and not components(app, "Library")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilm_has_vectors_and_float64_ends_the_matter():
    app = open_page(PAGE, core="all.weights.wrong")
    table = component(app, "core_vectors")
    lengths = np.linalg.norm(models.captured("MiniLM", ANIMAL).output, axis=1)
    assert column(table, "length, ours") == [f"{x:.3f}" for x in lengths]
    assert max(floats(table, "largest difference")) < 1e-5
    check_in_float64(app, "MiniLM", ANIMAL)
    table = component(app, "core_settled")
    assert table["rows"] == [OURS, WRONG]
    ours, wrong = zip(floats(table, "float32"), floats(table, "float64"), strict=True)
    assert ours[1] < 1e-13 < 1e-7 < ours[0] < 5e-5
    assert wrong[1] == pytest.approx(wrong[0], rel=0.05) and wrong[0] > 1e-4
    assert ONLY_ROUNDING in prose(app) and TORCH_S_OWN not in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_smollm2_s_library_rounds_and_the_page_finds_that_out():
    app = open_page(PAGE, text=HOT, model="SmolLM2")
    table = component(app, "core_tokens")
    ids, engine = models.tokenized("SmolLM2", HOT).ids, models.ready("SmolLM2").engine
    library, ours = next_token_logits(ids, engine, LIBRARY), next_token_logits(ids, engine)
    first = np.argsort(-library)[:8]
    np.testing.assert_allclose(floats(table, "logit, library"), library[first], atol=2e-3)
    np.testing.assert_allclose(floats(table, "logit, ours"), ours[first], atol=2e-3)
    assert any(each.endswith(f" {same_order(library, ours):,}") for each in bold(app))
    check_in_float64(app, "SmolLM2", HOT)
    table = component(app, "core_settled")
    assert column(table, "against") == ["library", "torch", "library"]
    rounded, exact, wrong = floats(table, "float64")
    assert rounded > 1e-9 > 1e-12 > exact and wrong > 1e-4
    assert ROUNDS_INSIDE in prose(app) and TORCH_S_OWN in prose(app)
    app.segmented_control(key="core_quantity").set_value("states").run()
    table = component(app, "core_settled")
    assert floats(table, "float64")[1] < 1e-12


@pytest.mark.usefixtures("minilm_is_loaded")
def test_times_are_measured_on_demand_and_for_this_reader_only():
    app = open_page(PAGE)
    assert not components(app, "core_clock")
    label = app.button(key="core_measure").label
    app.button(key="core_measure").click().run()
    table = component(app, "core_clock")
    for title in ("fastest, ms", "median, ms", "slowest, ms"):
        assert all(float(x) > 0 for x in column(table, title))
    assert app.button(key="core_measure").label != label
    assert not components(open_page(PAGE), "core_clock")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_source_is_read_from_the_files():
    app = open_page(PAGE)
    app.session_state["core_source"] = True
    app.run()
    code = "\n".join(each.value for each in app.code)
    for name in (
        "attend_here",
        "core_attention",
        "grouped_attention",
        "attention",
        "softmax_steps",
    ):
        assert f"def {name}(" in code
    assert f"`{source_of(seam.attend_here).file}`" in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_link_brings_the_view_and_one_that_cannot_be_read_says_so():
    app = open_page(PAGE, core="difference.states.wrong")
    assert app.segmented_control(key="core_show").value == "difference"
    assert app.segmented_control(key="core_quantity").value == "states"
    assert app.toggle(key="core_wrong").value is True
    assert app.query_params["core"] == "difference.states.wrong"
    app.segmented_control(key="core_show").set_value("all")
    app.segmented_control(key="core_quantity").set_value("weights")
    app.toggle(key="core_wrong").set_value(False).run()
    assert "core" not in app.query_params
    for link in ("nothing", "all.weights.right", "all", "<script>"):
        app = open_page(PAGE, core=link)
        assert not app.exception and NOT_THERE.format("core") in texts(app)
        assert app.segmented_control(key="core_show").value == "all"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["", "a", "🙂", "<script>alert(1)</script> **b**", "word " * 300])
def test_any_text_is_run_or_explained(text):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert "script" not in said(app)
    assert len(app.success) == (1 if text else 0)


@pytest.mark.parametrize("family", ["T5", "GPT-2", "BERT"])
def test_other_families_run_too(family, tiny_model):
    folder = tiny_model(family)
    app = open_page(PAGE, text="the cat sat on a mat", typed_model=folder)
    assert not app.exception and len(app.success) == 1
    assert in_order(said(app), "**8 ")
    check_in_float64(app, folder, "the cat sat on a mat")
    assert ONLY_ROUNDING in prose(app)


def test_a_masked_model_s_words_are_compared(tmp_path):
    folder = saved_masked(tmp_path)
    models.loading(folder).result.result(timeout=60)
    try:
        app = open_page(PAGE, text="the <mask> sat", typed_model=folder)
        assert not app.exception and TITLES["mask"] in texts(app)
        assert component(app, "core_tokens")["rows"]
    finally:
        models.loading.clear(folder)


def test_a_family_without_the_seam_is_told_so(tiny_model):
    app = open_page(PAGE, text="the cat", typed_model=tiny_model("BLOOM"))
    assert not app.exception and not app.success
    assert NO_WAY_IN in app.info[0].value


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(("as_rounding", "explained"), [(10, True), (0.1, False)])
def test_more_than_usual_is_settled_in_float64_before_any_doubt(
    monkeypatch, as_rounding, explained
):
    monkeypatch.setattr("attention_core.pretrained.two_runs.TOLERANCE", 1e-9)  # float32 never is
    monkeypatch.setattr("attention_core.pretrained.proof.TOLERANCE", 1e-9)
    monkeypatch.setattr("attention_core.pretrained.proof.AS_ROUNDING", as_rounding)
    app = open_page(PAGE)
    boxes = (len(app.success), len(app.warning))
    assert boxes == ((1, 0) if explained else (0, 1)) and "float64" in said(app)


def test_a_model_too_large_to_copy_is_left_alone(tiny_model, monkeypatch):
    monkeypatch.setattr("pages.ui.server.settings.MOST_BYTES_IN_FLOAT64", 1000)
    app = open_page(PAGE, text="the cat", typed_model=tiny_model("BERT"))
    assert TOO_LARGE in prose(app)
    assert not [each for each in app.button if each.key == "core_float64_ask"]
