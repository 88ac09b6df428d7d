"""What tests of every folder may need."""

import os
from collections.abc import Iterator

import jaxtyping
import pytest

from attention_core.pretrained.catalogue import SETTING

os.environ[SETTING] = (
    "1"  # most tests bring tiny models of their own; those of tests/safety forbid it
)


@pytest.fixture
def shapes_unchecked() -> Iterator[None]:
    """Lift the run's shape checks, which would speak first: outside of tests the ValueError must."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
