"""What stands around the lessons: the way through, the progress in the link, the sentence that is never lost."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.contents import LESSONS
from pages.ui.reader.predict import DONE
from tests.pages.conftest import go_to, open_page


def progress(app: AppTest) -> str:
    """What the link says; AppTest has it as text or as a list of it."""
    written = app.query_params["seen"]
    return written if isinstance(written, str) else written[0]


def page_of(number: int) -> str:
    return LESSONS[number - 1].slug


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_every_lesson_opens_with_its_question_and_the_way_on(lesson):
    app = open_page(page_of(lesson.number))
    assert not app.exception
    assert [title.value.splitlines()[0] for title in app.title] == [lesson.heading]
    assert f"**{lesson.question}**" in app.title[0].value
    linked = {link.proto.page for link in app.get("page_link")}
    neighbours = {
        LESSONS[i].slug for i in (lesson.number - 2, lesson.number) if 0 <= i < len(LESSONS)
    }
    assert neighbours <= linked


def test_progress_is_kept_in_the_link_and_grows_with_every_lesson():
    app = open_page(page_of(3), seen="1-2")
    assert progress(app) == "1-2-3"
    go_to(app, page_of(5))
    assert progress(app) == "1-2-3-5"
    go_to(app, "side-by-side")
    assert progress(app) == "1-2-3-5"


def test_a_lesson_is_done_once_the_reader_went_on_from_it_and_not_by_opening_it():
    app = open_page(page_of(3), seen="1-2")
    go_to(app, page_of(5))  # left out 4
    go_to(app, page_of(4))  # and back
    assert DONE not in app.session_state
    go_to(app, "side-by-side")
    go_to(app, page_of(5))
    assert app.session_state[DONE] == {4}


def test_the_link_to_the_next_lesson_carries_the_progress():
    app = open_page(page_of(3), seen="1-2")
    queries = {link.proto.page: link.proto.query_string for link in app.get("page_link")}
    assert queries["softmax"] == "seen=1-2-3-4"


@pytest.mark.parametrize("broken", ["", "abc", "99", "-1", "1--2-x", "１", "<b>"])
def test_a_broken_progress_counts_only_what_is_a_lesson(broken: str):
    app = open_page(page_of(4), seen=broken)
    assert not app.exception
    expected = {"1--2-x": "1-2-4", "-1": "1-4"}.get(broken, "4")
    assert progress(app) == expected


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_sentence_is_drawn_on_every_page_and_hidden_where_nobody_needs_it(lesson):
    app = open_page(page_of(lesson.number))
    assert app.text_input(key="text").label == "Your sentence"
    hidden = any(".st-key-sentence {display: none}" in each.proto.body for each in app.get("html"))
    assert hidden != lesson.takes_sentence
