"""The program is run by a Python that knows nothing of this project, and prints the distances of the core."""

import subprocess
import sys

import numpy as np
import pytest

from attention_core.analysis.difference_snippet import difference_as_python
from attention_core.analysis.differences import jensen_shannon, total_variation

NASTY = ['"""\n</script>', "'; import os #", "{query}", "日本 🙂", "\ud800"]


def printed(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_program_prints_the_cores_distances(dtype: type):
    rng = np.random.default_rng(4)
    a, b = rng.dirichlet(np.ones(5), 2).astype(dtype)
    a[2], b[2] = 0, 1e-9  # a key that one side never looks at
    program = difference_as_python(a, b, NASTY[0], NASTY, ("A: {a}", "B: '\\"))
    lines = printed(program)
    assert lines[-1] == f"total variation: {float(total_variation(a, b)):.6f}"
    assert lines[-2] == f"Jensen-Shannon divergence in bits: {float(jensen_shannon(a, b)):.6f}"
    assert lines[-3] == f"largest change at key {NASTY[int(np.abs(b - a).argmax())]!r}"


def test_rows_without_a_common_key_print_one():
    lines = printed(
        difference_as_python(np.array([1.0, 0.0]), np.array([0.0, 1.0]), "q", ["x", "y"], ("", ""))
    )
    assert [line.split(": ")[1] for line in lines[-2:]] == ["1.000000", "1.000000"]


def test_a_program_that_nobody_can_paste_is_refused():
    many = np.full(5000, 1 / 5000)
    with pytest.raises(ValueError, match="too long to paste"):
        difference_as_python(many, many, "q", ["key"] * 5000, ("A", "B"))
    with pytest.raises(ValueError, match="need as many keys, got 2"):
        difference_as_python(many, many, "q", ["x", "y"], ("A", "B"))
