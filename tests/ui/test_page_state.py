"""A page's state: its widgets and its link say the same, whichever of them the reader changes."""

from streamlit.testing.v1 import AppTest

from pages.ui.reader.notices import NOT_THERE


def page() -> None:
    from dataclasses import make_dataclass

    import streamlit as st

    from pages.ui.reader.link_codec import number, option
    from pages.ui.reader.notices import show_notices
    from pages.ui.reader.page_state import PageState

    fields = [("kind", str, option("a", "b")), ("place", int, number(high=99, default=0, mark="p"))]
    state = PageState("s", make_dataclass("State", fields, frozen=True), "test", "test_kind")
    show_notices()
    state.take()
    if linked := state.linked():
        state.fit(place=linked.place < 10)
    state.choose("kind", "Kind", ("a", "b"))
    state.draw("place", st.number_input, "Place", 0, 99)
    st.button("Other", on_click=lambda: state.change(kind="b", place=7))
    state.write()


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params.update(link)
    return app.run()


def shown(app: AppTest) -> tuple[str, int, str | None]:
    """What the widgets and the link say."""
    assert not app.exception
    link = app.query_params.get("s")
    return (
        app.segmented_control(key="test_kind").value,
        app.number_input(key="test_place").value,
        link[0] if isinstance(link, list) else link,
    )


def test_a_widget_changes_the_link_and_the_usual_leaves_it():
    app = opened()
    assert shown(app) == ("a", 0, None)
    assert shown(app.segmented_control(key="test_kind").set_value("b").run()) == ("b", 0, "b")
    assert shown(app.number_input(key="test_place").set_value(3).run()) == ("b", 3, "b.p3")
    app.number_input(key="test_place").set_value(0).run()
    assert shown(app.segmented_control(key="test_kind").set_value("a").run()) == ("a", 0, None)


def test_a_callback_changes_widgets_and_link():
    assert shown(opened(s="a.p3").button[0].click().run()) == ("b", 7, "b.p7")


def test_a_link_opens_and_back_and_forward_are_followed():
    app = opened(s="b.p3")
    assert shown(app) == ("b", 3, "b.p3")
    app.query_params["s"] = "a.p5"
    assert shown(app.run()) == ("a", 5, "a.p5")
    del app.query_params["s"]
    assert shown(app.run()) == ("a", 0, None)


def test_what_does_not_exist_is_as_usual_and_the_reader_is_told_until_it_is_dismissed():
    for link, expected in {"b.p50": ("b", 0, "b"), "c": ("a", 0, None)}.items():
        app = opened(s=link)
        assert shown(app) == expected
        for _ in range(2):
            assert NOT_THERE.format("s") in [text.value for text in app.text]
            app.run()
    assert not opened(s="b.p5").text
