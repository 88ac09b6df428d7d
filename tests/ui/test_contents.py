"""The pages of the menu: made once, and a copy for each run."""

from streamlit.testing.v1 import AppTest

from pages.contents import LESSONS, TOOLS


def listing() -> None:
    """Two readers' pages, side by side."""
    import streamlit as st

    from pages.contents import sections

    one, other = sections(), sections()
    st.session_state["titles"] = {name: [page.title for page in one[name]] for name in one}
    st.session_state["about"] = [about for pages in one.values() for about in pages.values()]
    pairs = [(a, b) for name in one for a, b in zip(one[name], other[name], strict=True)]
    st.session_state["apart"] = all(a is not b and vars(a) == vars(b) for a, b in pairs)
    st.navigation({name: list(pages) for name, pages in one.items()})  # marks its default
    st.session_state["marked"] = [a.title for a, b in pairs if vars(a) != vars(b)]


def test_every_lesson_and_tool_is_in_its_section_in_order():
    app = AppTest.from_function(listing, default_timeout=30).run()
    assert not app.exception
    titles, about = app.session_state["titles"], app.session_state["about"]
    assert list(titles) == ["", "Learn", "Explore", "Compare", "Experiment", "Teach"]
    assert titles["Learn"] == [lesson.heading for lesson in LESSONS]
    assert about == [None, *LESSONS, *TOOLS]


def test_what_streamlit_marks_in_one_run_no_other_run_sees():
    app = AppTest.from_function(listing, default_timeout=30).run()
    assert app.session_state["apart"]
    assert app.session_state["marked"] == ["Home"]
