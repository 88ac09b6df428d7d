"""The same architecture with freshly initialised weights: what heads give that nobody has trained.

The library's own initialisation from the model's configuration, seeded. One such model at a time is there.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import cast

import torch
from transformers import PreTrainedModel

from attention_core.pretrained.conversion import building
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.own_attention import cover_methods
from attention_core.pretrained.seam import NAME

_one_at_a_time = Lock()


@contextmanager
def untrained(loaded: LoadedModel, seed: int) -> Iterator[LoadedModel]:
    """The model's backbone with random weights, for the time of the block. The same seed gives the same weights."""
    trained = loaded.engine
    backbone = cast(PreTrainedModel, trained.model.base_model)
    config = copy.deepcopy(backbone.config)
    with _one_at_a_time:
        with building, torch.random.fork_rng(devices=[]):  # the one generator of the process
            torch.manual_seed(seed)
            model = type(backbone)._from_config(
                config,
                attn_implementation=config._attn_implementation,  # as the trained one
                dtype=torch.float32,
            )
        model.eval().requires_grad_(False)
        if trained.through_seam and config._attn_implementation != NAME:
            cover_methods(model)
        yield replace(loaded, engine=replace(trained, model=model))


def bytes_untrained(loaded: LoadedModel) -> int:
    """What the random weights take while they are there."""
    return sum(4 * parameter.numel() for parameter in loaded.engine.backbone.parameters())
