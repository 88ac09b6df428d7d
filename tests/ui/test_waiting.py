"""A reader whose pass has to wait sees how many come first; nobody else sees anything."""

import re
from contextlib import nullcontext
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from attention_core.pretrained.turns import TURNS
from pages.ui.server import waiting
from pages.ui.server.cache import cached
from tests.queueing import WAIT, blocked


def page(text: str) -> None:
    """A page whose one pass stands inside a cached function, as all of them do."""
    import streamlit as st

    from attention_core.pretrained.turns import TURNS
    from pages.ui.server.waiting import waiting

    @st.cache_resource(max_entries=2, show_spinner=False)
    def passed(text: str) -> str:
        with TURNS.turn():
            return text

    with waiting("The model reads …"):
        passed(text)
    st.text("read")


@cached(max_entries=2)
def passed_and_kept(text: str) -> str:
    return text


def page_of_kept(text: str) -> None:
    """Asks twice for the same."""
    import streamlit as st

    from pages.ui.server.waiting import waited_for
    from tests.ui.test_waiting import passed_and_kept

    for _ in range(2):
        st.text(waited_for("The model reads …", passed_and_kept, text))


def said(app: AppTest) -> list[str]:
    return [each.value for each in app.markdown]


@pytest.mark.parametrize("ahead", [1, 3])
def test_the_number_is_said(ahead):
    assert re.findall(r"\*\*(.+?)\*\*", waiting.queue_text(ahead)) == [str(ahead)]


def test_a_reader_who_need_not_wait_is_told_nothing(monkeypatch):
    monkeypatch.setattr(waiting, "tell", lambda *_: pytest.fail("nothing was to be told"))
    app = AppTest.from_function(page, args=("at once",)).run()
    assert not app.exception and said(app) == [] and app.text[0].value == "read"


def test_no_thread_is_started_for_what_is_kept(monkeypatch):
    begun = []
    monkeypatch.setattr(st, "spinner", lambda text, **_: begun.append(text) or nullcontext())
    app = AppTest.from_function(page_of_kept, args=("kept",)).run()
    assert not app.exception and [each.value for each in app.text] == ["kept", "kept"]
    assert begun == ["The model reads …"]  # the first time


def test_a_waiting_reader_is_told_and_it_is_gone_when_the_pass_is_over(monkeypatch):
    heard, sees = [], Event()
    text_of = waiting.queue_text

    def listen(ahead: int | None) -> str:
        heard.append(ahead)
        sees.set()
        return text_of(ahead)

    monkeypatch.setattr(waiting, "PATIENCE", 0.01)
    monkeypatch.setattr(waiting, "queue_text", listen)
    app = AppTest.from_function(page, default_timeout=WAIT, args=("in a queue",))
    with blocked(TURNS):
        reader = Thread(target=app.run, daemon=True)
        reader.start()
        assert sees.wait(WAIT)
    reader.join(WAIT)
    assert heard[0] == TURNS.at_once
    assert not app.exception and said(app) == [] and app.text[0].value == "read"
    # for another reader it is kept, without what was told
    again = AppTest.from_function(page, args=("in a queue",)).run()
    assert not again.exception and said(again) == []


@pytest.mark.parametrize(
    ("places", "expected"), [([None, None], []), ([3, 3, 1, None, None, 2], [3, 1, None, 2])]
)
def test_what_is_told_follows_the_queue(monkeypatch, places, expected):
    """Whoever has waited is told that it is his turn; whoever did not, nothing."""
    shown: list[str] = []
    looks, over = iter(places), iter([False] * len(places) + [True])
    monkeypatch.setattr(waiting, "TURNS", SimpleNamespace(ahead_of=lambda _: next(looks)))
    place = SimpleNamespace(markdown=shown.append)
    waiting.tell(place, 0, SimpleNamespace(wait=lambda _: next(over)))
    assert shown == [waiting.queue_text(ahead) for ahead in expected]
