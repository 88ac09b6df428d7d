"""A line of arithmetic on Break it, worked out from what it says: it gives the number that it ends in."""

import re
from math import exp
from types import SimpleNamespace

import numpy as np
import pytest

from attention_core.analysis.broken import function_of
from attention_core.attention import attention
from attention_core.masks import causal_mask
from pages.experiment.break_it.cell import WRITTEN, arithmetic

N, D = 5, 4
WITHOUT_EXP = ("averaged", "no-max")  # these lines show no exp
TERMS = {
    "plain": {},
    "bias": {"bias": True},
    "soft cap": {"softcap": 1.5},
    "sinks": {"sinks": np.array([0.7, -0.3])},
    "all": {"bias": True, "softcap": 1.5, "sinks": np.array([0.7, -0.3])},
}


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
@pytest.mark.parametrize("name", [name for name in WRITTEN if name not in WITHOUT_EXP])
def test_each_line_gives_its_number(name: str, terms: dict[str, object]):
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 2, N, D))
    bias = rng.normal(size=(2, N, N)) if terms.get("bias") else None
    angles = rng.normal(size=(N, D // 2))
    handed = q, k, v, causal_mask(N), bias
    others = {each: term for each, term in terms.items() if each != "bias"}
    control = attention(*handed, **others)
    changed = function_of(name, angles)(*handed, None, **others)
    world = SimpleNamespace(q_pos=3, k_pos=1, head=1)
    for line in arithmetic(name, world, control, changed).splitlines():
        if "exp(" in line:
            assert worked_out(line) == pytest.approx(number_of(line), rel=0.02)


def worked_out(line: str) -> float:
    """exp(a − b) ÷ c, and · m where the mask comes after."""
    formula = re.search(r"exp\(.*?\) ÷ .*?(?= \(sum)", line)
    assert formula is not None
    times = re.search(r"keys\) · ([01])", line)
    said = formula[0].replace("−", "-").replace("÷", "/")
    value = eval(said, {"__builtins__": {}, "exp": exp})  # a formula of ours
    return value * (int(times[1]) if times else 1)


def number_of(line: str) -> float:
    found = re.search(r"\*\*(.*?)\*\*", line)
    assert found is not None
    return float(found[1].replace("−", "-"))
