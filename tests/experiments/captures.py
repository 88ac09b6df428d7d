"""A capture made by hand: a text, where its tokens stand, and layers with nothing but weights and a mask."""

import numpy as np

from attention_core.pretrained.layers import Capture, WeightsOnly
from attention_core.pretrained.token import Token


def capture_of(
    text: str, places: list[tuple[int, int]], masks: tuple[np.ndarray | None, ...] = (None,)
) -> Capture:
    """One layer with two uniform heads for each of `masks`."""
    tokens = tuple(Token(text[start:end], start, end, None) for start, end in places)
    n = len(tokens)
    weights = np.full((2, n, n), 1 / n, dtype=np.float32)
    layers = tuple(WeightsOnly("encoder", f"{i}", weights, mask) for i, mask in enumerate(masks))
    x = np.zeros((n, 1), dtype=np.float32)
    return Capture("model", text, tokens, (), n, "", x, layers, {}, x)
