"""Home: says what this is, shows a live toy, leads to the other page."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.server import models
from tests.pages.conftest import PROJECT, open_page

WAYS = ["start", "side-by-side", "all-heads", "knock-out"]


@pytest.mark.parametrize("entry", ["app.py", "pages/menu.py"])
def test_home_opens_from_either_entry(entry: str):
    app = AppTest.from_file(f"{PROJECT}/{entry}", default_timeout=60).run()
    assert not app.exception
    assert len(app.title) == 1 and [link.proto.page for link in app.get("page_link")] == WAYS


def test_home_shows_the_toy_of_the_sentence():
    app = open_page()
    app.text_input(key="text").set_value("the hot dog was").run()
    (heatmap,) = app.get("bidi_component")
    assert '"2 dog"' in heatmap.proto.json


def test_home_links_to_the_next_lesson_to_both_worlds_to_the_heads_and_to_an_experiment():
    assert [link.proto.page for link in open_page().get("page_link")] == WAYS
    lesson, *_ = open_page(seen="1-2-4").get("page_link")
    assert (lesson.proto.page, lesson.proto.query_string) == ("dot-product", "seen=1-2-3-4")


def test_a_links_edits_wait_for_the_embeddings_they_were_made_on(monkeypatch: pytest.MonkeyPatch):
    own = "Kings and queens eat pizza"
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    app.query_params.update({"text": own, "edits": "x0.0:0.5"})
    with monkeypatch.context() as patch:
        patch.setattr(models.loader, "submit", lambda *_: None)  # the model is still on its way
        models.loading.clear("MiniLM")
        app.run()
        toy = app.session_state["toys"][own]
        assert (toy.origin, toy.is_edited) == ("made up", False)
    models.loading.clear("MiniLM")
    models.loading("MiniLM").result.result(timeout=120)
    app.run()
    toy = app.session_state["toys"][own]
    assert (toy.origin, toy.current.x[0, 0]) == ("MiniLM", 0.5)
    assert toy.base.x[0, 0] != 0.5
