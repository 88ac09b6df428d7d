"""Many changed runs of one text, for instance each without another head; of each only what its caller reduces it to is kept.

What the runs change is in `interventions`; how large an effect is beside others is in `analysis`.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from attention_core.pretrained.interventions import Attend, without_heads
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.run import Outcome, Run

T = TypeVar("T")
MOST_TOKENS_AT_ONCE = 256  # of all rows of a batch: more gains no time and takes much memory


def of_each(
    ids: list[int],
    loaded: LoadedModel,
    attends: Sequence[Attend],
    reduce: Callable[[Outcome], T],
) -> list[T]:
    """What `reduce` keeps of the outcome of each run; as many at once as a batch may hold."""
    at_once = max(1, MOST_TOKENS_AT_ONCE // len(ids))
    kept: list[T] = []
    for start in range(0, len(attends), at_once):
        runs = [Run(attend) for attend in attends[start : start + at_once]]
        kept += [reduce(outcome) for outcome in outcomes(ids, loaded, runs)]
    return kept


def without_each_head(
    layer: int, n_heads: int, instead: str, means: Sequence[np.ndarray] = ()
) -> list[Attend]:
    """The runs that rank the heads of a layer: each head is out in one of them."""
    return [without_heads([(layer, head)], instead, means) for head in range(n_heads)]
