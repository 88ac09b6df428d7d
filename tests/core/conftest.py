"""How the core is tested: the same Hypothesis examples in every run, and shape checks that a test may lift."""

from collections.abc import Iterator

import jaxtyping
import pytest
from hypothesis import settings

settings.register_profile("core", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("core")


@pytest.fixture
def shapes_unchecked() -> Iterator[None]:
    """Lift the run's shape checks, which would speak first: outside of tests the ValueError must."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
