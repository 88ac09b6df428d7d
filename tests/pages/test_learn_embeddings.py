"""Lesson 2: the table, the map and the cosines say the same; the model's own words give the curriculum's figures."""

import re

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.toy.claims import WORD_DIMENSIONS, WORD_VECTORS, WORDS
from attention_core.vectors import principal_components
from pages.learn.embeddings.vocabulary import (
    LONGEST_WORD,
    MOST_WORDS,
    NO_COSINE,
    RIGHT_ANGLE,
    WordTable,
    readable,
    real_words,
    tutorials_table,
    words_in,
)
from pages.ui.server import models
from tests.pages.conftest import (
    bold_figures,
    components,
    figures,
    go_to,
    numbers,
    open_page,
    prose,
    texts,
)

PAGE, COSINES = "embeddings", "Cosines of words"
HAPPY, ANIMAL, SIZE = WORD_DIMENSIONS
NASTY = "<b>x</b> ![y](https://example.com/y.png) :red[z] $x^2$"


def cosines(app: AppTest, which: int = 0) -> np.ndarray:
    """The cosine table that is drawn: the toy's, or (1) the model's."""
    return numbers(components(app, COSINES)[which])


def places(app: AppTest, which: int = 0) -> dict[str, tuple[float, float]]:
    """Where the words stand on the map."""
    marks = components(app, "Map of")[which]["marks"]
    return {mark["name"]: (mark["x"], mark["y"]) for mark in marks}


def edited(app: AppTest, version: int = 0, **state: object) -> AppTest:
    """Edit the table as the editor would report it; AppTest has no hands for it."""
    nothing = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    app.session_state[f"embeddings_table_{version}"] = nothing | state
    return app.run()


def formula(app: AppTest) -> str:
    (text,) = [m.value for m in app.markdown if "√(" in m.value]
    return text


def toys_cosines(app: AppTest) -> list[dict]:
    """The cosine table of the reader's own words, where there is one."""
    return [data for data in components(app, COSINES) if "king" not in data["rows"]]


def numpys_cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def table_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["word", *WORD_DIMENSIONS])


# ── the table ────────────────────────────────────────────────────────────────


def test_the_tutorials_table_is_read_as_it_is():
    words = readable(tutorials_table())
    assert words.names == WORDS and words.rows == (0, 1, 2) and words.left_out == ()
    np.testing.assert_array_equal(words.x, WORD_VECTORS)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", 0.1, 0.2, 0.3), "it has no word"),
        (("   ", 0.1, 0.2, 0.3), "it has no word"),
        ((None, 0.1, 0.2, 0.3), "it has no word"),
        ((" cat ", 0.1, 0.2, 0.3), "its word is in the table already"),
        (("mouse", 0.1, None, 0.3), "one of its numbers is missing"),
        (("mouse", np.nan, np.nan, np.nan), "one of its numbers is missing"),
        (("mouse", 0.1, 1e9, 0.3), "numbers run from −1 to 1"),
        (("mouse", 0.1, -np.inf, 0.3), "numbers run from −1 to 1"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_others_stay(row: tuple, reason: str):
    words = readable(table_of(("cat", 0.2, 0.9, 0.3), row, ("dog", 0.3, 0.9, 0.5)))
    assert words.left_out == (f"Row 2 is left out: {reason}.",)
    assert words.names == ("cat", "dog") and words.rows == (0, 2)
    np.testing.assert_array_equal(words.x, [[0.2, 0.9, 0.3], [0.3, 0.9, 0.5]])


def test_an_empty_table_and_one_too_long_are_read_too():
    assert readable(tutorials_table().iloc[:0]).names == ()
    words = readable(table_of(*((f"word {i}", 0.0, 0.1, 0.2) for i in range(MOST_WORDS + 2))))
    assert len(words.names) == MOST_WORDS and len(words.left_out) == 2
    assert readable(table_of(("w" * 99, 0, 0, 0))).names == ("w" * LONGEST_WORD,)


def test_a_change_from_outside_starts_the_editor_afresh_and_leaves_the_old_table_alone():
    before = tutorials_table()
    table = WordTable(before, before)
    table.put(1, {HAPPY: -0.4, SIZE: 1.0})
    table.add("puppy", (0.1, 0.2, 0.3))
    assert table.key == "embeddings_table_2" and table.seed is table.current
    expected = [[0.2, 0.9, 0.3], [-0.4, 0.9, 1.0], [0.9, 0.1, 0.1], [0.1, 0.2, 0.3]]
    words = readable(table.current)
    np.testing.assert_array_equal(words.x, expected)
    assert words.names == (*WORDS, "puppy")
    assert before.equals(tutorials_table())


# ── the page, by hand ────────────────────────────────────────────────────────


def test_it_opens_with_the_tutorials_words():
    app = open_page(PAGE)
    assert not app.exception
    assert places(app) == {
        word: (x, y) for word, (x, y, _) in zip(WORDS, WORD_VECTORS, strict=True)
    }
    assert components(app, COSINES)[0]["cell"] == [0, 1]


def test_after_an_edit_the_cosine_of_cat_and_dog_is_numpys():
    app = edited(open_page(PAGE), edited_rows={0: {SIZE: 0.85}, 1: {HAPPY: -0.6, ANIMAL: 0.15}})
    cat, dog = np.array([0.2, 0.9, 0.85]), np.array([-0.6, 0.15, 0.5])
    assert cosines(app)[0, 1] == pytest.approx(numpys_cosine(cat, dog), rel=1e-12)
    assert cosines(app)[1, 0] == cosines(app)[0, 1]
    app.session_state["embeddings_other"] = 1  # now "happy" is nearer to the cat
    text = formula(app.run())
    assert f"= **{numpys_cosine(cat, dog):.2f}**" in text
    assert f"= **{cat @ dog:.3f}**" in text
    assert ":blue[0.2] × :orange[−0.6] + :blue[0.9] × :orange[0.15] + :blue[0.85]" in text
    assert f":blue[**{np.linalg.norm(cat):.3f}**]" in text
    assert f"√((−0.6)² + 0.15² + 0.5²) = :orange[**{np.linalg.norm(dog):.3f}**]" in text
    assert places(app)["dog"] == (-0.6, 0.15)


def test_words_can_be_added_renamed_and_deleted_in_the_table():
    app = edited(
        open_page(PAGE),
        edited_rows={0: {"word": "lion"}},
        added_rows=[{"word": "mouse", HAPPY: 0.1, ANIMAL: 0.8, SIZE: 0.0}],
        deleted_rows=[1],
    )
    assert not app.exception
    assert places(app) == {"lion": (0.2, 0.9), "happy": (0.9, 0.1), "mouse": (0.1, 0.8)}
    (neighbours,) = components(app, "Neighbours of lion")
    assert neighbours["rows"] == ["mouse", "happy"]


def test_a_suggested_word_joins_the_edited_table_and_start_again_takes_all_back():
    app = edited(open_page(PAGE), edited_rows={0: {HAPPY: 0.5}})
    app.button(key="embeddings_add_sad").click().run()
    assert list(places(app)) == [*WORDS, "sad"]
    assert places(app)["cat"] == (0.5, 0.9)
    assert cosines(app)[2, 3] < -0.9
    assert app.button(key="embeddings_add_sad").disabled
    app.button(key="embeddings_reset").click().run()
    assert list(places(app)) == list(WORDS) and places(app)["cat"] == (0.2, 0.9)
    assert app.button(key="embeddings_reset").disabled


def test_neighbours_come_from_near_to_far_and_follow_the_chosen_word():
    app = open_page(PAGE)
    app.selectbox(key="embeddings_word").set_value(2).run()
    (neighbours,) = components(app, "Neighbours of happy")
    expected = [numpys_cosine(WORD_VECTORS[2], vector) for vector in WORD_VECTORS[:2]]
    assert expected[1] > expected[0]
    assert neighbours["rows"] == ["dog", "cat"]
    assert neighbours["columns"][0]["cells"] == [f"{expected[1]:.2f}", f"{expected[0]:.2f}"]
    assert components(app, COSINES)[0]["cell"] == [2, 1]


def test_the_map_shows_the_directions_that_are_chosen():
    app = open_page(PAGE)
    app.pills(key="embeddings_axes").set_value("animal and size").run()
    assert places(app)["dog"] == (0.9, 0.5)
    assert all(mark["movable"] for mark in components(app, "Map of")[0]["marks"])
    app.pills(key="embeddings_axes").set_value("all three").run()
    coordinates, share = principal_components(WORD_VECTORS, 2)
    np.testing.assert_allclose(list(places(app).values()), coordinates)
    assert f"**{share:.0%}**" in prose(app)
    assert not any(mark["movable"] for mark in components(app, "Map of")[0]["marks"])


@pytest.mark.parametrize(
    "rows",
    [
        {0: {HAPPY: None}},
        {2: {"word": "cat"}},
        {1: {"word": None}},
        {1: {SIZE: 1e9}},
        {0: {HAPPY: None}, 1: {HAPPY: None}},
        {row: {ANIMAL: None} for row in range(3)},
    ],
)
def test_what_cannot_be_read_is_said_and_the_page_goes_on(rows: dict):
    app = edited(open_page(PAGE), edited_rows=rows)
    assert not app.exception
    left_out = app.warning[0].value.splitlines()
    assert all(f"Row {row + 1} " in line for row, line in zip(rows, left_out, strict=True))
    assert len(places(app)) == 3 - len(rows)
    assert bool(toys_cosines(app)) == (len(rows) == 1)  # two words are needed


def test_all_words_may_go():
    app = edited(open_page(PAGE), deleted_rows=[0, 1, 2])
    assert not app.exception
    app.pills(key="embeddings_axes").set_value("all three").run()
    assert not app.exception
    assert not places(app) and not toys_cosines(app)


def test_a_word_of_zeros_points_nowhere():
    app = edited(open_page(PAGE), edited_rows={0: dict.fromkeys(WORD_DIMENSIONS, 0)})
    assert not app.exception
    assert np.isnan(cosines(app)[0]).all()
    assert NO_COSINE in formula(app)
    assert "guess_embeddings_doubled" not in [pills.key for pills in app.pills]


def test_a_readers_word_is_shown_literally():
    app = edited(open_page(PAGE), edited_rows={0: {"word": NASTY}})
    assert not app.exception
    assert NASTY[:LONGEST_WORD] in places(app)
    markdown = [*app.markdown, *app.info, *app.warning, *app.header]
    assert not any("<b>" in element.value for element in markdown)


def test_a_cosine_of_zero_is_shown_on_two_lists_at_a_right_angle():
    a, b = map(np.array, RIGHT_ANGLE)
    angles = np.degrees([np.arctan2(y, x) for x, y in RIGHT_ANGLE])
    assert abs(angles[0] - angles[1]) == 90 and (a == b).any()
    assert numpys_cosine(a, b) == 0
    shown = [figures(each.value) for each in open_page(PAGE).header if "cosine" in each.value]
    assert shown == [["1", "−1", "1.00", "1.00", "1.00", "−1.00", "0.00"]]


@pytest.mark.parametrize("size", [0.3, -0.9])
def test_the_doubled_numbers_give_the_cosine_as_they_are_printed(size: float):
    rows = {0: {SIZE: size}, 1: {ANIMAL: 0.2}}
    app = edited(open_page(PAGE), edited_rows=rows, deleted_rows=[2])
    app.pills(key="guess_embeddings_doubled").set_value(1).run()
    vectors = np.array([[0.2, 0.9, size], [0.3, 0.2, 0.5]])
    assert (vectors[0] @ vectors[1] < 0) == (size < 0)
    told = re.search(
        r"2 × \(?([−\d.]+)\)? ÷ \(2 × ([\d.]+) × ([\d.]+)\) = \*\*([−\d.]+)\*\*", prose(app)
    )
    assert told
    dot, length_a, length_b, cosine = (float(each.replace("−", "-")) for each in told.groups())
    assert dot == pytest.approx(vectors[0] @ vectors[1], abs=5e-4)
    assert (length_a, length_b) == pytest.approx(np.linalg.norm(vectors, axis=1), abs=5e-4)
    assert 2 * dot / (2 * length_a * length_b) == pytest.approx(cosine, abs=0.006)
    assert f"{2 * np.linalg.norm(vectors[0]):.3f}" not in figures(prose(app))


@pytest.mark.parametrize("size", [0.3, -0.9])
def test_twice_the_numbers_leave_the_cosine_alone(size: float):
    app = edited(open_page(PAGE), edited_rows={0: {SIZE: size}})
    app.pills(key="guess_embeddings_doubled").set_value(1).run()
    assert app.session_state["predictions"] == {"embeddings_doubled": True}
    app = open_page(PAGE)
    app.pills(key="guess_embeddings_doubled").set_value(0).run()
    assert app.session_state["predictions"] == {"embeddings_doubled": False}


def test_the_table_is_as_it_was_left_after_another_lesson():
    app = edited(open_page(PAGE), edited_rows={0: {HAPPY: 0.5}})
    go_to(app, "softmax")
    go_to(app, PAGE)
    assert places(app)["cat"] == (0.5, 0.9)
    assert places(edited(app, edited_rows={1: {HAPPY: 0.6}})) == {
        "cat": (0.5, 0.9),
        "dog": (0.6, 0.9),
        "happy": (0.9, 0.1),
    }


# ── the page, in the model ───────────────────────────────────────────────────


def test_the_table_works_before_the_model_is_there(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert "DistilGPT-2:" in texts(app)
    assert len(components(app, COSINES)) == 1


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilm_gives_the_curriculums_figures():
    app = open_page(PAGE)
    king, queen, pizza, cat, dog, happy = range(6)
    table = cosines(app, 1)
    for a, b, printed in (
        (king, queen, 0.63),
        (king, pizza, 0.09),
        (cat, dog, 0.42),
        (happy, cat, 0.05),
    ):
        assert table[a, b] == pytest.approx(printed, abs=0.005)
    for cosine in (table[king, queen], table[king, pizza]):
        assert [f"{cosine:.2f}"] in bold_figures(app)
    vectors = real_words("MiniLM", words_in("king queen pizza cat dog happy")).x
    assert [str(vectors.shape[1])] in bold_figures(app)
    coordinates, share = principal_components(vectors, 2)
    np.testing.assert_allclose(list(places(app, 1).values()), coordinates)
    assert f"**{share:.0%}**" in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_readers_own_words_are_compared():
    app = open_page(PAGE)
    app.text_input(key="embeddings_own").set_value("Paris, unbelievable,London").run()
    assert not app.exception
    assert list(places(app, 1)) == ["Paris", "unbelievable", "London"]
    (neighbours,) = components(app, "Neighbours of Paris")
    assert neighbours["rows"] == ["London", "unbelievable"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_word_of_several_tokens_is_their_mean_and_the_page_says_so():
    words = real_words("MiniLM", ["cat", "unhappier"])
    assert words.pieces[0] == ("cat",) and "".join(words.pieces[1]) == "unhappier"
    ids = models.tokenized("MiniLM", " cat unhappier").ids
    table = models.embedded("MiniLM", " cat unhappier")
    np.testing.assert_allclose(words.x[1], table[2 : len(ids) - 1].mean(axis=0), rtol=1e-5)
    app = open_page(PAGE)
    app.text_input(key="embeddings_own").set_value("cat unhappier").run()
    assert f"unhappier = {' + '.join(words.pieces[1])}" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
@pytest.mark.parametrize("model_id", ["MiniLM", "SmolLM2"])
def test_a_word_has_the_same_vector_wherever_it_is_typed(model_id: str):
    forwards = real_words(model_id, ["king", "pizza", "queen"])
    backwards = real_words(model_id, ["queen", "pizza", "king"])
    assert forwards.names == ("king", "pizza", "queen") == backwards.names[::-1]
    np.testing.assert_array_equal(forwards.x, backwards.x[::-1])
    king, pizza, queen = forwards.x
    assert numpys_cosine(king, queen) > 0.6 > 0.2 > numpys_cosine(king, pizza)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_opposites_are_used_alike_and_so_are_similar_in_the_model():
    app = open_page(PAGE)
    happy, sad = real_words("MiniLM", ["happy", "sad"]).x
    app.pills(key="guess_embeddings_opposites_MiniLM").set_value(2).run()
    assert app.session_state["predictions"] == {"embeddings_opposites_MiniLM": True}
    assert f"**{numpys_cosine(happy, sad):.2f}**" in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "one",
        "cat cat",
        NASTY,
        "🙂 👨‍👩‍👧",
        "\u200b \u200b\u200b",
        "\u200b cat dog",
        "w " * 9,
    ],
)
def test_whatever_is_typed_is_answered_and_shown_literally(typed: str):
    app = open_page(PAGE)
    app.text_input(key="embeddings_own").set_value(typed).run()
    assert not app.exception
    markdown = [*app.markdown, *app.info, *app.warning, *app.header]
    assert not any("example.com" in element.value for element in markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_too_many_words_are_cut():
    app = open_page(PAGE)
    typed = " ".join(f"w{i}" for i in range(MOST_WORDS + 3))
    app.text_input(key="embeddings_own").set_value(typed).run()
    assert len(places(app, 1)) == MOST_WORDS
    assert {str(MOST_WORDS), str(MOST_WORDS + 3)} <= set(figures(prose(app)))


def test_each_word_is_read_once():
    assert words_in(" king,queen  king,\tKing ") == ["king", "queen", "King"]
