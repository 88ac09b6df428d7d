"""Lesson 1: a guess first, then light, from the toy's numbers and from a real head's."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.pretrained.capture import capture
from attention_core.toy.presets import preset_for
from attention_core.toy.scenario import run
from pages.contents import LESSONS
from pages.learn.start.verdict import (
    ADDED_BY_THE_MODEL,
    AGREES,
    DIFFERS,
    WHY_THE_CAT,
    largest_share,
)
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.reader.quiz import GIVEN
from pages.ui.server import models
from tests.browser.against_library import library_weights
from tests.pages.conftest import (
    bold,
    bold_figures,
    component,
    figures,
    go_to,
    in_order,
    open_page,
    prose,
    texts,
)

PAGE = "start"
TOY = preset_for("The cat sat on the mat because it was tired")


def open_and_guess(guess: str = "mat", **link: str) -> AppTest:
    app = open_page(PAGE, **link)
    options = app.pills(key="guess_start_it").options
    return app.pills(key="guess_start_it").set_value(options.index(guess)).run()


def light(app: AppTest, label_start: str) -> dict[str, float]:
    """The words of the spotlight with this label and how strongly each is lit; of equal words, the last."""
    return {word["text"]: word["light"] for word in component(app, label_start)["words"]}


def test_nothing_is_lit_before_the_guess():
    app = open_page(PAGE)
    assert not app.exception
    assert set(light(app, "The sentence").values()) == {0.0}
    assert "1.0000" not in bold(app)


def test_after_the_guess_the_toy_s_own_weights_are_shown():
    app = open_and_guess("cat")
    assert not app.exception
    weights = run(TOY).heads.weights[0, TOY.tokens.index("it")]
    shown = light(app, "start_toy")
    assert shown["cat"] == weights[1] == weights.max()
    assert shown["mat"] == weights[5]
    assert {f"{weights[1]:.4f}", "1.0000"} <= set(bold(app))
    assert app.session_state[PREDICTIONS] == {"start_it": True}


def test_a_wrong_guess_is_told_so_and_lights_the_sentence_all_the_same():
    app = open_and_guess("mat")
    assert app.session_state[PREDICTIONS] == {"start_it": False}
    assert light(app, "start_toy")["cat"] > 0.5


@pytest.mark.parametrize("guess", ["cat", "sat", "mat", "tired"])
def test_every_answer_is_followed_by_a_because(guess: str):
    assert WHY_THE_CAT in prose(open_and_guess(guess))


def test_the_box_speaks_of_the_picture_on_screen_and_the_numbers_we_chose_are_shown():
    app = open_and_guess("cat")
    for first, (for_being, for_thing) in (("a living being", (3.6, 2.1)), ("a thing", (2.1, 3.6))):
        app.segmented_control(key="start_first").set_value(first).run()
        scores = np.zeros(len(TOY.tokens))
        scores[[1, 2, 5, 9]] = 2 * for_being, 2 * 0.4, 2 * for_thing, 2 * 0.4 * 0.5
        scores[8] = 2 * 0.4 * 0.1
        weights = np.exp(scores / 2) / np.exp(scores / 2).sum()  # ÷ √4
        shown = light(app, "start_toy")
        assert (shown["cat"], shown["mat"]) == pytest.approx((weights[1], weights[5]))
        (box,) = [each.value for each in app.markdown if WHY_THE_CAT in each.value]
        assert figures(box) == [f"{weights[1]:.0%}", f"{weights[5]:.0%}"]
        assert [[f"{for_being}"], [f"{for_thing}"]] == [
            each for each in bold_figures(app) if each in (["3.6"], ["2.1"])
        ]


def test_it_looking_for_a_thing_first_finds_the_mat():
    app = open_and_guess("cat")
    app.segmented_control(key="start_first").set_value("a thing").run()
    w_q = TOY.W_Q.copy()
    w_q[3, [0, 1]] = w_q[3, [1, 0]]
    weights = run(replace(TOY, W_Q=w_q)).heads.weights[0, 7]
    shown = light(app, "start_toy")
    assert (shown["cat"], shown["mat"]) == (weights[1], weights[5])
    assert shown["mat"] == max(shown.values()) > 0.5


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilm_s_head_finds_the_cat():
    shown = light(open_and_guess("cat"), "Attention weights of “it” in layer 5, head 11")
    assert shown["cat"] == pytest.approx(0.71, abs=0.01)
    assert "[CLS]" in shown


@pytest.mark.usefixtures("minilm_is_loaded")
def test_another_last_word_is_read_and_the_head_that_moved_most_is_found_and_shown():
    app = open_and_guess("cat")
    assert "start_look" not in [button.key for button in app.button]
    app.pills(key="start_last").set_value("soft").run()
    assert not app.exception
    loaded = models.ready("MiniLM")
    opening = "The cat sat on the mat because it was "
    tired, soft = (
        np.array([layer.weights[:, 8, 2] for layer in capture(f"{opening}{last}.", loaded).layers])
        for last in ("tired", "soft")
    )
    shown = light(app, "Attention weights of “it” in layer 5, head 11")
    assert shown["cat"] == pytest.approx(soft[5, 11]) and "soft" in shown
    layer, head = np.unravel_index((tired - soft).argmax(), soft.shape)
    assert [str(layer), str(head)] in bold_figures(app)
    assert {f"{tired[layer, head]:.2f}", f"{soft[layer, head]:.2f}"} <= set(bold(app))

    app.button(key="start_look").click().run()
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (layer, head)
    shown = light(app, f"Attention weights of “it” in layer {layer}, head {head}")
    assert shown["cat"] == pytest.approx(soft[layer, head])


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("last", ["tired", "soft"])
def test_the_largest_share_of_a_row_is_the_library_s_largest_weight_added_tokens_included(last):
    text = f"The cat sat on the mat because it was {last}."
    read = models.captured("MiniLM", text)
    tokens = ["[CLS]", *text.removesuffix(".").split(), ".", "[SEP]"]  # MiniLM cuts no word of it
    for layer, heads in zip(read.layers, library_weights("MiniLM", text), strict=True):
        for ours, theirs in zip(layer.weights[:, 8], heads[:, 8], strict=True):
            found, k = largest_share(read, ours), int(theirs.argmax())
            assert found.name == tokens[k]
            assert found.weight == pytest.approx(theirs[k], abs=1e-5)
            assert found.is_added == (k in (0, 12))


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("last", "agrees", "largest"), [("tired", True, "cat"), ("soft", False, "[CLS]")]
)
def test_the_verdict_agrees_only_where_that_word_is_the_largest_of_the_whole_row(
    last: str, agrees: bool, largest: str
):
    app = open_and_guess("cat", layer="3", head="1")
    app.pills(key="start_last").set_value(last).run()
    meant = {"tired": "cat", "soft": "mat"}[last]
    theirs = library_weights("MiniLM", f"The cat sat on the mat because it was {last}.")[3, 1, 8]
    assert (theirs.argmax() == {"cat": 2, "mat": 6}[meant]) == agrees
    assert (AGREES.format(meant) in prose(app)) == agrees
    assert (DIFFERS.format(meant) in prose(app)) == (not agrees)
    named = in_order(texts(app), f"{theirs.max():.2f}", f"“{largest}”")
    assert named == (not agrees)


@pytest.mark.parametrize("model", ["MiniLM", "SmolLM2"])
def test_tokens_that_the_model_added_are_named_at_first_sight_where_there_are_any(model: str):
    loaded = models.loading(model).result.result(timeout=180)
    text = "The cat sat on the mat because it was tired."
    ids, own = (
        loaded.tokenizer(text, add_special_tokens=added)["input_ids"] for added in (True, False)
    )
    expected = [loaded.tokenizer.convert_ids_to_tokens(each) for each in ids if each not in own]
    assert expected == {"MiniLM": ["[CLS]", "[SEP]"], "SmolLM2": []}[model]
    app = open_and_guess("cat", model=model)
    shown = [each.value for each in app.text if each.value.startswith(ADDED_BY_THE_MODEL)]
    assert [each.removeprefix(ADDED_BY_THE_MODEL).split() for each in shown] == (
        [["[CLS],", "[SEP]"]] if expected else []
    )


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_model_that_has_not_seen_the_last_word_cannot_be_moved_by_it():
    app = open_and_guess("cat", model="SmolLM2")
    before = light(app, "Attention weights of “it” in layer 13, head 8")
    assert before["cat"] == pytest.approx(0.80, abs=0.01)
    n_paragraphs = len(app.markdown)
    app.pills(key="start_last").set_value("wet").run()
    after = light(app, "Attention weights of “it” in layer 13, head 8")
    assert after["cat"] == pytest.approx(before["cat"], abs=1e-6)
    assert len(app.markdown) == n_paragraphs + 1  # which says why
    assert "start_look" not in [button.key for button in app.button]


@pytest.mark.parametrize("family", ["T5", "BLOOM"])
def test_models_that_look_otherwise_do_no_harm(family: str, tiny_model):
    folder = tiny_model(family)
    app = open_page(PAGE, typed_model=folder)
    app.pills(key="guess_start_it").set_value(0).run()
    for layer in app.selectbox(key="layer").options:
        app.selectbox(key="layer").set_value(int(layer)).run()
        assert not app.exception


def test_without_a_model_the_toy_is_lit(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_and_guess("cat", model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert light(app, "start_toy")["cat"] > 0.5
    assert "DistilGPT-2:" in texts(app)


def marks(app: AppTest) -> dict[int, str]:
    """The icon of each lesson in the list."""
    listed = [link.proto for link in app.get("page_link") if "arrow" not in link.proto.icon]
    icons = {link.page: link.icon.removeprefix(":material/").strip(":/") for link in listed}
    assert set(icons) == {lesson.slug for lesson in LESSONS}
    return {lesson.number: icons[lesson.slug] for lesson in LESSONS}


def marked(app: AppTest, icon: str) -> list[int]:
    return [number for number, each in marks(app).items() if each == icon]


def test_all_lessons_are_listed_and_those_opened_are_marked_and_not_ticked():
    app = open_page(PAGE, seen="2-3")
    assert marked(app, "radio_button_checked") == [1, 2, 3]
    assert marked(app, "check_circle") == []
    links = {link.proto.page: link.proto for link in app.get("page_link")}
    assert "seen=1-2-3-7" in links["heatmaps"].query_string


@pytest.mark.parametrize("link", [{}, {"answers": "hidden"}])
def test_a_lesson_is_ticked_once_its_question_is_answered(link: dict[str, str]):
    app = open_and_guess("mat", **link)
    assert marked(app, "check_circle") == [1]


def test_a_lesson_is_ticked_once_the_reader_went_on_to_the_next():
    app = open_page("embeddings")
    for slug in ("dot-product", "heatmaps", "query-key-value", PAGE):  # 3, 7, 5, 1
        go_to(app, slug)
    assert marked(app, "check_circle") == [2]
    assert marked(app, "radio_button_checked") == [1, 3, 5, 7]


def test_the_last_lesson_is_ticked_once_its_quiz_has_an_answer():
    app = open_page("recap")
    assert marked(go_to(app, PAGE), "check_circle") == []
    app.session_state[GIVEN] = {1: {0: 0.0}}
    assert marked(app.run(), "check_circle") == [len(LESSONS)]
