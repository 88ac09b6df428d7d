"""The table of bad input: each row a clear message, and nothing of the reader's lost."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.server import models
from tests.pages.conftest import in_order

from .cases import (
    CASES,
    CELLS,
    EDITING,
    FIELDS,
    LINKS,
    MODELS,
    NUMBERS,
    SENTENCES,
    SIDE,
    Case,
    Option,
)
from .reader import EDIT, LINK, SENTENCE, edit_cell, first_number, opened, set_number, shown, typed

by_name = {"ids": lambda case: case.name}


@pytest.fixture(autouse=True, scope="module")
def minilm_is_loaded() -> None:
    models.loading("MiniLM").result.result(timeout=120)


def assert_told_and_kept(app: AppTest, case: Case, edit: float = 0.125) -> None:
    assert not app.exception
    assert in_order(shown(app), *case.seen)
    assert app.text_input(key="text").value == SENTENCE
    assert first_number(app) == edit


def opened_for(case: Case) -> AppTest:
    """The page with what the reader has chosen on it, which takes another run."""
    app = opened(case.page, **LINK)
    for key, value in case.before:
        is_option = isinstance(value, Option)
        app.session_state[key] = (
            app.segmented_control(key=key).options[value.position] if is_option else value
        )
    return app.run() if case.before else app


def test_there_are_enough_cases_and_no_two_are_the_same():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", LINKS, **by_name)
def test_a_link_that_cannot_be(case: Case):
    app = opened(case.page, **{**LINK, case.field: case.entered})
    is_lost = case.field == "edits"  # whole or not at all
    own = app.session_state["toys"][SENTENCE].base.x[0, 0]
    assert own != float(EDIT.partition(":")[2])
    assert_told_and_kept(app, case, edit=own if is_lost else 0.125)


@pytest.mark.parametrize("case", MODELS, **by_name)
def test_a_model_that_cannot_be(case: Case, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALLOW_CUSTOM_MODELS", "1")
    models.loading(case.entered).result.exception(timeout=60)
    assert_told_and_kept(opened(case.page, **LINK, model=case.entered), case)
    models.loading.clear(case.entered)


@pytest.mark.parametrize("case", SENTENCES, **by_name)
def test_a_sentence_that_cannot_be_read(case: Case):
    app = typed(opened(case.page, **LINK), "text", case.entered)
    assert not app.exception
    assert in_order(shown(app), *case.seen)
    assert_told_and_kept(typed(app, "text", SENTENCE), Case(case.page, "", "", ()))


@pytest.mark.parametrize("case", FIELDS, **by_name)
def test_a_box_that_cannot_take_it(case: Case):
    app = opened_for(case)
    assert_told_and_kept(typed(app, case.field, case.entered), case)


@pytest.mark.parametrize(("box", "number"), NUMBERS)
def test_a_number_outside_of_its_limits_changes_nothing(box: str, number: float):
    app = set_number(opened_for(Case(SIDE, "", "", (), EDITING)), box, number)
    assert app.session_state["toys"][SENTENCE].current.temperature == 1
    assert_told_and_kept(app, Case(SIDE, box, number, ()))


@pytest.mark.parametrize("case", CELLS, **by_name)
def test_a_cell_that_cannot_hold_it(case: Case):
    assert_told_and_kept(edit_cell(opened_for(case), case.field, 0, 0, case.entered), case)
