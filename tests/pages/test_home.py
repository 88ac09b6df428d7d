"""Home: says what this is, shows a live toy, leads to the other page."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import PROJECT, open_page


@pytest.mark.parametrize("entry", ["app.py", "pages/menu.py"])
def test_home_opens_from_either_entry(entry: str):
    app = AppTest.from_file(f"{PROJECT}/{entry}", default_timeout=60).run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Attention, with every number in sight"]


def test_home_shows_the_toy_of_the_sentence():
    app = open_page()
    app.text_input(key="text").set_value("the hot dog was").run()
    (heatmap,) = app.get("bidi_component")
    assert '"2 dog"' in heatmap.proto.json


def test_home_links_to_both_worlds():
    (link,) = open_page().get("page_link")
    assert link.proto.page == "side-by-side"
