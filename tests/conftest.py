"""What tests of every folder may need; and no test passes in which a page had a fault that was not invited."""

import logging
import os
from collections.abc import Iterator
from functools import cache

import jaxtyping
import pytest
from streamlit.components.v2 import manifest_scanner

from attention_core.pretrained.catalogue import SETTING

os.environ[SETTING] = (
    "1"  # most tests bring tiny models of their own; those of tests/safety forbid it
)
# Streamlit looks for components through all installed packages, anew for each AppTest: 0.18 s of 0.195 s
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
FAULTS = ("pages.ui.server.faults", "streamlit.error_util")  # who logs what no page has foreseen


FEW = 40  # link parameters a page: two or three links


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz",
        type=int,
        default=FEW,
        help="link parameters to try on each page: make fuzz takes 500",
    )


class Heard(logging.Handler):
    """Keeps what is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture(autouse=True)
def faults_logged(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The faults of this test: none, unless it is marked with `invites_fault`; then one at least."""
    heard = Heard()
    for name in FAULTS:
        logging.getLogger(name).addHandler(heard)
    yield heard.said
    for name in FAULTS:
        logging.getLogger(name).removeHandler(heard)
    invited = request.node.get_closest_marker("invites_fault") is not None
    assert bool(heard.said) == invited, "\n".join(["faults of the app:", *heard.said])


@pytest.fixture
def shapes_unchecked() -> Iterator[None]:
    """Lift the run's shape checks, which would speak first: outside of tests the ValueError must."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
