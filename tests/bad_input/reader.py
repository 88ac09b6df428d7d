"""A reader with a sentence and an edit of their own, and the ways in which something bad can be entered."""

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.pages.conftest import PROJECT, happens, prose, texts

SENTENCE = "the cat sat on the old mat"
EDIT = "x0.0:0.125"  # the first number of the first token
LINK = {"text": SENTENCE, "edits": EDIT}


def opened(slug: str, **link: str | list[str]) -> AppTest:
    """A new reader follows a link to a page of this address, "" for Home: the page runs once, cold."""
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    app.query_params.update(link)
    app._page_hash = calc_hash(slug)  # AppTest can only switch, which takes a run more
    return app.run()


def typed(app: AppTest, key: str, text: str) -> AppTest:
    """Type into the text box whose key begins so, and press Enter."""
    (box,) = [each for each in app.text_input if (each.key or "").startswith(key)]
    box.set_value(text)
    checks = [each for each in app.button if each.label == "Check"]  # a form waits for its button
    return (checks[0].click() if box.form_id else app).run()


def set_number(app: AppTest, key: str, value: float) -> AppTest:
    (box,) = [each for each in app.number_input if (each.key or "").startswith(key)]
    return box.set_value(value).run()


def edit_cell(app: AppTest, key: str, row: int, column: int, value: object) -> AppTest:
    """What the browser reports when a cell of an editable matrix was changed."""
    return happens(app, key, "edit", [row, column, value])


def shown(app: AppTest) -> str:
    """All that a reader reads on the page."""
    boxes = [*app.warning, *app.error, *app.success]
    return "\n".join([texts(app), prose(app), *(each.value for each in boxes)])


def first_number(app: AppTest) -> float:
    """The number that the reader had edited, as the toy of their sentence has it now."""
    return float(app.session_state["toys"][SENTENCE].current.x[0, 0])
