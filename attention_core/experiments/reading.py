"""What experiments on heads share: which layers count, whose heads are whose, what a mask allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from attention_core.heads import grouped_attention
from attention_core.pretrained import capture, loading, target, tokens
from attention_core.pretrained.layers import Capture, Layer, LayerCapture


@dataclass(frozen=True)
class Places:
    """Which layer and head each row of a result belongs to; layers that look at another text are left out."""

    layers: np.ndarray
    heads: np.ndarray
    is_causal: bool

    def __len__(self) -> int:
        return len(self.layers)

    def index(self, layer: int, head: int) -> int | None:
        """The row of a head; None if the text does not look at itself there."""
        rows = np.flatnonzero((self.layers == layer) & (self.heads == head))
        return int(rows[0]) if len(rows) else None

    def grid(self, values: np.ndarray) -> np.ndarray:
        """(n_layers, most heads): NaN where there is no such head."""
        grid = np.full((self.layers.max() + 1, self.heads.max() + 1), np.nan)
        grid[self.layers, self.heads] = values
        return grid


def self_attending_layers(read: Capture) -> list[tuple[int, Layer]]:
    """The layers in which the text looks at itself, with their number in the model."""
    return [(i, layer) for i, layer in enumerate(read.layers) if read.asks_itself(layer)]


def places_of(layers: Sequence[tuple[int, Layer]]) -> Places:
    return Places(
        np.concatenate([np.full(layer.n_heads, i) for i, layer in layers]),
        np.concatenate([np.arange(layer.n_heads) for _, layer in layers]),
        any(layer.kind == "decoder" for _, layer in layers),
    )


def query_rows(layer: Layer, pieces: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The weights of a few queries in all heads, and which keys they may see."""
    if not hasattr(layer, "q"):
        mask = layer.mask
        rows = layer.weights[:, pieces]
        return rows, np.ones(rows.shape[1:], bool) if mask is None else mask[pieces]
    layer = cast("LayerCapture", layer)
    mask, bias = (
        each if each is None else each[..., pieces, :] for each in (layer.mask, layer.bias)
    )
    rows = grouped_attention(
        layer.q[:, pieces], layer.k, layer.v, mask, bias, layer.scale, **layer.terms
    ).weights
    return rows, np.ones(rows.shape[1:], bool) if mask is None else mask


def added(loaded: loading.LoadedModel) -> tuple[list[int], list[int]]:
    """The tokens that the model adds before and after a text."""
    read = tokens.tokenize("a", loaded.tokenizer, loaded.max_tokens)
    own = [i for i, token in enumerate(read.tokens) if not token.is_special]
    return read.ids[: own[0]], read.ids[own[-1] + 1 :]


def run_ids(ids: list[int], loaded: loading.LoadedModel) -> list[tuple[int, Layer]]:
    """A pass on tokens that no text stands for; of an encoder–decoder model, the encoder's layers."""
    inputs, config = {"input_ids": ids}, loaded.engine.model.config
    if config.is_encoder_decoder:
        inputs["decoder_input_ids"] = [target.decoder_start(loaded.engine.model)]
    layers, _ = capture.capture_layers(loaded.engine, capture.as_tensors(inputs))
    return [
        (i, layer) for i, layer in enumerate(layers)
        if not config.is_encoder_decoder or layer.kind == "encoder"
    ]  # fmt: skip
