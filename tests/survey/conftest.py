"""Two worker processes for all tests, a tiny model on disk that they load, and a dozen sentences."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from distributed import Client

from attention_core.survey.cluster import client_of
from attention_core.survey.corpus import Corpus
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved

DOZEN = Corpus(
    "a dozen",
    (
        "the cat sat on a mat",
        "a cat sat",
        "the mat sat on the cat",
        "cat cat cat",
        "on the mat the cat sat on a mat",
        "a mat",
        "the the cat sat on mat",
        "sat",
        "a cat on a mat on a cat",
        "the cat and the mat",
        "mat on mat on mat",
        "a cat sat on the mat on the cat",
    ),
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("tiny"), *THROUGH_SEAM["GPT-2"])


@contextmanager
def plain_main() -> Iterator[None]:
    """A new process runs the main module of its parent again; AppTest leaves a page in its place."""
    with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        yield


@pytest.fixture(autouse=True)
def _plain_main() -> Iterator[None]:
    with plain_main():
        yield


@pytest.fixture(scope="session")
def two_workers() -> Iterator[Client]:
    with plain_main(), client_of(2) as client:
        yield client


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "survey.parquet"
