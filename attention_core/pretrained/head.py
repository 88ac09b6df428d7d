"""A model's prediction head on any states: from vectors to a score for each token of the vocabulary.

It runs no layer. What runs is the model's own code, as `tail` has found and checked it.
"""

import numpy as np
import torch
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.failures import failing_as
from attention_core.pretrained.fill_mask import fills_masks
from attention_core.pretrained.prediction import predicts_next
from attention_core.pretrained.tail import Cut, tail_of


def head_logits(
    states: Float[np.ndarray, "n_states d_model"], engine: Engine
) -> Float[np.ndarray, "n_states n_vocabulary"]:
    """The scores that the model's head gives to states as they leave its backbone (the final norm included).

    All of the model's own forward pass around the backbone runs, because some families scale or cap
    the scores on the way. Raises ValueError for a model without such a head, for one whose head alone
    is not what gives its scores, and for states of another size.
    """
    cut = tail_of(engine).after_backbone if _predicts(engine) else None
    if cut is None:
        raise ReaderError(why_no_head(engine))
    return _scores(states, cut, engine)


def layer_logits(
    states: Float[np.ndarray, "n_states d_model"], engine: Engine
) -> Float[np.ndarray, "n_states n_vocabulary"]:
    """The scores that the model's end gives to states as they leave a layer: its final norm, then its head.

    Raises ValueError as `head_logits`, and where what follows the layers is not that alone.
    """
    cut = tail_of(engine).after_layers if _predicts(engine) else None
    if cut is None:
        raise ReaderError(why_no_lens(engine))
    return _scores(states, cut, engine)


def why_no_head(engine: Engine) -> str:
    """Why the head can't be run alone, for people; empty where it can."""
    if not _predicts(engine):
        name = type(engine.model).__name__
        return f"{name} has no head that predicts the next token or fills a mask"
    tail = tail_of(engine)
    return tail.why_not if tail.after_backbone is None else ""


def why_no_lens(engine: Engine) -> str:
    """Why a layer's states can't be sent through the model's end, for people; empty where they can."""
    return why_no_head(engine) or tail_of(engine).why_not


def _predicts(engine: Engine) -> bool:
    return predicts_next(engine) or fills_masks(engine)


def _scores(states: np.ndarray, cut: Cut, engine: Engine) -> np.ndarray:
    if states.shape[1] != cut.d_model:
        raise ReaderError(f"the head reads vectors of {cut.d_model} numbers, got {states.shape[1]}")
    given = torch.from_numpy(np.array(states))
    with failing_as(engine.name):
        return cut.scores(given, engine.model).numpy()
