"""The program is run for real, by a Python that knows nothing of this project, and prints the weight."""

import ast
import re
import subprocess
import sys

import numpy as np
import pytest

from attention_core.analysis.snippet import MOST_CHARACTERS, as_python
from attention_core.attention import attention
from attention_core.heads import head_of
from attention_core.toy import presets
from attention_core.toy.scenario import run

NAMES = [f"t{i}" for i in range(30)]
NASTY = ['"""\n</script>', "'; import os #", "{k_pos}", "%s\\", "日本 🙂", "\ud800", "\u202e\0\r"]


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


def last_number(program: str) -> float:
    return float(printed(program)[-1])


def test_the_program_prints_the_core_s_weight(trace):
    # row 2 is the one that may be blocked, row 3 has blocked keys where there is a mask
    for q_pos, k_pos in ((2, 1), (3, 2)):
        program = as_python(trace, q_pos, k_pos, NAMES, NAMES)
        assert printed(program) == [
            f"'t{q_pos}' -> 't{k_pos}'",
            f"{trace.weights[q_pos, k_pos]:.6f}",
        ]


def test_a_blocked_key_prints_zero():
    q = np.ones((2, 2))
    program = as_python(attention(q, q, q, np.tri(2, dtype=bool)), 0, 1, NAMES, NAMES)
    assert last_number(program) == 0


@pytest.mark.parametrize("preset", presets.PRESETS, ids=lambda preset: preset.name)
def test_a_toy_head(preset):
    trace = head_of(run(preset).heads, 0)
    k_pos = int(trace.weights[preset.query].argmax())
    program = as_python(trace, preset.query, k_pos, preset.tokens, preset.tokens)
    assert last_number(program) == pytest.approx(trace.weights[preset.query, k_pos], abs=1e-6)


@pytest.mark.parametrize(("layer", "head"), [(5, 11), (3, 1), (0, 0)])
def test_a_real_head(layer, head, captured):
    names = [token.text for token in captured.tokens]
    q_pos, k_pos = names.index("it"), names.index("animal")
    trace = captured.layers[layer].head_trace(head)
    program = as_python(trace, q_pos, k_pos, names, names)
    assert last_number(program) == pytest.approx(trace.weights[q_pos, k_pos], abs=1e-6)


def test_it_needs_numpy_and_nothing_else(trace):
    tree = ast.parse(as_python(trace, 0, 0, NAMES, NAMES))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


def test_numbers_keep_every_digit_of_their_type(captured):
    trace = captured.layers[0].head_trace(0)
    program = as_python(trace, 1, 1, NAMES, NAMES)
    digits = re.search(r"^q = np\.array\(\[(.*)\], dtype=np\.float32\)", program, re.MULTILINE)[1]
    np.testing.assert_array_equal(np.array(digits.split(", "), np.float32), trace.q[1])


def test_whatever_a_reader_typed_stays_text():
    q = np.eye(len(NASTY))
    trace = attention(q, q, q)
    for pos, name in enumerate(NASTY):
        program = as_python(trace, pos, pos, NASTY, NASTY)
        assert program.isascii()
        values = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(program).body
            if isinstance(node, ast.Assign) and node.targets[0].id in ("query", "keys")
        }
        assert values == {"query": name, "keys": NASTY}
    # what a terminal can't show is printed escaped; the number is always the second line
    label, number = printed(as_python(trace, 0, 5, NASTY, NASTY))
    assert label == f"{NASTY[0]!r} -> {NASTY[5]!r}"
    assert float(number) == pytest.approx(trace.weights[0, 5], abs=1e-6)


def test_a_program_too_long_to_paste_is_refused():
    q = np.random.default_rng(0).standard_normal((60, 64))
    with pytest.raises(ValueError, match="too long to paste"):
        as_python(attention(q, q, q), 0, 0, ["t"] * 60, ["t"] * 60)
    short = as_python(attention(q[:40], q[:40], q[:40]), 0, 0, ["t"] * 40, ["t"] * 40)
    assert len(short) <= MOST_CHARACTERS
