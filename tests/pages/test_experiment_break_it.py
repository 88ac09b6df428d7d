"""Break it: every mistake in the toy and in the model against the functions themselves, the rules, the ranking, the link."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest

from attention_core.analysis.broken import NAMES, ROPE, function_of
from attention_core.analysis.effects import kl_bits, turned_by
from attention_core.analysis.invariants import INVARIANTS, TOLERANCES, violations_of
from attention_core.analysis.mistakes import largest_safe_score
from attention_core.attention import attention
from attention_core.heads import repeat_kv
from attention_core.pretrained.interventions import computed_by
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.rope import NO_ROPE, rope_of
from attention_core.pretrained.run import Outcome, Run, core_attention
from attention_core.toy.edits import encode_edits
from attention_core.toy.equipped import equipped
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run, set_cell
from pages.experiment.break_it.catalogue import (
    ADDED,
    BREAKS,
    BY_NAME,
    CANNOT_BE_MADE,
    CHANGED_INPUT,
    NO_MASK,
    NO_ROOT,
    RUN_ALL_THE_SAME,
    SAME_INPUT,
    TEMPERATURE,
)
from pages.experiment.break_it.cell import short
from pages.experiment.break_it.measurements import (
    FAILED,
    FIRST_TOKENS,
    NO_MISTAKE,
    NO_TOKEN,
    NOT_HERE,
    PASSED,
    UNCHANGED,
    UNSEEN,
    broken_run,
)
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.real import NO_WAY_IN, ONLY_ENCODER
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.result import NO_NUMBER, NO_RESULT
from tests.pages.conftest import (
    bold,
    component,
    components,
    counts,
    files_of,
    go_to,
    in_order,
    matrix_shown,
    open_page,
    prose,
    texts,
)

PAGE = "break-it"
ANIMAL = PRESETS[0]
SENTENCE, PUPPY = ANIMAL.sentence, "I love my new puppy. She is so fluffy!"
HOT_DOG = "the hot dog was"


def choose(app, name: str):
    return app.segmented_control(key="break_it_which").set_value(name).run()


def at(app, where: str):
    return app.segmented_control(key="break_it_where").set_value(where).run()


def of_toy(app, side: str) -> np.ndarray:
    """Control, Changed or Changed − control of the toy, which stands above the model's."""
    assert not app.exception
    return matrix_shown(app, f"break_it_toy_{side}")


def of_model(app, side: str) -> np.ndarray:
    assert not app.exception
    return matrix_shown(app, f"break_it_real_{side}")


def angles_of(model: str, text: str) -> np.ndarray | None:
    loaded = models.loading(model).result.result()
    return rope_of(loaded.engine).angles(len(models.tokenized(model, text).ids))


def ends(model: str, text: str, name: str, layers=None) -> tuple[Outcome, Outcome, list]:
    """The control's end, the changed run's, and every layer's weights in the changed run."""
    loaded, kept = models.loading(model).result.result(), []
    attend = computed_by(function_of(name, angles_of(model, text)), layers)
    ids = models.tokenized(model, text).ids
    runs = [Run(core_attention), Run(attend, lambda _, weights: kept.append(weights))]
    control, changed = outcomes(ids, loaded, runs)
    return control, changed, kept


def table(app, key: str) -> dict[str, list[str]]:
    sent = component(app, key)
    return {"row": sent["rows"], **{each["title"]: each["cells"] for each in sent["columns"]}}


def row_of(shown: dict[str, list[str]], name: str) -> dict[str, str]:
    i = shown["row"].index(BY_NAME[name].short)
    return {title: cells[i] for title, cells in shown.items()}


def short_names(*names: str) -> str:
    return ", ".join(BY_NAME[name].short for name in names)


def test_the_page_has_words_for_every_mistake_of_the_core():
    assert tuple(each.name for each in BREAKS) == NAMES


@dataclass(frozen=True)
class Shown:
    """What the page shows of one mistake in the toy."""

    prose: str
    code: str
    control: np.ndarray
    changed: np.ndarray
    steps: dict  # the table from score to weight

    @property
    def cells(self) -> dict[str, list[str]]:
        return {each["title"]: each["cells"] for each in self.steps["columns"]}


@pytest.fixture(scope="module")
def walked() -> dict[str, Shown]:
    """All ten on the animal sentence, one after the other."""
    models.loading("MiniLM").result.result(timeout=120)
    app, found = open_page(PAGE), {}
    for name in NAMES:
        choose(app, name)
        code = "\n".join(each.value for each in app.get("code"))
        pictures = of_toy(app, "Control"), of_toy(app, "Changed")
        found[name] = Shown(prose(app), code, *pictures, component(app, "break_it_steps"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_in_the_toy_is_the_function_beside_the_core(walked, name: str):
    given, shown = equipped(ANIMAL, BY_NAME[name].needs), walked[name]
    handed = given.q, given.k, given.v, given.mask, None, given.scale
    right, wrong = attention(*handed), function_of(name, given.angles)(*handed)
    future = np.zeros((11, 11), dtype=bool) if given.mask is None else ~given.mask
    leaks = wrong.weights[0] != 0  # then it is no longer hatched
    np.testing.assert_array_equal(shown.control, np.where(future, np.nan, right.weights[0]))
    np.testing.assert_array_equal(
        shown.changed, np.where(future & ~leaks, np.nan, wrong.weights[0])
    )
    broken = BY_NAME[name]
    assert all(said in shown.prose for said in (broken.what, broken.whose, broken.watch))
    assert f"`{broken.wrong[0].__name__}`" in shown.prose and "return" in shown.code


def test_what_the_toy_lacked_is_said(walked):
    said = {name: each.prose for name, each in walked.items()}
    assert ADDED["mask"] in said["mask-after"] and ADDED["mask"] in said["twice"]
    assert ADDED["heads"].format(n_heads=2) in said["averaged"]
    assert ADDED["positions"] in said["rope"]
    for name, added in product(("no-root", "wrong-axis", "uniform"), ADDED.values()):
        assert added.partition("{")[0] not in said[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_arithmetic_ends_in_each_of_the_two_weights(walked, name: str):
    shown = walked[name]
    for side in ("control", "changed"):
        assert f":violet[**{shown.cells[side][-1]}**]" in shown.prose
    assert in_order(shown.prose, "(0, 1) (2, 3)", "(0, 2) (1, 3)") == (name == "rope")


@pytest.mark.parametrize(
    ("name", "step"), [("wrong-axis", "weight"), ("swapped", "q·k"), ("no-mask", "mask")]
)
def test_the_first_step_that_changes_is_marked(walked, name: str, step: str):
    steps = walked[name].steps
    assert steps["rows"][steps["selected"]] == step
    assert f"**{step}**" in walked[name].prose


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_chosen_number_is_taken_apart():
    app = open_page(PAGE)
    weights = run(ANIMAL).heads.weights[0]
    shown = table(app, "break_it_steps")
    assert shown["row"] == ["q·k", "÷ √4", "mask", "weight"]
    assert component(app, "break_it_steps")["selected"] == 1  # the step that is left out
    changed = of_toy(app, "Changed")
    key = int(np.abs(changed - weights)[7].argmax())  # nobody has picked one: what changes most
    assert in_order(
        component(app, "break_it_steps")["label"], "7 it", f"{key} {ANIMAL.tokens[key]}"
    )
    assert shown["control"][-1] == f"{weights[7, key]:.3f}"
    assert shown["changed"][-1] == f"{changed[7, key]:.3f}"
    assert shown["difference"][-1] == f"+{changed[7, key] - weights[7, key]:.3f}"
    assert f"{changed[7, key]:.3f}" in bold(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_an_edited_toy_with_several_heads_is_the_one_that_is_broken():
    edited = replace(set_cell(ANIMAL, "x", 5, 0, 0.1), n_heads=2, temperature=2.0, scaled=False)
    app = open_page(PAGE, edits=encode_edits(ANIMAL, edited), **{"break": "wrong-axis"})
    heads = run(edited).heads.weights
    np.testing.assert_allclose(of_toy(app, "Control"), heads[0], atol=1e-12)
    app.segmented_control(key="break_it_toy_head").set_value(1).run()
    np.testing.assert_allclose(of_toy(app, "Control"), heads[1], atol=1e-12)
    assert app.session_state["toy_head"] == 1  # on every page
    np.testing.assert_allclose(of_toy(app, "Changed").sum(axis=0), 1)
    assert TEMPERATURE.format(2) in prose(app)
    assert ADDED["root"] in prose(choose(app, "no-root"))


@pytest.mark.usefixtures("smollm2_is_loaded")
@pytest.mark.parametrize("where", ["all", "one"])
def test_the_chosen_head_is_shown_as_it_is_in_the_changed_run(where: str):
    app = at(open_page(PAGE, model="SmolLM2", text=HOT_DOG), where)
    layers = None if where == "all" else {13}
    control = models.captured("SmolLM2", HOT_DOG).layers[13].weights[8]
    future = ~np.tri(4, dtype=bool)
    for name in ("twice", "no-max") if where == "all" else ("twice", "rope"):
        choose(app, name)
        _, _, weights = ends("SmolLM2", HOT_DOG, name, layers)
        expected = weights[13][8]
        hidden = future & (expected == 0)
        np.testing.assert_allclose(
            of_model(app, "Changed"), np.where(hidden, np.nan, expected), atol=1e-5
        )
        np.testing.assert_allclose(of_model(app, "Control"), np.where(future, np.nan, control))
        said = CHANGED_INPUT.format(0, 13) if where == "all" else SAME_INPUT.format(13)
        assert said in prose(app)
    given = models.captured("SmolLM2", HOT_DOG).layers[13]
    k, v = (repeat_kv(each, given.group_size) for each in (given.k, given.v))
    if where == "one":
        choose(app, "swapped")
        alone = function_of("swapped")(given.q, k, v, given.mask, given.bias, given.scale)
        shown = of_model(app, "Changed")[~future]
        np.testing.assert_allclose(shown, alone.weights[8][~future], atol=1e-5)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_prediction_and_ranking_say_the_same_bits_as_the_runs_themselves():
    app = open_page(PAGE, model="SmolLM2", text=HOT_DOG, **{"break": "swapped"})
    shown = table(app, "break_it_ranking")
    assert shown["row"][0] == BY_NAME["no-max"].short and shown["KL, bits"][0] == NO_NUMBER
    amounts = [float(bits) for bits in shown["KL, bits"][1:]]
    assert amounts == sorted(amounts, reverse=True)
    for name in ("swapped", "no-root", ROPE):
        control, changed, _ = ends("SmolLM2", HOT_DOG, name)
        bits = float(kl_bits(control.logits, changed.logits))
        assert row_of(shown, name)["KL, bits"] == f"{bits:.3f}"
    assert f"{row_of(shown, 'swapped')['KL, bits']} bits" in bold(app)
    top = models.token_text("SmolLM2", int(control.logits.argmax()))
    kept = shown["likeliest token"].count(top.replace(" ", "␣"))
    assert [kept, 10] in counts(app)
    assert shown["likeliest token"][0] == NO_TOKEN
    at(app, "one")
    (survived,) = [each for each in counts(app) if len(each) == 2 and each[1] == 10]
    assert survived[0] < 10
    in_one = table(app, "break_it_ranking")["KL, bits"][1:]
    assert max(float(bits.replace("−", "-")) for bits in in_one) < amounts[0]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_model_that_gives_vectors_is_ranked_by_how_far_the_sentence_turned():
    app = open_page(PAGE)
    shown = table(app, "break_it_ranking")
    control, changed, _ = ends("MiniLM", SENTENCE, "twice")
    turned = float(turned_by(*(each.states.mean(axis=0) for each in (control, changed))))
    assert row_of(shown, "twice")["1 − cos"] == f"{turned:.3f}"
    assert row_of(shown, "rope")["1 − cos"] == NOT_HERE
    assert row_of(shown, "no-mask")["1 − cos"] == row_of(shown, "mask-after")["1 − cos"] == "0.000"
    assert UNCHANGED.format(short_names("mask-after", "no-mask")) in prose(app)
    assert "likeliest token" not in shown


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_the_rules_are_measured_for_the_toy_and_for_the_chosen_layer():
    app = open_page(PAGE, model="SmolLM2", text=PUPPY, **{"break": "no-mask"})
    assert ADDED["mask"] not in prose(app)
    toy, real = components(app, "break_it_rules_")
    given = models.captured("SmolLM2", PUPPY).layers[13]
    k, v = (repeat_kv(each, given.group_size) for each in (given.k, given.v))
    angles = angles_of("SmolLM2", PUPPY)
    layer = (given.q, k, v, given.mask, given.bias, given.scale, angles)
    found = {name: violations_of(name, *layer) for name in ("right", *NAMES)}
    for i, name in enumerate(("right", *NAMES)):
        for rule, column in zip(INVARIANTS, real["columns"], strict=True):
            is_broken = found[name].broken()[rule]
            sign = FAILED if is_broken else PASSED
            assert column["cells"][i] == f"{sign} {short(getattr(found[name], rule))}"
            assert column["strong"][i] == is_broken
    assert [column["strong"] for column in toy["columns"]] == [
        column["strong"] for column in real["columns"]
    ]
    assert toy["rows"] == real["rows"] and toy["rows"][0] == NO_MISTAKE
    assert not any(column["strong"][0] for column in toy["columns"])
    said = prose(app)
    assert UNSEEN.format(4, short_names("no-root", "averaged", "uniform", "rope")) in said
    assert in_order(said, *(text for kind, x in TOLERANCES.items() for text in (short(x), kind)))
    assert "1.000" in bold(app)  # the mean of the row sums of the wrong axis


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_every_picture_and_table_can_be_taken_away_and_the_code_is_whole():
    app = open_page(PAGE, model="SmolLM2", text=HOT_DOG, **{"break": "no-max"})
    for world, side in product(("toy", "real"), ("Control", "Changed", "difference")):
        assert files_of(app, f"break_it_{world}_{side}") == ["CSV", "JSON", "PNG", "SVG"]
    for name in ("steps", "result_tokens", "ranking", "rules_0", "rules_1"):
        assert files_of(app, f"break_it_{name}") == ["CSV", "JSON"]
    app.session_state["break_it_whole"] = True  # opened
    app.run()
    code = "\n".join(each.value for each in app.get("code"))
    assert "def softmax_steps(" in code and "def without_max(" in code
    assert "def without_largest(" in code
    assert matrix_shown(app, "break_it_real_difference").shape == (4, 4)  # fmt: skip


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_a_model_without_a_mask_says_so_and_offers_one_that_has_it():
    app = open_page(PAGE, **{"break": "mask-after"})
    assert NO_MASK in prose(app)
    told = re.escape(RUN_ALL_THE_SAME).replace(r"\{\}", "(.+?)")
    _, weights, result = re.search(told, prose(app)).groups()
    assert float(weights.replace("−", "-")) == 0  # the same run: nothing was there to be blocked
    assert float(result.replace("−", "-")) < 1e-12  # … but a cosine is rounded, on some processors
    assert len(components(app, "Changed:")) == 1  # the toy's alone
    app.button(key="break_it_switch").click().run()
    assert app.selectbox(key="model").value == "SmolLM2"
    assert len(components(app, "Changed:")) == 2 and NO_MASK not in prose(app)
    rope = prose(open_page(PAGE, **{"break": "rope"}))
    assert CANNOT_BE_MADE.format(NO_ROPE) in rope


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("where", ["", ".one"])
def test_where_no_number_comes_out_the_page_says_so(where: str):
    app = open_page(PAGE, **{"break": f"no-max{where}"})
    assert np.isnan(of_toy(app, "Changed")).all() and np.isnan(of_model(app, "Changed")).all()
    for picture in components(app, "Changed:"):
        assert picture["lost"] and NO_NUMBER in picture["label"]
    assert NO_RESULT in prose(app)
    assert in_order(prose(app), f"{largest_safe_score(np.float16):.1f}", "float16")
    assert NO_NUMBER in bold(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_one_row_is_chosen_in_all_pictures_and_follows_the_sidebar():
    app = open_page(PAGE)
    app.selectbox(key="query").set_value(10).run()
    for side in ("Control:", "Changed:", "Changed − control"):
        assert [each["row"] for each in components(app, side)] == [10, 13]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_what_is_chosen_is_in_the_link_and_the_usual_is_not():
    app = open_page(PAGE)
    assert "break" not in app.query_params
    choose(app, "uniform")
    assert link_of(app) == "uniform"
    at(app, "one")
    assert link_of(app) == "uniform.one"
    choose(at(app, "all"), "no-root")
    assert "break" not in app.query_params


def link_of(app) -> str:
    (link,) = np.atleast_1d(app.query_params["break"])
    return link


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_link_opens_what_was_looked_at_and_back_brings_it_again():
    app = open_page(PAGE, **{"break": "swapped.one"})
    assert app.segmented_control(key="break_it_which").value == "swapped"
    assert app.segmented_control(key="break_it_where").value == "one"
    assert link_of(app) == "swapped.one"
    app.query_params["break"] = "twice"
    app.run()
    assert app.segmented_control(key="break_it_which").value == "twice"
    assert app.segmented_control(key="break_it_where").value == "all"
    del app.query_params["break"]
    assert app.run().segmented_control(key="break_it_which").value == "no-root"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("bad", ["no-root.two", ".one", "<script>"])
def test_a_broken_link_opens_the_usual_mistake_and_says_so(bad: str):
    app = open_page(PAGE, **{"break": bad})
    assert not app.exception
    assert app.segmented_control(key="break_it_which").value == "no-root"
    assert NOT_THERE.format("break") in texts(app)
    assert NOT_THERE.format("break") in texts(app.run())


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_choice_is_kept_while_another_page_is_looked_at():
    app = at(choose(open_page(PAGE), "twice"), "one")
    go_to(app, "side-by-side")
    app.query_params.pop("break", None)  # a page switch brings no parameter of the page before
    go_to(app, PAGE)
    assert link_of(app) == "twice.one"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_readers_with_different_mistakes_at_once_get_each_their_own():
    asked = [
        (name, layers) for name in ("twice", "uniform", "swapped") for layers in ((5,), (2, 5))
    ]
    with ThreadPoolExecutor(len(asked)) as readers:
        found = list(
            readers.map(lambda each: broken_run("MiniLM", PUPPY, *each, layer=5, head=3), asked)
        )
    for (name, layers), each in zip(asked, found, strict=True):
        _, changed, weights = ends("MiniLM", PUPPY, name, set(layers))
        np.testing.assert_allclose(each.weights, weights[5][3], atol=1e-6)
        np.testing.assert_allclose(each.outcome.states, changed.states, atol=1e-5)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["one", "🙂", "<script>alert(1)</script> **b** ![x](y)"])
def test_any_text_works_for_every_mistake(text: str):
    app = open_page(PAGE, text=text)
    for name in ("averaged", "no-max", "rope"):
        choose(app, name)
        assert not app.exception
        assert len(components(app, "Changed − control")) >= 1
    assert not any("<script" in each.value for each in app.markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_long_text_is_measured_when_the_reader_asks_for_it():
    app = open_page(PAGE, text="the cat sat on the mat " * 18)
    assert not app.exception
    assert not components(app, "break_it_ranking")
    assert FIRST_TOKENS in prose(app)
    app.button(key="break_it_measure").click().run()
    assert not app.exception
    assert len(table(app, "break_it_ranking")["row"]) == 10


def test_without_a_sentence_or_a_model_the_page_says_what_to_do():
    assert NO_SENTENCE in open_page(PAGE, text=" ").info[0].value
    with pytest.raises(ValueError):
        models.loading("/tmp").result.result(timeout=60)
    app = open_page(PAGE, typed_model="/tmp")
    assert not app.exception
    assert "config.json" in texts(app)
    assert of_toy(app, "Changed").shape == (11, 11)  # the toy works all the same
    assert len(components(app, "break_it_rules_")) == 1


def test_of_two_stacks_the_encoder_is_broken(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("T5"), text="the cat sat on a mat")
    assert NO_ROOT in prose(app)
    assert ONLY_ENCODER in prose(app)
    (everywhere, _) = app.segmented_control(key="break_it_where").options
    assert re.findall(r"\d+", everywhere) == ["2"]  # of its four layers
    for name in ("twice", "uniform"):
        assert not choose(app, name).exception
        assert len(components(app, "Changed:")) == 2


def test_a_family_that_cannot_be_reached_still_has_the_toy(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("BLOOM"), text="the cat sat on a mat")
    assert not app.exception
    assert NO_WAY_IN in prose(app)
    assert len(components(app, "Changed:")) == 1


def test_another_model_that_predicts_is_broken_as_well(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("Llama"), text="the cat sat on a mat")
    for name in ("rope", "mask-after"):
        assert not choose(app, name).exception
        assert len(components(app, "Changed:")) == 2


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_mistake_is_still_there_after_a_visit_to_another_page():
    app = open_page(PAGE, **{"break": "swapped.one"})
    app.switch_page("home.py").run()
    app.query_params.clear()  # the menu's links carry only what is bound
    go_to(app, PAGE)
    assert not app.exception
    assert app.segmented_control(key="break_it_which").value == "swapped"
    assert app.segmented_control(key="break_it_where").value == "one"
