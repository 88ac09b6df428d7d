"""/health tells what is true of the default model: on its way, there, or not to be had."""

import json
from collections.abc import Iterator

import pytest
from starlette.requests import Request

from attention_core.pretrained.catalogue import MINILM
from pages.ui.server import models
from pages.ui.server.models import health
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved


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


def test_it_starts_nothing_and_a_readers_models_stay(tmp_path):
    folders = []
    for family in ("BERT", "GPT-2", "Llama"):
        (tmp_path / family).mkdir()
        folders.append(saved(tmp_path / family, *THROUGH_SEAM[family]))
        models.loading(folders[-1]).result.result(timeout=60)
    for _ in range(3):
        assert told() == (503, "loading")
    assert models.loading.look(MINILM.key) is None
    assert all(models.is_ready(folder) for folder in folders)


def test_with_the_default_model_there_it_says_ready_whatever_readers_load(tmp_path):
    models.loading(MINILM.key).result.result(timeout=60)
    for family in ("BERT", "GPT-2", "Llama", "BART"):
        (tmp_path / family).mkdir()
        folder = saved(tmp_path / family, *THROUGH_SEAM[family])
        models.loading(folder).result.result(timeout=60)
        assert told() == (200, "ready")


@pytest.mark.invites_fault  # a library is not installed
def test_it_says_failed_where_the_model_can_not_be_had(monkeypatch: pytest.MonkeyPatch):
    def not_installed(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr("attention_core.pretrained.loading.load", not_installed)
    assert models.loading(MINILM.key).result.exception(timeout=60) is not None
    assert told() == (503, "failed")
