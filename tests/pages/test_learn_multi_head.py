"""The lesson on multi-head attention: what the reader changes moves the numbers that the core computes."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.fused import added_by_heads, three_ways
from attention_core.analysis.patterns import average_head, pattern_scores
from attention_core.heads import MultiHeadTrace, multi_head_attention
from attention_core.toy.critics import HEADS, QUERY, TOKENS, X, side_by_side, with_table
from pages.learn.multi_head.critics import CRITICS, ONE_HEAD
from pages.learn.multi_head.patterns import SINK, TWO_TEXTS
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from tests.pages.conftest import component, components, matrix_shown, open_page, prose, texts
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

PAGE = "multi-head"
PATTERNS, AVERAGE = "Patterns of the heads", "The heads and their average"
QUESTIONS = ("1 · What becomes", "2 · Why is one", "3 · What does each", "4 · What does their")


def ask(app: AppTest, number: int) -> AppTest:
    """Open one of the four questions below the heads."""
    control = app.segmented_control(key="multi_head_question")
    option = next(name for name in control.options if name.startswith(QUESTIONS[number - 1]))
    return control.set_value(option).run()


def run_core(n_heads: int = 4, heads=HEADS) -> MultiHeadTrace:
    return multi_head_attention(X, side_by_side(heads[:n_heads]))


def edit(app: AppTest, head: int, table: str, row: int, column: int, value: float) -> None:
    """What the matrix calls when the reader has typed a number; that it does is tested in a browser."""
    app.session_state[CRITICS].change(head, table, row, column, value)
    app.run()


def edited(head: int, table: str, row: int, column: int, value: float):
    values = getattr(HEADS[head], table).copy()
    values[row, column] = value
    return with_table(HEADS, head, table, values)


@pytest.fixture
def app(model_never_comes) -> Iterator[AppTest]:
    """The lesson while the model is still on its way."""
    models.loading.clear("DistilGPT-2")
    opened = open_page(PAGE, model="DistilGPT-2")
    yield opened
    models.loading.clear("DistilGPT-2")


def test_the_lesson_is_there_before_the_model(app):
    assert not app.exception
    assert "DistilGPT-2:" in texts(app)
    trace = run_core()
    np.testing.assert_array_equal(matrix_shown(app, "Weights of head 0"), trace.heads.weights[0])
    assert component(app, "The weights of all heads")["shape"] == [4, 9, 9]


@pytest.mark.parametrize("n_heads", [1, 3, 8])
def test_the_number_of_heads_is_the_width_of_what_is_laid_side_by_side(app, n_heads):
    app.slider(key="multi_head_n_heads").set_value(n_heads).run()
    trace = run_core(n_heads)
    merged = matrix_shown(app, "The heads side by side")
    np.testing.assert_array_equal(merged, trace.merged)
    assert merged.shape == (len(TOKENS), 2 * n_heads)
    np.testing.assert_array_equal(matrix_shown(app, "The output of the layer"), trace.output)
    flow = component(app, "The embeddings go into")
    assert len(flow["boxes"]) == n_heads + 3
    assert f"{n_heads} × 2 = {2 * n_heads} " in prose(app)


def found_in_heads(app: AppTest) -> list[list[str]]:
    """What the boxes of the heads in the diagram hold."""
    boxes = component(app, "The embeddings go into")["boxes"]
    return [box["lines"] for box in boxes if box["name"].startswith("head ")]


def test_the_diagram_tells_what_the_asking_word_finds_in_each_head(app):
    assert found_in_heads(app)[:3] == [
        ["head 0", "dog", "0.73"],
        ["head 1", "none", "0.11"],
        ["head 2", "because", "0.90"],
    ]
    app.selectbox(key="multi_head_query").set_value(TOKENS.index("chased")).run()
    assert found_in_heads(app)[:2] == [["head 0", "none", "0.11"], ["head 1", "dog", "0.57"]]


def test_an_edited_cell_changes_its_head_and_nothing_else(app):
    edit(app, 0, "W_Q", 3, 1, -3.0)
    trace = run_core(heads=edited(0, "W_Q", 3, 1, -3.0))
    np.testing.assert_array_equal(matrix_shown(app, "Weights of head 0"), trace.heads.weights[0])
    np.testing.assert_array_equal(matrix_shown(app, "The heads side by side"), trace.merged)
    np.testing.assert_array_equal(matrix_shown(app, "The output of the layer"), trace.output)
    assert trace.heads.weights[0, QUERY].argmax() == TOKENS.index("cat")
    np.testing.assert_array_equal(trace.merged[:, 2:], run_core().merged[:, 2:])
    app.button(key="multi_head_reset").click().run()
    np.testing.assert_array_equal(matrix_shown(app, "The output of the layer"), run_core().output)
    assert app.button(key="multi_head_reset").disabled


def test_w_o_is_edited_on_its_side(app):
    app.segmented_control(key="multi_head_table").set_value("W_O").run()
    edit(app, 0, "W_O", 1, 4, 2.0)  # trait takes the head's second number
    heads = edited(0, "W_O", 1, 4, 2.0)
    np.testing.assert_array_equal(matrix_shown(app, "The matrix W_O of head 0"), heads[0].W_O.T)
    np.testing.assert_array_equal(matrix_shown(app, "W_O"), side_by_side(heads[:4]).W_O)
    np.testing.assert_array_equal(
        matrix_shown(app, "The output of the layer"), run_core(heads=heads).output
    )


def test_edits_stay_when_another_table_was_looked_at(app):
    edit(app, 0, "W_Q", 3, 1, -3.0)
    app.segmented_control(key="multi_head_table").set_value("W_K").run()
    app.segmented_control(key="multi_head_table").set_value("W_Q").run()
    assert matrix_shown(app, "The matrix W_Q of head 0")[3, 1] == -3.0
    expected = run_core(heads=edited(0, "W_Q", 3, 1, -3.0)).output
    np.testing.assert_array_equal(matrix_shown(app, "The output of the layer"), expected)


def test_a_number_that_is_too_large_is_refused_and_the_head_stays(app):
    edit(app, 0, "W_Q", 3, 1, 1e9)
    assert not app.exception
    assert app.session_state[CRITICS].refused in app.warning[0].value
    assert "W_Q" in app.session_state[CRITICS].refused
    np.testing.assert_array_equal(
        matrix_shown(app, "Weights of head 0"), run_core().heads.weights[0]
    )
    edit(app, 0, "W_Q", 3, 1, 1.0)
    assert not app.warning


def test_three_ways_and_a_fourth_that_is_none(app):
    ask(app, 2)
    layer = side_by_side(HEADS[:4])
    added = added_by_heads(run_core().heads.context, layer.W_O)[:, QUERY]
    shown = matrix_shown(app, "What each head adds")
    np.testing.assert_array_equal(shown[:-1], added)
    np.testing.assert_allclose(shown[-1], run_core().output[QUERY], atol=1e-12)
    np.testing.assert_array_equal(matrix_shown(app, "W_Q of all heads"), layer.W_Q)
    *_, gaps = component(app, "Ways to compute")["columns"]
    same, other = gaps["cells"][:3], gaps["cells"][3]
    assert all(text == "0" or "e−1" in text for text in same)
    assert other == f"{three_ways(X, layer).gap('one_wide_head'):.3f}"


def test_one_head_alone_leaves_nothing_to_glue(app):
    app.slider(key="multi_head_n_heads").set_value(1).run()
    ask(app, 2)
    assert not app.exception
    assert ONE_HEAD in prose(app)


@pytest.mark.parametrize(("guess", "is_right"), [(3, True), (1, False)])
def test_patterns_are_shown_once_guessed(app, guess, is_right):
    ask(app, 3)
    assert not components(app, PATTERNS)
    app.pills(key="guess_multi_head_previous_2").set_value(guess).run()
    assert app.session_state[PREDICTIONS] == {"multi_head_previous_2": is_right}
    scores = pattern_scores(run_core().heads.weights, TOKENS)
    shown = matrix_shown(app, PATTERNS)
    np.testing.assert_array_equal(shown[:-1, 0], scores["previous"])
    np.testing.assert_array_equal(shown[:-1, 1], scores["itself"])
    found = component(app, "What the asking word finds")["columns"][0]
    assert found["cells"][:2] == ["1 dog 0.73", "–"]


def test_the_answer_follows_the_numbers(app):
    app.slider(key="multi_head_n_heads").set_value(2).run()
    ask(app, 3)
    app.pills(key="guess_multi_head_previous_None").set_value(0).run()  # none of them
    assert app.session_state[PREDICTIONS] == {"multi_head_previous_None": True}


def test_eight_sharp_heads_look_flat_on_average(app):
    ask(app, 4)
    app.pills(key="guess_multi_head_average").set_value(2).run()
    shown = matrix_shown(app, AVERAGE)
    np.testing.assert_array_equal(shown[:-1], np.eye(8, 9))
    np.testing.assert_array_equal(shown[-1], [1 / 8] * 8 + [0])
    app.slider(key="multi_head_one_word").set_value(2).run()
    np.testing.assert_array_equal(matrix_shown(app, AVERAGE)[-1], [0.5, 0.5, *[0] * 7])
    app.segmented_control(key="multi_head_average_of").set_value("the critics above").run()
    expected = average_head(run_core().heads.weights)[QUERY]
    np.testing.assert_array_equal(matrix_shown(app, AVERAGE)[-1], expected)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_average_of_a_real_layer_stands_beside_the_chosen_head():
    app = open_page(PAGE)
    assert not app.exception
    assert re.search(r"MiniLM.*\b5\b.*\b12\b.*\b32\b", texts(app))  # layer, heads, numbers each
    weights = models.layer_weights("MiniLM", app.text_input(key="text").value, 5)
    np.testing.assert_allclose(
        matrix_shown(app, "The average of all heads"), weights.mean(axis=0), rtol=1e-6
    )
    shown = matrix_shown(app, AVERAGE)
    np.testing.assert_allclose(shown[:-1], weights[:, 10], rtol=1e-6)
    assert re.search(r"Head 5\b[^.]* 0\.57\b", prose(app))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_real_part_follows_the_sidebar():
    app = open_page(PAGE, layer="0", head="2")
    shown = matrix_shown(app, PATTERNS)
    assert shown[2, 0] > 0.9  # MiniLM's head that looks at the previous token
    assert component(app, PATTERNS)["row"] == 2


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_that_shares_keys_and_values():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert re.search(r"\b9\b.*\b64\b.*\b3\b", texts(app))  # heads, numbers each, heads a group
    shown = matrix_shown(app, PATTERNS)
    names = component(app, PATTERNS)["columns"]
    assert np.isnan(shown[:, names.index("next")]).all()
    assert (shown[:-1, names.index("first")] > 0.1).all()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_first_token_is_called_a_sink_only_where_it_hands_over_less_than_it_gets():
    called = set()
    for layer in range(6):
        app = open_page(PAGE, layer=str(layer))
        read = models.captured("MiniLM", app.text_input(key="text").value).layers[layer]
        handed = read.weights * np.linalg.norm(read.trace.v, axis=-1)[:, None, :]
        handed /= handed.sum(axis=-1, keepdims=True)
        first, by_value = (each[:, 1:, 0].mean(axis=1) for each in (read.weights, handed))
        head = first.argmax()
        is_sink = first[head] >= 2 / read.weights.shape[-1] and by_value[head] < first[head]
        assert (SINK in prose(app)) == is_sink
        called.add(bool(is_sink))
    assert True in called


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_single_token_has_nothing_to_choose_from():
    app = open_page(PAGE, model="SmolLM2", text="one")
    assert not app.exception
    assert np.isnan(matrix_shown(app, PATTERNS)).all()
    assert not any("nan" in each.value for each in app.markdown)


@pytest.mark.parametrize("layer", ["0", "2", "3"])
def test_every_kind_of_layer_of_two_stacks_opens(layer: str, tmp_path):
    folder = saved(tmp_path, *THROUGH_SEAM["T5"])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    app.selectbox(key="layer").set_value(int(layer)).run()
    assert not app.exception
    assert component(app, "The average of all heads")
    assert (TWO_TEXTS in prose(app)) == (layer == "3")


def test_a_family_without_the_seam_shows_what_its_weights_tell(tmp_path):
    folder = saved(tmp_path, *ONLY_WEIGHTS["BLOOM"])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    assert not app.exception
    found = [column["title"] for column in component(app, "What the asking word")["columns"]]
    assert found[1:] == ["spread"]  # without v nobody knows what is handed over
    names = component(app, PATTERNS)["columns"]
    shown = matrix_shown(app, PATTERNS)
    assert np.isnan(shown[:, names.index("next")]).all()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_critics_go_on():
    app = open_page(PAGE, text="  ")
    assert not app.exception
    assert len(app.info) == 1
    assert component(app, "The embeddings go into")


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["one", "🙂", "<b>x</b> ![](x) :red[y] $z$", "word " * 600])
def test_any_sentence_is_read_and_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    shown = [*app.markdown, *app.info, *app.header]
    assert not any(danger in each.value for each in shown for danger in ("<b>", "![](", "$z$"))
