"""A model's prediction head on any states: from vectors to a score for each token of the vocabulary.

It runs no layer. The head is the model's own code, on a private copy of its outer skin that shares all tensors.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

from attention_core.errors import ReaderError
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.failures import failing_as
from attention_core.pretrained.fill_mask import fills_masks
from attention_core.pretrained.prediction import predicts_next


class _Given(nn.Module):
    """Stands where the backbone was and hands out the states it was given, whatever it is asked."""

    def __init__(self, states: torch.Tensor) -> None:
        super().__init__()
        self.states = states

    @property
    def decoder(self) -> _Given:
        """OPT's head asks the stack inside its backbone."""
        return self

    def forward(self, *args: Any, **kwargs: Any) -> BaseModelOutputWithPastAndCrossAttentions:
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=self.states)


def head_logits(
    states: Float[np.ndarray, "n_states d_model"], engine: Engine
) -> Float[np.ndarray, "n_states n_vocabulary"]:
    """The scores that the model's head gives to states as they leave its backbone (the final norm included).

    All of the model's own forward pass around the backbone runs, because some families scale or cap
    the scores on the way. Raises ValueError for a model without such a head, and for states of another size.
    """
    model = engine.model
    unembedding = model.get_output_embeddings()
    if not (predicts_next(engine) or fills_masks(engine)) or unembedding is None:
        raise ReaderError(
            f"{type(model).__name__} has no head that predicts the next token or fills a mask"
        )
    weight = unembedding.get_parameter("weight")
    d_model = weight.shape[1]
    if states.shape[1] != d_model:
        raise ReaderError(f"the head reads vectors of {d_model} numbers, got {states.shape[1]}")
    given = torch.from_numpy(np.array(states)).to(weight.dtype)[None]
    with failing_as(engine.name), torch.inference_mode():
        outputs = _skin(model, _Given(given))(
            input_ids=torch.zeros((1, len(states)), dtype=torch.long)
        )
    return outputs.logits[0].numpy()


def final_norm(engine: Engine) -> nn.Module | None:
    """The normalisation between the last layer and the head; None where a family has none (post-norm).

    It stands beside the list of layers; a norm of the embeddings (BLOOM's) is another one.
    """
    stack = getattr(engine.backbone, "decoder", engine.backbone)
    norms = [
        module
        for name, module in stack.named_children()
        if "norm" in type(module).__name__.lower() and "embed" not in name
    ]
    return norms[-1] if norms else None


def _skin(model: PreTrainedModel, backbone: nn.Module) -> nn.Module:
    """The model with another backbone; the shared one is not touched, for others are reading with it."""
    skin = copy.copy(model)
    skin._modules = {**model._modules, model.base_model_prefix: backbone}
    return skin
