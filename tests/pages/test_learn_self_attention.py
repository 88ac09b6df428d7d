"""Lesson 6: each step shows the core's own numbers and source; edits, heads, links and models move the right ones."""

import inspect
import re
from textwrap import indent

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core import attention, heads, masks, softmax
from attention_core.analysis.diagonal import prefers_itself
from attention_core.analysis.source import PROJECT
from attention_core.toy import own, presets
from attention_core.toy import scenario as toy_scenario
from attention_core.toy.edits import apply_edits
from attention_core.toy.presets import PRESETS, preset_for
from attention_core.toy.scenario import Scenario, run, set_cell
from pages.learn.self_attention.states import TOWARDS
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.wording import number
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

PAGE = "self-attention"
ANIMAL, HOT_DOG, DOG = PRESETS[0], preset_for("the hot dog was"), preset_for("the dog was")
SHOWN = ["x", "q", "scores", "scaled_scores", "masked_scores", "weights", "context", "output"]
SOURCES = [
    inspect.getsource(module)
    for module in (attention, heads, masks, softmax, toy_scenario, presets, own)
]
MASKS = {
    "none": ["mask_of", "attention"],
    "causal": ["mask_of", "causal_mask", "attention"],
    "window": ["mask_of", "sliding_window_mask", "attention"],
}


def pictures(app: AppTest) -> dict[str, np.ndarray]:
    """Every matrix of the step by the name the source gives it; blocked cells are nan."""
    found = {}
    for data in components(app, "Step "):
        title = data["label"].split(". ")[0].removeprefix("Step ")
        name = title.rpartition(": ")[2] if ": " in title else SHOWN[int(title[0]) - 1]
        found[name] = numbers(data)
    return found


def by_layer(app: AppTest, name: str) -> list[list[float]]:
    """The columns of a table of cosines."""
    table = component(app, name)
    return [[float(cell) for cell in column["cells"]] for column in table["columns"]]


def next_step(app: AppTest) -> AppTest:
    return app.button(key="steps_Next").click().run()


def numbers_of(scenario: Scenario, head: int = 0) -> dict[str, np.ndarray]:
    """What the steps must show, straight from the core."""
    layer = run(scenario)
    trace = heads.head_of(layer.heads, head)
    found = {name: getattr(trace, name) for name in ("q", "k", "v", *SHOWN[2:7])}
    found["masked_scores"] = np.where(np.isfinite(trace.masked_scores), trace.masked_scores, np.nan)
    if trace.mask is not None:
        found["weights"] = np.where(trace.mask, trace.weights, np.nan)
    return found | {"x": scenario.x, "output": layer.output}


@pytest.mark.parametrize("scenario", [ANIMAL, HOT_DOG], ids=lambda each: each.name)
def test_next_leads_through_all_steps_and_each_shows_the_cores_matrix(scenario: Scenario):
    app, expected = open_page(PAGE, text=scenario.sentence), numbers_of(scenario)
    assert app.button(key="steps_Back").disabled
    for i, name in enumerate(SHOWN):
        if i:
            next_step(app)
        assert not app.exception
        for shown in ("q", "k", "v") if name == "q" else (name,):
            np.testing.assert_array_equal(pictures(app)[shown], expected[shown])
    assert app.button(key="steps_Next").disabled
    assert "context" in pictures(app.button(key="steps_Back").click().run())


def test_the_numbers_of_a_step_and_of_the_layers_can_be_taken_away():
    app = open_page(PAGE, step="2")
    for key in ("steps_q", "steps_k", "steps_v", "steps_map"):
        assert files_of(app, key) == ["CSV", "JSON", "PNG", "SVG"]
    assert files_of(open_page(PAGE, step="6"), "steps_matrix") == ["CSV", "JSON", "PNG", "SVG"]


def test_the_step_is_in_the_link_and_a_link_opens_it():
    assert next_step(next_step(open_page(PAGE))).query_params["step"] == "3"
    app = open_page(PAGE, step="3")
    assert "scores" in pictures(app)
    assert "weights" in pictures(app.radio(key="steps_step").set_value("6 softmax").run())
    assert app.query_params["step"] == "6"


@pytest.mark.parametrize("bad", ["0", "9", "zzz", "-1", ""])
def test_a_link_to_a_step_that_is_not_there_begins_at_the_first(bad: str):
    app = open_page(PAGE, step=bad)
    assert not app.exception
    assert "x" in pictures(app)
    assert "q" in pictures(next_step(app))


def test_the_browsers_back_brings_the_step_of_its_link():
    app = open_page(PAGE, step="3")
    app.query_params["step"] = "2"
    assert "q" in pictures(app.run())
    del app.query_params["step"]
    assert "x" in pictures(app.run())


def test_a_request_that_still_has_the_old_link_does_not_undo_a_step():
    app = next_step(open_page(PAGE, step="3"))
    app.query_params["step"] = "3"  # as a run that began before the click would have it
    assert "scaled_scores" in pictures(app.run())
    assert app.query_params["step"] == "4"


@pytest.mark.parametrize(
    ("step", "line"),
    list(
        enumerate(
            [
                "return np.array([vectors.get(token, (0, 0, 0, 0)) for token in tokens], dtype=float)",
                "k = split_heads(x @ projections.W_K, projections.kv_heads)",
                "scores = q @ k.swapaxes(-1, -2)",
                "scaled_scores = scores * scale",
                "masked_scores = biased_scores if mask is None else np.where(mask, biased_scores, -np.inf)",
                "exps = np.exp(shifted)",
                "context = weights @ v",
                "return MultiHeadTrace(heads, merged, output=merged @ projections.W_O)",
            ],
            start=1,
        )
    ),
)
def test_each_step_quotes_the_lines_of_the_core_that_made_it(step: int, line: str):
    app = open_page(PAGE, step=str(step))
    quoted = "\n".join(code.value for code in app.code).splitlines()
    assert line in quoted
    assert all(any(each in source for source in SOURCES) for each in quoted)
    app.session_state["steps_whole"] = True
    functions = [code.value for code in app.run().code if code.value.startswith("def ")]
    assert functions and all(any(text in source for source in SOURCES) for text in functions)


def quoted(app: AppTest) -> list[tuple[str, str, list[int], str]]:
    """Each snippet of the step: the function and file it is said to be of, the numbers of its lines, its text."""
    told = re.findall(r"Code: \*\*(\w+)\*\*, lines? ([\d–, ]+) of `(.+?)`", prose(app))
    found = []
    for (name, lines, file), code in zip(told, app.code, strict=True):
        runs = [[*map(int, part.split("–"))] for part in lines.split(", ")]
        numbers = [n for run in runs for n in range(run[0], run[-1] + 1)]
        found.append((name, file, numbers, code.value))
    return found


@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("text", [ANIMAL.sentence, HOT_DOG.sentence, "zyx wvu"])
def test_each_snippet_is_python_and_stands_where_it_says(step: int, text: str):
    snippets = quoted(open_page(PAGE, step=str(step), text=text))
    assert snippets
    for name, file, at, code in snippets:
        compile("def snippet():\n" + indent(code, "    "), name, "exec")
        returns = [line for line in code.splitlines() if line.startswith("return")]
        assert len(returns) <= 1  # nothing runs after the first
        lines = (PROJECT / file).read_text().splitlines()
        there = [lines[number - 1].strip() for number in at]
        assert [line.strip() for line in code.splitlines()] == there
        starts = [i for i, line in enumerate(lines, 1) if line.startswith(f"def {name}(")]
        after = [i for i, line in enumerate(lines, 1) if i > starts[0] and line[:1].isalpha()]
        assert starts[0] < at[0] and at[-1] < min(after, default=len(lines) + 1)


def test_the_embeddings_of_an_example_quote_their_table():
    assert [name for name, *_ in quoted(open_page(PAGE, step="1"))] == ["look_up"]


def test_made_up_embeddings_quote_how_they_were_made_up(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2", step="1", text="zyx wvu")
    models.loading.clear("DistilGPT-2")
    assert [name for name, *_ in quoted(app)] == ["from_random", "made_up"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_embeddings_of_a_model_quote_how_they_were_shortened():
    app = open_page(PAGE, step="1", text="zyx wvu abc")
    assert [name for name, *_ in quoted(app)] == ["from_vectors"]


@pytest.mark.parametrize(("mask", "functions"), MASKS.items())
def test_the_mask_step_quotes_the_mask_that_is_there(mask: str, functions: list[str]):
    app = open_page(PAGE, step="5", edits="" if mask == "none" else f"mask:{mask}")
    assert [name for name, *_ in quoted(app)] == functions


def test_the_mask_quotes_the_function_that_made_it():
    codes = [code.value for code in open_page(PAGE, text=HOT_DOG.sentence, step="5").code]
    assert any("return np.tri(n_q, n_k, n_k - n_q, dtype=bool)" in code for code in codes)


@pytest.mark.parametrize("edits", ["", "x5.0:1~WQ3.0:2.5", "scale:0~temp:2"])
def test_the_arithmetic_of_the_cell_follows_the_readers_numbers(edits: str):
    scenario = apply_edits(ANIMAL, edits) if edits else ANIMAL
    trace = heads.head_of(run(scenario).heads, 0)
    q_pos = ANIMAL.query
    k_pos = int(trace.weights[q_pos].argmax())
    scores, weights = trace.masked_scores[q_pos], trace.weights[q_pos]
    app = open_page(PAGE, step="3", edits=edits)
    assert f"= **{number(trace.q[q_pos] @ trace.k[k_pos])}**" in prose(app)
    assert f"= **{number(scores[k_pos])}**" in prose(next_step(app))
    exps = np.exp((scores - scores.max()) / trace.temperature)
    softmax_step = prose(next_step(next_step(app)))
    assert f" {number(exps.sum())} = :violet[**{weights[k_pos]:.4f}**]" in softmax_step
    assert f" {prefers_itself(trace.weights).sum()} of {len(weights)} " in softmax_step


def test_a_picked_cell_is_the_one_worked_out():
    app = open_page(PAGE, step="7", query="5 street")
    app.session_state["pick_key_word"], app.session_state["steps_dimension"] = 10, 2
    app.run()
    trace = heads.head_of(run(ANIMAL).heads, 0)
    assert "5 street  →  10 tired" in texts(app)
    term = f":violet[{number(trace.weights[5, 10])}]\u00a0·\u00a0:green[{number(trace.v[10, 2])}]"
    assert term in prose(app)
    assert f"= :red[**{number(trace.context[5, 2])}**]" in prose(app)


def test_with_several_heads_one_is_chosen():
    app = open_page(PAGE, step="6", edits="heads:2")
    scenario = apply_edits(ANIMAL, "heads:2")
    np.testing.assert_array_equal(pictures(app)["weights"], numbers_of(scenario)["weights"])
    app.segmented_control(key="steps_head_2").set_value(1).run()
    np.testing.assert_array_equal(pictures(app)["weights"], numbers_of(scenario, 1)["weights"])
    app.radio(key="steps_step").set_value("2 q, k, v").run()
    np.testing.assert_array_equal(pictures(app)["v"], scenario.x[:, 2:])  # W_V hands over as it is
    assert not [each for each in open_page(PAGE).segmented_control if each.label == "Head"]


def test_the_share_is_predicted_from_the_scores_and_asked_anew_for_other_numbers():
    app = open_page(PAGE, step="5")
    (guess,) = [pills for pills in app.pills if pills.label == "Your prediction"]
    guess.set_value(0).run()
    weight = run(ANIMAL).heads.weights[0, ANIMAL.query].max()
    assert [*app.session_state[PREDICTIONS].values()] == [False]
    assert f":violet[**{weight:.4f}**]" in prose(app)
    scores = run(ANIMAL).heads.scaled_scores[0, ANIMAL.query]
    total = np.exp(scores - scores.max()).sum()  # and the chosen key's own is e^0
    assert in_order(prose(app), f" {1.0:.3f} ", f" {total:.3f}:", f"{weight:.4f}")
    app.session_state["query"] = 1
    app.run()
    assert f":violet[**{weight:.4f}**]" not in prose(app)
    (guess,) = [pills for pills in app.pills if pills.label == "Your prediction"]
    assert guess.value is None
    weight = run(ANIMAL).heads.weights[0, 1].max()
    guess.set_value(int(weight * 4)).run()
    assert [*app.session_state[PREDICTIONS].values()] == [False, True]


def test_a_blocked_key_or_a_lone_word_is_no_question():
    app = open_page(PAGE, text=HOT_DOG.sentence, step="5")
    app.session_state["pick_key_word"] = 3
    assert "Your prediction" not in [pills.label for pills in app.run().pills]
    app = open_page(PAGE, text="one", step="5")
    assert "Your prediction" not in [pills.label for pills in app.pills]


def test_dog_moves_to_the_food_side_and_back_when_the_heat_goes():
    app = open_page(PAGE)

    def ends() -> dict[str, tuple[float, float]]:
        board = component(app, "From animal")
        return {mark["name"]: (mark["x"], mark["y"]) for mark in board["marks"]}

    outputs = {each.sentence: run(each).output[each.query] for each in (DOG, HOT_DOG)}
    for sentence, output in outputs.items():
        assert ends()[sentence] == pytest.approx(tuple(output[:2]))
    assert "**food**" in prose(app)
    app.slider(key="steps_heat").set_value(0.0).run()
    cold = run(set_cell(HOT_DOG, "x", 1, 2, 0.0)).output[2]
    assert ends()["the hot dog was"] == pytest.approx(tuple(cold[:2]))
    assert "**animal**" in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilms_dog_comes_nearer_to_the_sausage():
    app = open_page(PAGE)
    dog, hot_dog = by_layer(app, "Cosine of dog with sausage")
    assert (hot_dog[4], dog[4]) == pytest.approx((0.51, 0.43), abs=0.01)
    assert (hot_dog[-1], dog[-1]) == pytest.approx((0.31, 0.22), abs=0.01)
    assert TOWARDS in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_less_and_less_of_a_word_is_left_at_its_place():
    (kept,) = by_layer(open_page(PAGE), "Cosine with the first vector")
    assert kept[0] == 1 and len(kept) == 7
    assert kept == sorted(kept, reverse=True)
    (other,) = by_layer(open_page(PAGE, query="1 animal"), "Cosine with the first vector")
    assert other != kept


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_has_its_states_too():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert len(by_layer(app, "Cosine of dog with sausage")[0]) == 31


@pytest.mark.parametrize("family", ["T5", "BLOOM"])
def test_other_families_show_what_they_have(family: str, tmp_path):
    folder = saved(tmp_path, *(THROUGH_SEAM | ONLY_WEIGHTS)[family])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert not app.exception
    assert len(by_layer(app, "Cosine with the first vector")[0]) == 3


def test_the_toy_works_while_the_model_is_on_its_way(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2", step="6")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert "weights" in pictures(app) and "DistilGPT-2:" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["one", "🙂", "<b>x</b> ![](x) :red[x] $x$", "مرحبا بالعالم", "word " * 40]
)
def test_any_sentence_goes_through_all_steps_and_is_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    for _ in range(7):
        next_step(app)
        assert not app.exception
    assert "<b>" not in prose(app) and ":red[x]" not in prose(app)


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_sentence_leaves_the_map(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert NO_SENTENCE in app.info[0].value
    assert "**food**" in prose(app)
