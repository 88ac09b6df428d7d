"""One attention weight as a NumPy program with its real numbers, to be run and changed anywhere."""

from collections.abc import Sequence

import numpy as np

from attention_core.attention import AttentionTrace
from attention_core.errors import ReaderError

MOST_CHARACTERS = 60_000  # beyond that nobody pastes it


def as_python(
    trace: AttentionTrace, q_pos: int, k_pos: int, queries: Sequence[str], keys: Sequence[str]
) -> str:
    """A program of one head's row `q_pos` that prints the weight of key `k_pos`.

    Numbers keep every digit of their type. Labels appear only as Python string literals, so whatever
    a reader typed stays text. Raises ValueError if the program would be too long to paste.
    """
    q, k = trace.q[q_pos], trace.k
    program = _TEMPLATE.format(
        n_keys=len(k),
        d_head=len(q),
        dtype=q.dtype.name,
        query=_literal(queries[q_pos]),
        keys="[" + ", ".join(_literal(key) for key in keys) + "]",
        q=_vector(q),
        k="\n".join(f"    {_vector(row)}," for row in k),
        bias="0" if trace.bias is None else f"np.array({_vector(trace.bias[q_pos])})",
        mask="True" if trace.mask is None else f"np.array({trace.mask[q_pos].tolist()})",
        scale=repr(float(trace.scale)),
        softcap="" if trace.softcap is None else _SOFTCAP.format(cap=repr(float(trace.softcap))),
        sink=""
        if trace.sinks is None
        else _SINK.format(sink=trace.sinks.item(), dtype=q.dtype.name),
        temperature=repr(float(trace.temperature)),
        k_pos=k_pos,
    )
    if len(program) > MOST_CHARACTERS:
        raise ReaderError(f"the program would have {len(program):,} characters: too long to paste")
    return program


def _vector(values: np.ndarray) -> str:
    return "[" + ", ".join(str(value) for value in values) + "]"


def _literal(text: str) -> str:
    return ascii(text)


_TEMPLATE = """\
import numpy as np

query = {query}
keys = {keys}

q = np.array({q}, dtype=np.{dtype})  # ({d_head},): what the query asks
k = np.array([  # ({n_keys}, {d_head}): what each key offers
{k}
], dtype=np.{dtype})

scores = k @ q
scaled_scores = scores * {scale}
{softcap}biased_scores = scaled_scores + {bias}
allowed = {mask}
masked_scores = np.where(allowed, biased_scores, -np.inf)
{sink}tempered = masked_scores / {temperature}
top = max(tempered.max(), np.finfo(tempered.dtype).min)  # finite, also where no key is allowed
exps = np.exp(tempered - top)
weights = exps / (exps.sum() or 1)  # a row with no allowed key has no weights

print(repr(query), "->", repr(keys[{k_pos}]))
print(f"{{weights[{k_pos}]:.6f}}")
"""

_SOFTCAP = """\
scaled_scores = {cap} * np.tanh(scaled_scores / {cap})  # the soft cap
"""

_SINK = """\
# the head's sink, a score of no key: it takes its share and hands over nothing
masked_scores = np.append(masked_scores, np.array({sink!r}, dtype=np.{dtype}))
"""
