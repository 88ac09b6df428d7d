"""Whether a model sees the future: asked of the model itself, not of its name or its config."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from attention_core.pretrained.engine import Engine
from attention_core.pretrained.found_out import found_out_once, probe_ids
from attention_core.pretrained.run import LIBRARY
from attention_core.pretrained.steady import private_copy

NOTHING = 1e-5  # of the largest number: experts that share their tokens out anew round differently


@found_out_once
def is_causal(engine: Engine) -> bool:
    """Whether another last token leaves every position before it as it was, in the library's own pass.

    Of a model with one stack. Its last vectors are compared: one token's scores may be beyond all numbers.
    """
    *before, last = probe_ids(engine.model)
    one, other = (_result([*before, each], engine) for each in (last, before[0]))
    largest = float(one.abs().max())
    return bool((one - other)[:-1].abs().max() <= NOTHING * largest)


def _result(ids: list[int], engine: Engine) -> Tensor:
    """(n_tokens, n_out): what the pass ends in. A copy runs, because some families adapt to a short text for good."""
    private = replace(engine, model=private_copy(engine.model))
    outputs = private.forward({"input_ids": torch.tensor([ids])}, LIBRARY)
    leaves = (leaf for leaf in tree_leaves(outputs) if isinstance(leaf, Tensor))
    return next(leaf[0] for leaf in leaves if leaf.shape[:2] == (1, len(ids)))
