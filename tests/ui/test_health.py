"""/health tells what is true of the default model: on its way, there, or not to be had."""

import json
import sys
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from attention_core.pretrained.catalogue import MINILM
from pages.ui import models
from pages.ui.health import health


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    models.loading.clear()
    yield
    models.loading.clear()


def told() -> tuple[int, str]:
    answer = health(Request({"type": "http"}))
    assert answer.headers["Cache-Control"] == "no-store"
    body = json.loads(bytes(answer.body))
    assert body.keys() == {
        "server",
        "model",
        "state",
    }  # and nothing about the machine or its readers
    return answer.status_code, body["state"]


def test_it_says_loading_and_then_ready():
    assert told() == (503, "loading")  # has only just begun, and there is a file to read
    models.loading(MINILM.key).result.result(timeout=60)
    assert told() == (200, "ready")


def test_it_says_failed_where_the_model_can_not_be_had(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "attention_core.pretrained.loading", None)
    assert models.loading(MINILM.key).result.exception(timeout=60) is not None
    assert told() == (503, "failed")
