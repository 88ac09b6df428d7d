"""A toy is trained on the page: its pictures and figures against the trainer's, Stop, the film, the check, the link."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.source import source_of
from attention_core.gradients import attention_backward
from attention_core.toy.gradient_check import check
from attention_core.toy.learned import hands_over, looks_for
from attention_core.toy.learner import gradients, read
from attention_core.toy.tasks import tokens_of
from attention_core.toy.training import Settings, Training, batch_of, guessing, start, train
from pages.experiment.let_it_learn.results import NOT_SOLVED, SOLVED_BY_LOOKING, WORSE
from pages.experiment.let_it_learn.state import ASKED, NOT_TRAINED, PLAN, Plan
from pages.ui.reader.notices import NOT_THERE
from pages.ui.widgets.wording import number, scientific, signed
from tests.pages.conftest import (
    bold,
    component,
    components,
    happens,
    in_order,
    matrix_shown,
    open_page,
    prose,
    texts,
)

# the shape checks of the core, which its own tests make, take longer than the training
pytestmark = pytest.mark.usefixtures("shapes_unchecked")
PAGE = "let-it-learn"
SHORT = "copy_Adam_0.1_50_0_1_fixed"  # solved within 50 steps


def trained(app: AppTest) -> AppTest:
    """Click on Train, and let the page come round until it pauses, as the browser's clock would."""
    app.button(key="learns_go").click().run()
    while app.session_state["learns_run"].is_running:
        app.run()
    return app


def scrub(app: AppTest, step: int) -> AppTest:
    return app.select_slider(key=f"learns_scrubber_{progress(app)[0]}").set_value(step).run()


def progress(app: AppTest) -> tuple[int, ...]:
    """The step and the goal that the bar says."""
    words = app.get("progress")[0].proto.text.split()
    return int(words[1]), int(words[3])


def in_button(app: AppTest) -> list[int]:
    """The steps that the button to train speaks of."""
    return [int(each) for each in re.findall(r"\d+", app.button(key="learns_go").label)]


def weights(state: Training, step: int, row: int = 0, head: int = 0) -> np.ndarray:
    """Of the rows that ask in one held-out sequence."""
    frame = next(frame for frame in state.frames if frame.step == step)
    one = state.held_out[row : row + 1]
    reading = read(frame.parameters, state.settings.n_heads, state.task, one)
    return reading.layer.heads.weights[0, head][one.asked[0]]


def assert_shows(app: AppTest, start: str, expected: np.ndarray) -> None:
    """A blocked cell is sent as nan; its weight is 0."""
    np.testing.assert_array_equal(np.nan_to_num(matrix_shown(app, start)), expected)


def table(app: AppTest) -> dict[str, list[str]]:
    columns = component(app, "learns_figures")["columns"]
    return {column["title"]: column["cells"] for column in columns}


def test_before_training_every_head_is_even_and_the_intended_pattern_stands_beside_it():
    app = open_page(PAGE)
    assert not app.exception
    state = start(Settings())
    for picture in ("Before", "Now"):
        assert_shows(app, picture, weights(state, 0))
    np.testing.assert_allclose(matrix_shown(app, "Now")[0, [0, 2, 3]], 1 / 7, atol=1e-3)
    np.testing.assert_array_equal(np.nan_to_num(matrix_shown(app, "Intended")), np.eye(8)[:7])
    assert ASKED["copy"] in prose(app)
    assert " ".join(tokens_of(state.task, state.training, 0)) in texts(app)
    assert "1 book → rain" in texts(app)
    assert NOT_TRAINED in app.get("progress")[0].proto.text
    assert in_button(app) == [200]
    assert "train" not in app.query_params


def test_training_shows_what_the_trainer_computes():
    app = trained(open_page(PAGE, train=SHORT))
    assert not app.exception
    state = train(start(Settings(rate=0.1)), 50)
    assert progress(app) == (50, 50)
    assert_shows(app, "Before", weights(state, 0))
    assert_shows(app, "Now", weights(state, 50))
    guess, first, last = guessing(state), state.frames[0].measures, state.now.measures
    shown = table(app)
    for title, measures in {"guessing": guess, "before": first, "now": last}.items():
        values = (measures.accuracy, measures.loss, measures.on_intended[0])
        assert shown[title] == [number(value) for value in values]
    assert shown["difference"][1] == signed(last.loss - first.loss)
    assert SOLVED_BY_LOOKING in prose(app) and "100%" in bold(app)
    assert number(last.on_intended[0]) in bold(app)
    np.testing.assert_array_equal(
        matrix_shown(app, "learns_looks_for"), looks_for(state.now.parameters, 1, 0)
    )
    np.testing.assert_array_equal(
        matrix_shown(app, "learns_hands_over"), hands_over(state.now.parameters, 1, 0)
    )
    (curve,) = app.get("vega_lite_chart")
    assert in_order(curve.proto.alt, f"{last.loss:.3f}", "50", f"{guess.loss:.3f}")


def test_stop_is_heard_between_pieces_and_continue_reaches_the_same_numbers():
    app = open_page(PAGE, train=SHORT)
    app.button(key="learns_go").click().run()
    step, goal = progress(app)
    assert 0 < step < goal == 50
    assert not components(app, "learns_gradient_")  # only what moves is drawn meanwhile
    app.button(key="learns_stop").click().run()
    assert progress(app) == (step, 50)
    app.run()
    assert progress(app) == (step, 50)
    assert components(app, "learns_gradient_")
    assert in_button(app) == [50]
    to_go_on = app.button(key="learns_go").label
    trained(app)
    assert progress(app) == (50, 50)
    assert_shows(app, "Now", weights(train(start(Settings(rate=0.1)), 50), 50))
    assert in_button(app) == [50] and app.button(key="learns_go").label != to_go_on
    assert progress(trained(app)) == (100, 100)


def test_the_scrubber_goes_back_through_the_film_and_everything_follows():
    app = trained(open_page(PAGE, train=SHORT))
    state = train(start(Settings(rate=0.1)), 50)
    scrub(app, 10)
    frame = next(frame for frame in state.frames if frame.step == 10)
    assert_shows(app, "Now", weights(state, 10))
    assert table(app)["now"][1] == number(frame.measures.loss)
    assert NOT_SOLVED in prose(app)
    batch = batch_of(state, 10)
    grads = gradients(frame.parameters, 1, batch, read(frame.parameters, 1, state.task, batch))
    for name in ("W_Q", "W_K", "W_V"):
        np.testing.assert_array_equal(
            matrix_shown(app, f"learns_gradient_{name}"), getattr(grads, name)
        )
        assert f"∂L/∂{name}\nnorm {number(np.linalg.norm(getattr(grads, name)))}" in texts(app)
    app.selectbox(key="learns_example").set_value(3).run()
    assert_shows(app, "Now", weights(state, 10, row=3))


def test_the_film_plays_from_the_first_frame_to_the_last():
    app = trained(open_page(PAGE, train="copy_Adam_0.1_10_0_1_fixed"))
    frames = [frame.step for frame in app.session_state["learns_run"].training.frames]
    app.button(key="learns_play").click().run()
    shown = [app.session_state["learns_shown"]]
    while app.session_state["learns_run"].is_running:
        app.run()
        shown.append(app.session_state["learns_shown"])
    assert list(dict.fromkeys(shown)) == frames[1:]
    assert progress(app) == (10, 10)


def test_start_over_and_another_seed_begin_anew():
    app = trained(open_page(PAGE, train=SHORT))
    app.button(key="learns_reset").click().run()
    assert_shows(app, "Now", weights(start(Settings(rate=0.1)), 0))
    assert NOT_TRAINED in app.get("progress")[0].proto.text
    trained(app)
    app.number_input(key="learns_seed").set_value(5).run()
    assert NOT_TRAINED in app.get("progress")[0].proto.text
    assert_shows(app, "Now", weights(start(Settings(rate=0.1, seed=5)), 0))
    assert app.query_params["train"] == "copy_Adam_0.1_50_5_1_fixed"


def test_a_clicked_cell_is_checked_with_all_its_digits():
    app = open_page(PAGE, train=SHORT)
    state = start(Settings(rate=0.1))
    parameters, batch = state.now.parameters, batch_of(state, 0)

    def shown() -> list[str]:
        return component(app, "learns_check")["columns"][0]["cells"]

    happens(app, "learns_gradient_W_V", "pick", [0, 2])
    found = check(parameters, 1, state.task, batch, "W_V", (0, 2))
    values = (found.value, found.loss_above, found.loss_below, found.numeric, found.by_hand)
    assert shown() == [repr(value).replace("-", "−") for value in values]
    assert component(app, "learns_check")["footer"][1] == scientific(found.relative)
    assert in_order(prose(app), "W_V", "*sun*", "*tree*")
    assert found.relative < 1e-6


def test_heads_are_shown_one_at_a_time_and_each_has_its_figure():
    app = trained(open_page(PAGE, train="pronoun_Adam_0.1_50_2_2_learned"))
    state = train(start(Settings("pronoun", "Adam", 0.1, 2, 2, learns_E=True)), 50)
    assert_shows(app, "learns_heatmap_Now", weights(state, 50, head=0))
    assert table(app)["now"][2:] == [number(value) for value in state.now.measures.on_intended]
    app.segmented_control(key="learns_head_of_2").set_value(1).run()
    assert_shows(app, "learns_heatmap_Now", weights(state, 50, head=1))
    batch = batch_of(state, 50)
    parameters = state.now.parameters
    grads = gradients(parameters, 2, batch, read(parameters, 2, state.task, batch))
    np.testing.assert_array_equal(matrix_shown(app, "learns_gradient_W_Q"), grads.W_Q[:, 8:])
    np.testing.assert_array_equal(matrix_shown(app, "learns_gradient_E"), grads.E)


def test_a_rate_that_diverges_is_said_in_words_and_no_number_is_none():
    app = trained(open_page(PAGE, train="marked_SGD_3_50_0_1_learned"))
    state = train(start(Settings("marked", "SGD", 3.0, learns_E=True)), 50)
    assert state.diverged
    (warning,) = app.warning
    assert in_order(warning.value, f"{state.step}", " 3 ")  # the rate
    assert WORSE in prose(app)
    assert app.button(key="learns_go").disabled
    everything = prose(app) + texts(app) + str([each["label"] for each in components(app)])
    everything += str(table(app)) + str(app.get("vega_lite_chart")[0].proto.alt)
    assert not {"nan", "inf", "−∞"} & set(everything.replace("*", " ").split())
    app.segmented_control(key="learns_optimiser").set_value("Adam").run()
    assert not app.warning
    assert not app.button(key="learns_go").disabled


@pytest.mark.parametrize(
    ("link", "settings", "n_steps"),
    [
        (
            "pronoun_SGD_10_500_42_4_learned",
            Settings("pronoun", "SGD", 10.0, 42, 4, learns_E=True),
            500,
        ),
        ("marked_Adam_0.001_1_9999_2_fixed", Settings("marked", "Adam", 0.001, 9999, 2), 1),
    ],
)
def test_a_link_restores_every_control(link, settings, n_steps):
    app = open_page(PAGE, train=link)
    assert not app.exception
    assert app.session_state["learns_run"].training.settings == settings
    assert in_button(app) == [n_steps]
    assert app.query_params["train"] == link
    plan = PLAN.decode(link)
    assert (plan.settings, plan.steps) == (settings, n_steps) and PLAN.encode(plan) == link


@pytest.mark.parametrize(
    "link",
    [
        "nonsense",
        "copy_Adam_0.03_200_0_1",
        "sort_Adam_0.03_200_0_1_fixed",
        "copy_Lion_0.03_200_0_1_fixed",
        "copy_Adam_nan_200_0_1_fixed",
        "copy_Adam_0.03_99999_0_1_fixed",
        "copy_Adam_0.03_200_-1_1_fixed",
        "copy_Adam_0.03_200_0_3_fixed",
        "copy_Adam_0.03_200_0_1_<script>",
    ],
)
def test_a_link_to_no_training_is_refused(link):
    with pytest.raises(ValueError):
        PLAN.decode(link)


@pytest.mark.parametrize("link", ["", "copy_Adam_0.03_200_0_1_<script>alert(1)</script>"])
def test_with_such_a_link_the_page_shows_the_usual_training_and_says_so(link):
    app = open_page(PAGE, train=link)
    assert not app.exception
    assert app.session_state["learns_run"].training.settings == Plan().settings
    assert (NOT_THERE.format("train") in texts(app)) == bool(link)


def test_two_readers_train_apart():
    first, second = open_page(PAGE, train=SHORT), open_page(PAGE, train="copy_SGD_3_50_1_1_fixed")
    first.button(key="learns_go").click().run()
    trained(second)
    while first.session_state["learns_run"].is_running:
        first.run()
    assert_shows(first, "Now", weights(train(start(Settings(rate=0.1)), 50), 50))
    assert_shows(second, "Now", weights(train(start(Settings("copy", "SGD", 3.0, 1)), 50), 50))


def test_the_code_that_ran_is_quoted_from_its_file():
    app = open_page(PAGE)
    app.session_state["learns_source"] = True
    app.run()
    code = "\n".join(each.value for each in app.code)
    for line in ("def multi_head_backward(", "def softmax_backward(", "def adam("):
        assert line in code
    assert f"`{source_of(attention_backward).file}`" in prose(app)
