"""The lesson on long texts: the square in numbers, the online softmax on the toy, and a real layer both ways."""

import re

import numpy as np
import pytest

from attention_core.analysis import cost
from attention_core.analysis.cost import BLOCKS, WHOLE, Cost
from attention_core.analysis.online import online_steps
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run
from pages.learn.long_texts import costs
from pages.learn.long_texts.shrinking import NO_SCORE_YET, NOTHING_BEFORE
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.widgets.wording import number, vector
from tests.pages.conftest import (
    bold,
    bold_figures,
    component,
    components,
    figures,
    happens,
    numbers,
    open_page,
    prose,
    texts,
)

PAGE = "long-texts"
IT = 7  # the query that the first example opens with
HEADS = run(PRESETS[0]).heads


def table(app) -> dict[str, list[str]]:
    return {each["title"]: each["cells"] for each in component(app, "long_steps")["columns"]}


def test_the_square_follows_the_length():
    app = open_page(PAGE)
    assert not app.exception
    assert "**1,048,576**" in prose(app)
    assert "**4.19 MB**" in prose(app) and "**50.3 MB**" in prose(app)
    app.select_slider(key="long_n_tokens").set_value(131_072).run()
    assert "**17,179,869,184**" in prose(app) and "**68.7 GB**" in prose(app)


def test_twice_the_text_is_four_times_the_matrix():
    app = open_page(PAGE)
    app.pills(key="guess_long_twice").set_value(0).run()
    assert app.session_state[PREDICTIONS] == {"long_twice": False}
    assert ["4"] in bold_figures(app)


@pytest.mark.parametrize("n_tokens", (16, 512, 16_384))  # 1.05 MB · 4 would be 4.20, not 4.19
def test_the_numbers_that_become_four_times_as_many_are_exact(n_tokens: int):
    app = open_page(PAGE)
    app.select_slider(key="long_n_tokens").set_value(n_tokens).run()
    app.pills(key="guess_long_twice").set_value(1).run()
    (told,) = re.findall(r"([\d,]+) weights become ([\d,]+), \*\*(\d)", prose(app))
    before, after, times = (int(each.replace(",", "")) for each in told)
    assert (before, after, times) == (n_tokens**2, 4 * n_tokens**2, 4)


@pytest.mark.parametrize("block", (1, 3, 4))
def test_the_table_is_the_online_softmax_of_the_toy_s_row(block):
    app = open_page(PAGE)
    app.segmented_control(key="long_block").set_value(block).run()
    steps = online_steps(HEADS.masked_scores[0, IT], HEADS.v[0], block)
    shown = table(app)
    assert shown["top so far"] == [number(step.top) for step in steps]
    assert shown["r"] == [number(step.shrink) for step in steps]
    assert shown["total so far"] == [number(step.total) for step in steps]
    assert shown["context so far"] == [vector(step.context) for step in steps]
    assert component(app, "long_steps")["footer"][-1] == vector(HEADS.context[0, IT])
    assert component(app, "long_steps")["footer"][-1] == shown["context so far"][-1]


def test_a_click_on_a_step_shows_the_block_that_exists_then():
    app = open_page(PAGE)
    app = happens(app, "long_steps", "pick", 2)
    there = numbers(component(app, "long_exists"))
    np.testing.assert_allclose(there[:, 6:9], HEADS.scaled_scores[0][:, 6:9])
    assert np.isnan(np.delete(there, range(6, 9), axis=1)).all()
    before, now = online_steps(HEADS.masked_scores[0, IT], HEADS.v[0], 3)[1:3]
    assert f"= {number(now.shrink)} · {number(before.total)} +" in prose(app)
    app.segmented_control(key="long_block").set_value(4).run()  # three blocks: the last one stays
    assert not app.exception
    assert component(app, "long_steps")["selected"] == 2


def r_of(app) -> tuple[str, str, str]:
    """The formula of r as it is printed: the top before, the top now, and r."""
    (told,) = re.findall(
        r"= exp\( (−∞|[−\d.]+) − \(?([−\d.]+)\)? \) = \*\*([\d.]+)\*\*", prose(app)
    )
    return told


def test_in_the_first_block_r_is_the_exp_of_minus_infinity():
    app = open_page(PAGE)
    row = HEADS.scaled_scores[0, IT]
    assert np.exp(-np.inf - row[:3].max()) == 0
    assert r_of(app) == ("−∞", number(row[:3].max()), "0")
    assert NOTHING_BEFORE in prose(app)


@pytest.mark.parametrize("block", (1, 2))
def test_in_later_blocks_r_is_the_exp_of_two_tops(block):
    app = happens(open_page(PAGE), "long_steps", "pick", block)
    row = HEADS.scaled_scores[0, IT]
    before, now = row[: 3 * block].max(), row[: 3 * block + 3].max()
    assert r_of(app) == (number(before), number(now), number(np.exp(before - now)))
    assert NOTHING_BEFORE not in prose(app)


def test_a_block_of_blocked_keys_has_no_top():
    app = open_page(PAGE, edits="mask:window", query="10 tired")
    assert np.isneginf(masked_row(10)[:3]).all()
    assert NO_SCORE_YET in prose(app) and "exp( −∞" not in prose(app)
    app = happens(app, "long_steps", "pick", 3)  # keys 9 and 10, the first that it may see
    assert r_of(app) == ("−∞", number(masked_row(10)[9:].max()), "0")


def masked_row(query: int) -> np.ndarray:
    """The scores of a query that sees its two neighbours only."""
    away = abs(np.arange(HEADS.scores.shape[-1]) - query)
    return np.where(away < 2, HEADS.scaled_scores[0, query], -np.inf)


def test_another_row_asks():
    app = happens(open_page(PAGE), "long_exists", "pick", [2, 0])
    app.run()
    assert " 2 didn't" in component(app, "long_steps")["label"]


def test_a_causal_toy_has_blocked_scores_and_the_same_end():
    app = open_page(PAGE, text="I love my new puppy. She is so fluffy!")
    assert not app.exception
    assert component(app, "long_steps")["footer"][-1] == table(app)["context so far"][-1]


@pytest.mark.parametrize("text", ("", "hi", "<b>bold</b> <script>x</script> 🙂"))
def test_any_sentence_will_do(text):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert bool(components(app, "long_steps")) == bool(text)
    assert any("neurology" in each.value for each in app.header) == bool(text)  # the real layer


def test_measured_when_asked_and_told_from_the_figures(monkeypatch):
    lengths, ways = (512, 2048), {WHOLE: (5e6, 84e6), BLOCKS: (4e6, 5e6)}
    found = tuple(
        Cost(way, n, 0.01 * n / 1024, int(size))
        for way, sizes in ways.items()
        for n, size in zip(lengths, sizes, strict=True)
    )
    costs.measured.clear()
    monkeypatch.setattr(costs, "measure", lambda: found)
    app = open_page(PAGE)
    assert not app.get("vega_lite_chart")
    app.button(key="long_measure").click().run()
    assert not app.exception
    whole, blocks = (bold_figures(app).index([times]) for times in ("16.8", "1.2"))
    assert whole < blocks
    assert figures(prose(app)).count("4.0") == 2
    assert len(app.get("vega_lite_chart")) == 2
    costs.measured.clear()


def test_a_machine_that_is_too_busy_is_told_and_the_lesson_goes_on(monkeypatch):
    costs.measured.clear()
    monkeypatch.setattr(cost, "PATIENCE", 0.01)
    app = open_page(PAGE)
    app.button(key="long_measure").click().run()
    assert not app.exception
    assert not app.get("vega_lite_chart") and "0.01" in figures(texts(app))
    assert components(app, "long_steps")


def largest_difference(app) -> float:
    """Of the contexts in blocks to those at once: the first number in bold of the real layer's formula."""
    (line,) = [each.value for each in app.markdown if ":red[contexts]" in each.value]
    return float(line.split("**")[1].replace("−", "-"))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_real_layer_in_blocks_is_the_layer():
    app = open_page(PAGE)
    assert not app.exception
    assert largest_difference(app) < 5e-6
    assert {"12", "72", "512"} <= set(figures(prose(app)))
    assert {"64.8 kB", "75.5 MB"} <= set(bold(app))


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_layer_with_shared_keys_is_the_layer():
    app = open_page(PAGE, model="SmolLM2")
    assert not app.exception
    assert "9" in figures(prose(app)) and largest_difference(app) < 5e-6


def test_a_model_that_gives_weights_only_is_told(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("BLOOM"))
    assert not app.exception
    assert len(app.info) == 1 and ":red[contexts]" not in prose(app)
