"""Pages without a browser: each is run from the app's own entry, as Streamlit would run it."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import models

PROJECT = __file__.rsplit("/tests/", 1)[0]


@pytest.fixture  # not for the session: the app forgets a model when others are asked for
def minilm_is_loaded() -> None:
    models.loading("MiniLM").result.result(timeout=120)


@pytest.fixture
def smollm2_is_loaded() -> None:
    models.loading("SmolLM2").result.result(timeout=180)


def open_page(
    page: str | None = None, text: str | None = None, typed_model: str | None = None, **link: str
) -> AppTest:
    """A new reader opens a link: `page` is a file below pages/, `link` its query parameters.

    `text` and `typed_model` are what the reader then types.
    """
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    if typed_model:  # AppTest's selectbox cannot take a new option, but its state can
        app.session_state["model"] = typed_model
    app.query_params.update(link)
    app.run()
    if page:  # AppTest can leave the first page only after it has run
        app.switch_page(page).run()
    if text is not None:
        app.text_input(key="text").set_value(text).run()
    return app


def texts(app: AppTest) -> str:
    """All that is shown literally, one line each."""
    return "\n".join(text.value for text in app.text)
