"""The distance between two rows of weights as a NumPy program with its real numbers, to be run and changed anywhere."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.analysis.snippet import MOST_CHARACTERS
from attention_core.errors import ReaderError


def difference_as_python(
    a: Float[np.ndarray, " n_k"],
    b: Float[np.ndarray, " n_k"],
    query: str,
    keys: Sequence[str],
    names: tuple[str, str],
) -> str:
    """A program that prints the total variation and the Jensen–Shannon divergence of the rows `a` and `b`.

    Numbers keep every digit; labels appear only as Python string literals, so whatever a reader typed
    stays text. Raises ValueError if sizes don't fit or the program would be too long to paste.
    """
    if not a.shape == b.shape == (len(keys),):
        raise ValueError(f"rows {a.shape} and {b.shape} need as many keys, got {len(keys)}")
    program = _TEMPLATE.format(
        name_a=ascii(names[0]),
        name_b=ascii(names[1]),
        query=ascii(query),
        keys="[" + ", ".join(ascii(key) for key in keys) + "]",
        a=_vector(a),
        b=_vector(b),
    )
    if len(program) > MOST_CHARACTERS:
        raise ReaderError(f"the program would have {len(program):,} characters: too long to paste")
    return program


def _vector(values: np.ndarray) -> str:
    return "[" + ", ".join(repr(float(value)) for value in values) + "]"


_TEMPLATE = """\
import numpy as np

name_a, name_b = {name_a}, {name_b}
query = {query}
keys = {keys}

a = np.array({a})  # the weights of the query in A, key by key
b = np.array({b})  # ... and in B

total_variation = np.abs(a - b).sum() / 2


def bits(p, q):  # sum of p log2(p / q), with 0 log 0 = 0
    seen = p > 0
    return (p[seen] * np.log2(p[seen] / q[seen])).sum()


middle = (a + b) / 2
jensen_shannon = (bits(a, middle) + bits(b, middle)) / 2

print(repr(query), "in", repr(name_a), "and in", repr(name_b))
print("largest change at key", repr(keys[np.abs(b - a).argmax()]))
print(f"Jensen-Shannon divergence in bits: {{jensen_shannon:.6f}}")
print(f"total variation: {{total_variation:.6f}}")
"""
