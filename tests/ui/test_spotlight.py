"""What the spotlight sends to the browser: words literally, their light, who asks."""

import json

from streamlit.testing.v1 import AppTest


def spotlight_page() -> None:
    from pages.ui.widgets.spotlight import Lit, spotlight

    words = [Lit("<b>it</b>", 0.25, "0.25"), Lit("##s", joined=True), Lit("[SEP]", faint=True)]
    spotlight(words, key="plain", label="Weights", selected=0)
    spotlight(words, key="picks", label="Tokens", large=False, on_pick=lambda position: None)


def test_words_travel_literally_with_their_light():
    app = AppTest.from_function(spotlight_page, default_timeout=30).run()
    assert not app.exception
    plain, picks = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    assert [word["text"] for word in plain["words"]] == ["<b>it</b>", "##s", "[SEP]"]
    assert [word["light"] for word in plain["words"]] == [0.25, 0.0, 0.0]
    assert [word["joined"] for word in plain["words"]] == [False, True, False]
    assert [word["faint"] for word in plain["words"]] == [False, False, True]
    assert (plain["selected"], plain["large"], plain["pick"]) == (0, True, False)
    assert (picks["selected"], picks["large"], picks["pick"]) == (None, False, True)
