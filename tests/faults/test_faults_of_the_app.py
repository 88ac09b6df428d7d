"""A bug of ours, injected: the page owns up to it and goes on, the log has its traceback, and nothing that a reader typed."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from safetensors import deserialize
from safetensors.torch import load_file
from streamlit.runtime.scriptrunner import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest
from tokenizers import Tokenizer
from transformers import AutoConfig

from attention_core.attention import attention as core
from attention_core.errors import ReaderError
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.failures import ModelFailed, failing_as, is_ours
from pages import frame
from pages.ui.reader import toy_state
from pages.ui.server import faults, models
from tests.bad_input.reader import opened, shown
from tests.faults.conftest import READ_BY_MODEL

# MiniLM predicts nothing
WITH_A_PASS = [
    *(slug for slug in READ_BY_MODEL if slug != "predictions"),
    "self-attention",
    "heatmaps",
]
TYPED = "zyzzyva quokka jumped"  # no other test reads it
invites_fault = pytest.mark.invites_fault


@pytest.fixture(autouse=True, scope="module")
def minilm_is_loaded() -> None:
    models.loading("MiniLM").result.result(timeout=120)


def bug(quoted: str = TYPED) -> Callable:
    def injected_bug(*_: object, **__: object) -> None:
        raise KeyError(quoted)  # such an error quotes what it was asked

    return injected_bug


def boxes(app: AppTest) -> int:
    return sum(error.value == faults.BOX for error in app.error)


def assert_logged_without_words(said: list[str]) -> None:
    for each in said:
        assert "in injected_bug" in each and "builtins.KeyError" in each
        assert not any(word in each for word in TYPED.split())


@invites_fault
@pytest.mark.parametrize("slug", WITH_A_PASS)
def test_a_bug_in_a_pass_is_told_and_logged_and_the_toy_goes_on(slug, monkeypatch, faults_logged):
    monkeypatch.setattr(Engine, "forward", bug())
    models.hidden_states.clear()
    app = opened(slug, text=f"{TYPED} {slug}")
    assert boxes(app) >= 1 and not app.exception
    assert models.NO_MODEL_HERE not in shown(app)
    assert_logged_without_words(faults_logged)
    assert app.session_state["toys"][f"{TYPED} {slug}"].current.tokens[:2] == ("zyzzyva", "quokka")


@invites_fault
def test_a_bug_of_a_page_leaves_what_all_pages_share(monkeypatch, faults_logged):
    monkeypatch.setattr(frame, "link_with", bug())
    app = opened("", text=TYPED)
    assert boxes(app) == 1 and not app.exception
    assert app.text_input(key="text").value == TYPED and app.selectbox(key="layer").value == 5
    assert_logged_without_words(faults_logged)


@invites_fault
def test_a_bug_where_the_toy_meets_the_model_leaves_the_toy(monkeypatch, faults_logged):
    monkeypatch.setattr(toy_state, "mean_over_words", bug())
    app = opened("", text=TYPED)
    assert boxes(app) == 0 and not app.exception
    assert app.session_state["toys"][TYPED].current.tokens == tuple(TYPED.split())
    assert_logged_without_words(faults_logged)


@invites_fault
def test_streamlit_logs_what_no_page_catches_without_words(faults_logged):
    faults.log_without_words()
    faults.log_without_words()  # a script runs again and again

    def page() -> None:
        import streamlit as st

        from tests.faults.test_faults_of_the_app import bug

        st.button("Go", on_click=bug())

    app = AppTest.from_function(page, default_timeout=30).run()
    app.button[0].click().run()
    assert app.exception
    assert_logged_without_words(faults_logged)


@pytest.mark.parametrize(
    "raised", [StopException(), RerunException(RerunData()), KeyboardInterrupt(), SystemExit()]
)
def test_what_is_no_fault_goes_on_its_way(raised: BaseException):
    for guarded in (faults.faults_shown, lambda: models.errors_shown("MiniLM")):
        with pytest.raises(type(raised)), guarded():
            raise raised


def test_what_a_reader_cannot_have_is_no_fault():
    def page() -> None:
        from attention_core.errors import ReaderError
        from pages.ui.server import models

        with models.errors_shown("MiniLM"):
            raise ReaderError("This *text* has no such word.")

    app = AppTest.from_function(page, default_timeout=30).run()
    assert [text.value for text in app.text] == ["This *text* has no such word."]
    assert not app.error and not app.button
    assert models.is_ready("MiniLM")  # and no reader has lost it


# where an error comes from


def raised_by(act: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:
        act()
    return caught.value


@pytest.mark.parametrize(
    ("act", "ours"),
    [
        (lambda: torch.nn.Embedding(3, 2)(torch.tensor([7])), False),
        (lambda: torch.nn.Linear(3, 2)(torch.ones(4)), False),
        (lambda: AutoConfig.for_model("nobody-knows"), False),
        (lambda: Tokenizer.from_str("{"), True),  # no class and no frame of its own tells
        (lambda: load_file("/no/such/file"), False),
        (lambda: deserialize(b"rubbish"), False),
        (lambda: core(np.ones((2, 3)), np.ones((2, 3)), np.ones(3)), True),
        (lambda: {}["there"], True),
    ],
)
def test_the_innermost_frame_that_decides_tells_whose_error_it_is(act, ours: bool):
    assert is_ours(raised_by(act)) == ours


def test_a_librarys_error_is_named_and_logged_without_its_words(caplog):
    def fail() -> None:
        with failing_as("GPT2Model"):
            torch.nn.Embedding(3, 2)(torch.tensor([7]))

    error = raised_by(fail)
    assert isinstance(error, ModelFailed)
    assert str(error) == "GPT2Model failed on this text: IndexError: index out of range in self"
    assert "torch/nn/functional.py" in caplog.text and "out of range" not in caplog.text
    assert isinstance(raised_by(in_block(KeyError("ours"))), KeyError)
    assert isinstance(raised_by(in_block(ReaderError("said"))), ReaderError)


def in_block(error: Exception) -> Callable[[], None]:
    def act() -> None:
        with failing_as("GPT2Model"):
            raise error

    return act
