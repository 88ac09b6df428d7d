"""The weights of several texts of equally many tokens, from one pass. What is made of them is the caller's business."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from attention_core.pretrained.capture import as_tensors, capture_layers
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.run import AttentionCall, Run, core_attention
from attention_core.pretrained.target import decoder_start


@dataclass(frozen=True)
class LayerWeights:
    """One layer in which a text looks at itself: its place in the model, its weights, its mask."""

    layer: int
    weights: Float[np.ndarray, "n_heads n_tokens n_tokens"]
    mask: Bool[np.ndarray, "*#heads n_tokens n_tokens"] | None


def weights_of(texts: Sequence[list[int]], engine: Engine) -> list[list[LayerWeights]]:
    """For each text, given as token ids, its layers; of an encoder–decoder model those of the encoder.

    Every text is attended to by a run of its own, so it sees no other. Raises ValueError unless all have
    as many tokens: shorter ones would need padding. All weights of all texts are held at a time.
    """
    if len({len(ids) for ids in texts}) != 1:
        raise ValueError(f"texts of {sorted({len(ids) for ids in texts})} tokens in one pass")
    if not engine.through_seam:  # such families return their weights, one text at a time
        return [_alone(ids, engine) for ids in texts]
    found: list[list[LayerWeights]] = [[] for _ in texts]
    inputs = {"input_ids": torch.tensor(list(texts))}
    if engine.model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.full((len(texts), 1), decoder_start(engine.model))
    engine.forward(inputs, *(_listening(kept, engine) for kept in found))
    return found


def _listening(kept: list[LayerWeights], engine: Engine) -> Run:
    two_stacks = engine.model.config.is_encoder_decoder

    def keep(call: AttentionCall, weights: np.ndarray) -> None:
        if not two_stacks or engine.places[call.layer].kind == "encoder":
            kept.append(LayerWeights(call.layer, weights, call.mask))

    return Run(core_attention, keep)


def _alone(ids: list[int], engine: Engine) -> list[LayerWeights]:
    layers, _ = capture_layers(engine, as_tensors({"input_ids": ids}))
    return [LayerWeights(i, layer.weights, layer.mask) for i, layer in enumerate(layers)]
