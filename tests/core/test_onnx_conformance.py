"""The ONNX standard's own conformance cases for Attention, Softmax and RotaryEmbedding, through the core."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx.backend.test.case import node as made

from .onnx_adapters import onnx_attention, onnx_rotary, onnx_softmax

OPERATORS: dict[str, Callable] = {
    "Attention": onnx_attention,
    "Softmax": onnx_softmax,
    "RotaryEmbedding": onnx_rotary,
}
# of onnx 1.23.2; a later version may have more, and then all of them must pass
AT_LEAST = {"Attention": 93, "Softmax": 7, "RotaryEmbedding": 8}


def all_cases() -> list:
    """One graph node each; the "expanded" cases say the same in other operators.

    onnx makes cases on import. `collect_testcases` would make those of all its 200 operators, in every worker.
    """
    with np.errstate(all="ignore"):
        for operator in OPERATORS:
            import_module(f"{made.__name__}.{operator.lower()}")
    return [
        case
        for case in made._NodeTestCases
        if len(case.model.graph.node) == 1 and case.model.graph.node[0].op_type in OPERATORS
    ]


CASES = all_cases()


def precision(dtype: np.dtype) -> float:
    """The distance from 1 to the next number."""
    return float(ml_dtypes.finfo(dtype).eps)


def test_all_cases_of_the_standard_are_here():
    found = Counter(case.model.graph.node[0].op_type for case in CASES)
    assert all(found[operator] >= least for operator, least in AT_LEAST.items()), found


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_core_gives_what_the_standard_says(case):
    node, (given, expected) = case.model.graph.node[0], case.data_sets[0]
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    present = [name for name in node.input if name]
    inputs = dict(zip(present, given, strict=True))
    wanted = [i for i, name in enumerate(node.output) if name]
    found = OPERATORS[node.op_type](inputs, attributes)
    for i, right in zip(wanted, expected, strict=True):
        rough = 4 * precision(right.dtype)
        assert found[i].shape == right.shape
        np.testing.assert_allclose(
            found[i].astype(right.dtype).astype(np.float64),
            right.astype(np.float64),
            rtol=max(case.rtol, rough) if rough > 1e-3 else case.rtol,
            atol=max(case.atol, rough) if rough > 1e-3 else case.atol,
        )
