"""The classroom: links that open what they say, answers that stay hidden until they are revealed, a worksheet."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.quiz.quiz import LENGTH, make_quiz
from attention_core.toy.presets import PRESETS
from attention_core.worksheet.sheet import LONGEST_LINK
from pages.contents import LESSONS, TOOLS
from pages.teach.classroom.links import (
    HIDDEN_IS_NOT_SECRET,
    NO_ADDRESS,
    ONLY_HERE,
    TOO_LONG,
    found_address,
    is_address,
    is_only_here,
)
from pages.teach.classroom.topics import OWN_SECTION, link, topics
from pages.teach.classroom.worksheet import MISSING_SIGNS
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.predict import NOTED
from tests.pages.conftest import PROJECT, go_to, open_page, prose, texts

PAGE = "classroom"
QUESTIONS, WORKSHEET = "Questions to reveal", "Worksheet to print"
OWN = "As I have set it here"
HERE = "http://localhost:8501"
ROOM = "http://192.168.1.20:8501"


def open_classroom(text: str | None = None, **settings: str) -> AppTest:
    """As in a browser, which tells the address; AppTest has none of its own."""
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    app.context = {"url": f"{HERE}/classroom"}
    app.query_params.update(settings)
    app.run()
    go_to(app, PAGE)
    if text is not None:
        app.text_input(key="text").set_value(text).run()
    return app


def opened(address: str) -> AppTest:
    """A student's browser opens the link, whatever page it is of: controls and toy are the same on all."""
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    app.query_params.update(settings_of(address))
    return app.run()


def open_part(part: str, **settings: str) -> AppTest:
    app = open_classroom(**settings)
    app.button_group(key="teach_part").set_value(part).run()
    assert not app.exception
    return app


def link_shown(app: AppTest) -> str:
    return next(code.value for code in app.code if code.value.startswith("http"))


def settings_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_every_page_but_this_one_has_a_link():
    pages = {
        each.slug for each in (*LESSONS, *TOOLS) if getattr(each, "section", "") != OWN_SECTION
    }
    assert {topic.slug for topic in topics()} == pages


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.title)
def test_a_prepared_link_sets_what_it_says(topic):
    address = link(ROOM, topic.slug, topic.settings)
    settings = settings_of(address)
    assert settings == dict(topic.settings)
    app = opened(address)
    assert not app.exception
    assert NOT_THERE.split("{}")[1] not in texts(app) and "could not be read" not in texts(app)
    for name, value in settings.items():
        if name == "edits":
            toy = app.session_state["toys"][settings["text"]]
            assert toy.is_edited
            street, animal = (toy.base.tokens.index(word) for word in ("street", "animal"))
            changed = np.argwhere(toy.current.x != toy.base.x).tolist()
            assert changed == [[street, 0]]
            assert toy.current.x[street, 0] == toy.base.x[animal, 0]
        elif name == "query":
            position = int(value.split()[0])
            assert app.session_state["query"] == position
        else:
            assert str(app.session_state[name]) == value


def test_the_link_of_the_chosen_page_is_shown_whole():
    app = open_classroom()
    titles = [topic.title for topic in topics()]
    app.selectbox(key="teach_topic").set_value(titles.index("7 · Heatmaps and rows")).run()
    shown = link_shown(app)
    assert urlsplit(shown).path.endswith("/heatmaps")
    assert settings_of(shown) == {
        "text": "The cat sat on the mat because it was tired",
        "query": "7 it",
    }
    (button,) = [each for each in app.get("link_button") if "new tab" in each.proto.label]
    assert button.proto.url == shown


def test_ones_own_settings_go_into_the_link_with_the_edits_of_the_toy():
    edited = PRESETS[0].sentence
    app = open_classroom(text=edited, model="MiniLM", layer="2", head="7", edits="x5.0:0.75")
    app.button_group(key="teach_settings").set_value(OWN).run()
    app.selectbox(key="query").set_value(5).run()
    address = link_shown(app)
    settings = settings_of(address)
    assert settings.pop("query").startswith("5 ")
    assert settings == {
        "text": edited, "model": "MiniLM", "layer": "2", "head": "7", "edits": "x5.0:0.75",
    }  # fmt: skip
    other = opened(address)
    assert other.session_state["toys"][edited].current.x[5, 0] == 0.75


@pytest.mark.parametrize(
    "text", ["<b>x</b> ![](http://e/) :red[x]", "日本 😀 & ?=#%", "", "a " * 9000]
)
def test_any_sentence_travels_in_a_link_or_is_told_to_be_too_long(text: str):
    app = open_classroom(text=text)
    app.button_group(key="teach_settings").set_value(OWN).run()
    assert not app.exception
    shown = link_shown(app)
    assert parse_qs(urlsplit(shown).query, keep_blank_values=True)["text"] == [text.strip()]
    assert (TOO_LONG in prose(app)) == (len(shown) > LONGEST_LINK)
    assert "<b>x" not in prose(app) and "![](" not in prose(app)


def test_the_address_can_be_typed_and_what_is_none_is_told():
    app = open_classroom()
    app.text_input(key="teach_address").set_value(f" {ROOM}/ ").run()
    assert link_shown(app).startswith(f"{ROOM}/start")
    assert ONLY_HERE not in prose(app)
    app.text_input(key="teach_address").set_value("javascript:alert(1)").run()
    assert NO_ADDRESS in texts(app)
    assert "javascript" not in link_shown(app)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (ROOM, True), ("https://example.org/attention", True), ("http://[::1]:8501", True),
        ("", False), ("192.168.1.20", False), ("javascript:alert(1)", False), ("http://", False),
        ("http://a b", False), ("http://a/<b>", False), ("http://a:port", False),
        ("http://a?x=1", False), ("http://[", False), ("http://me@a", False),
        ("http://" + "a" * 300, False), ("http://a:99999", False),
    ],
)  # fmt: skip
def test_an_address_is_told_from_what_is_none(text: str, valid: bool):
    assert is_address(text) == valid


def test_the_address_in_the_browser_loses_its_page_but_no_folder():
    assert found_address("http://h:1/classroom?x=/y") == "http://h:1"
    assert found_address("https://h/base/classroom") == "https://h/base"
    assert is_only_here("http://localhost:1") and is_only_here("http://127.0.0.1")
    assert not is_only_here(ROOM)


def test_the_questions_are_those_of_the_quiz_and_their_answers_hidden():
    app = open_part(QUESTIONS, quiz="17")
    for question in make_quiz(17):
        assert question.prompt in prose(app)
        assert question.reason not in prose(app)


def test_answers_are_revealed_one_by_one_or_all_and_hidden_again():
    app = open_part(QUESTIONS, quiz="17")
    asked = make_quiz(17)
    app.toggle(key="teach_answer_17_2").set_value(True).run()
    assert [q.reason in prose(app) for q in asked] == [i == 2 for i in range(LENGTH)]
    assert asked[2].answer.text in prose(app)
    button(app, "Reveal all").click().run()
    assert all(question.reason in prose(app) for question in asked)
    button(app, "Hide all").click().run()
    assert not any(question.reason in prose(app) for question in asked)


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def test_another_number_shows_another_quiz():
    app = open_part(QUESTIONS)
    app.number_input(key="quiz").set_value(23).run()
    assert all(question.prompt in prose(app) for question in make_quiz(23))


def test_the_worksheet_is_named_after_number_and_paper_and_can_be_seen():
    app = open_part(WORKSHEET, quiz="17")
    (download,) = [each for each in app.get("download_button") if "PDF" in each.proto.label]
    assert download.proto.label == "Worksheet as PDF"
    (picture,) = app.get("image")
    assert picture.proto.imgs[0].alt == "The first page of worksheet 17"
    app.text_input(key="teach_heading").set_value("Klasse 9b 😀").run()
    assert not app.exception
    assert MISSING_SIGNS in prose(app)


def test_a_link_with_hidden_answers_keeps_those_of_the_quiz_back():
    question = make_quiz(17)[0]
    app = open_page("recap", quiz="17", answers="hidden")
    app.button(key="quiz_option_17_0_0").click().run()
    assert question.answer.options[0] in prose(app)
    assert NOTED in prose(app)
    assert "1** of **12** answered" in prose(app)
    hidden = (question.reason, "**Right.**", "**Not quite.**", "Right: **")
    assert not any(words in prose(app) for words in hidden)
    app.button_group(key="quiz_at_17").set_value(LENGTH).run()
    assert "1 of 12 answered" in prose(app)
    assert not any(words in prose(app) for words in (*hidden, "another look"))


def test_a_link_with_hidden_answers_keeps_those_of_the_lessons_back_on_every_page():
    app = open_page("start", answers="hidden")
    guess(app)
    assert NOTED in prose(app)
    assert "**Right.**" not in prose(app) and "**Not quite.**" not in prose(app)
    shown = guess(open_page("start"))
    assert "**Right.**" in prose(shown) or "**Not quite.**" in prose(shown)


def guess(app: AppTest) -> AppTest:
    key = next(each.key for each in app.button_group if each.key and each.key.startswith("guess_"))
    return app.button_group(key=key).set_value(0).run()


def test_the_classroom_hides_answers_by_a_parameter_and_says_that_this_is_no_secret():
    app = open_classroom()
    app.toggle(key="teach_hidden").set_value(True).run()
    assert settings_of(link_shown(app))["answers"] == "hidden"
    assert HIDDEN_IS_NOT_SECRET in prose(app)
