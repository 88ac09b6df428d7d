"""One parameter of the link: what is written is found again, whatever its length, and what cannot be read is said."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from attention_core.toy.compact import DAMAGED, LONGEST_LINK, LONGEST_TEXT
from pages.ui.reader import page_link
from pages.ui.reader.page_link import FEW, GONE, KEPT, NEARLY_FULL, LongLinks
from tests.pages.conftest import in_order


def page() -> None:
    import streamlit as st

    from pages.ui.reader.notices import show_notices
    from pages.ui.reader.page_link import PageLink

    state, link = st.session_state, PageLink("p")
    if (news := link.news(is_new="text" not in state)) is not None:
        state.text = news
        state.news = state.get("news", 0) + 1
    state.setdefault("text", "")
    state.setdefault("news", 0)
    st.text_area("text", key="text")
    show_notices()
    st.markdown(link.write(state.text or None))


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params.update(link)
    app.run()
    assert not app.exception
    return app


def typed(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text).run()
    assert not app.exception
    return app


def link_of(app: AppTest) -> str | None:
    link = app.query_params.get("p")
    return link[0] if isinstance(link, list) else link


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.text, *app.markdown])


def noise(n: int) -> str:
    rng = random.Random(n)
    return "".join(rng.choice("0123456789abcdef") for _ in range(n))


@pytest.mark.parametrize("n", [1, 400, 401, 1500, 1501, 4000, 6000, 7000, 9000, 50_000])
def test_a_text_of_any_length_is_there_after_a_reload(n: int):
    text = noise(n)
    link = link_of(typed(opened(), text))
    assert link and len(link) <= LONGEST_LINK
    again = opened(p=link)
    assert again.session_state["text"] == text
    assert link_of(again) == link and again.session_state["news"] == 1
    assert again.run().session_state["news"] == 1


def test_the_reader_is_told_before_the_link_is_full_and_when_the_server_keeps_it():
    app = opened()
    assert not said(typed(app, noise(3000)))
    nearly = said(typed(app, noise(5000)))
    assert nearly == NEARLY_FULL.format(len(str(link_of(app))))
    assert said(typed(app, noise(8000))) == KEPT
    name = link_of(app)
    assert name and name.startswith("kept.")
    assert link_of(typed(app, noise(9000))) == name  # one for all that this reader does here
    assert said(typed(app, noise(LONGEST_TEXT + 1))) == FEW
    assert link_of(app) is None
    assert not said(typed(app, "short")) and link_of(app) == "short"


def test_who_opens_the_link_of_another_does_not_change_it():
    first = typed(opened(), noise(8000))
    second = opened(p=str(link_of(first)))
    typed(second, noise(9000))
    assert link_of(second) != link_of(first)
    assert opened(p=str(link_of(first))).session_state["text"] == noise(8000)


def test_a_link_that_outlived_what_the_server_kept_says_so(monkeypatch: pytest.MonkeyPatch):
    link = link_of(typed(opened(), noise(8000)))
    monkeypatch.setattr(page_link, "long_links", LongLinks())  # as after a restart
    app = opened(p=str(link))
    assert app.session_state["text"] == ""
    assert GONE.format("p") in said(app) and link_of(app) is None


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("z1.AAAA", [DAMAGED]),
        ("x" * 4001, ["4,001", "4,000"]),
        ("kept.", [GONE.format("p")]),
        ("kept.../../etc/passwd", [GONE.format("p")]),
    ],
)
def test_a_link_that_cannot_be_read_is_said_to_be(link: str, words: list[str]):
    app = opened(p=link)
    assert in_order(said(app), *words) and app.session_state["text"] == ""
    assert in_order(said(app.run()), *words)  # until it is dismissed


def test_a_request_that_still_has_an_older_link_is_no_news():
    app = opened()
    for text in ("one", "two", "three"):
        typed(app, text)
    for late in ("one", "two"):
        app.query_params["p"] = late
        app.run()
        assert (app.session_state["text"], link_of(app)) == ("three", "three")
    app.query_params["p"] = "another"  # a link within the page
    assert app.run().session_state["text"] == "another"
