"""What one pass does to attention: what a layer hands over, whose attention computes it, and who hears of it.

No torch is needed to say it; `seam` carries it out inside a model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace
from attention_core.errors import ReaderError
from attention_core.heads import grouped_attention


class UnsupportedAttention(ReaderError):
    """A layer asks for something that the core does not do, or hands over what is no attention. Its text says what."""


@dataclass(frozen=True)
class AttentionCall:
    """What one layer hands to attention: arrays, without the batch axis."""

    module: Any  # the library's layer, a torch module
    layer: int  # its place among the calls of the pass: the order of a capture's layers
    q: Float[np.ndarray, "n_heads n_q d_head"]
    k: Float[np.ndarray, "n_kv_heads n_k d_head"]
    v: Float[np.ndarray, "n_kv_heads n_k d_v"]
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None
    scale: float
    softcap: float | None = None  # Gemma 2
    sinks: Float[np.ndarray, " n_heads"] | None = None  # GPT-OSS

    @property
    def terms(self) -> dict[str, Any]:
        """What `attention` takes beyond the usual, by name; nothing where the family has neither."""
        return terms_of(self.softcap, self.sinks)


def terms_of(softcap: float | None, sinks: np.ndarray | None) -> dict[str, Any]:
    """Soft cap and sinks as `attention` is handed them: those that a family has."""
    terms = {"softcap": softcap, "sinks": sinks}
    return {name: term for name, term in terms.items() if term is not None}


def core_attention(call: AttentionCall) -> AttentionTrace:
    """The hand-written core on what a real layer was about to compute."""
    return grouped_attention(call.q, call.k, call.v, call.mask, call.bias, call.scale, **call.terms)


def ignore(call: AttentionCall, weights: np.ndarray) -> None:
    """The listener that listens to nothing."""


@dataclass(frozen=True)
class Run:
    """What one forward pass does in every layer: whose attention computes, and who is told of it."""

    attend: Callable[[AttentionCall], AttentionTrace] | None = None  # None: the library's own
    on_layer: Callable[[AttentionCall, np.ndarray], None] = ignore
    # told of the library's own attention: the call, its weights, its context (n_q, n_heads, d_v)
    on_context: Callable[[AttentionCall, np.ndarray, np.ndarray], None] | None = None


LIBRARY = Run()


@dataclass(frozen=True)
class Outcome:
    """The end of one run. Arrays are read-only."""

    states: Float[
        np.ndarray, "n_tokens d_model"
    ]  # after the last layer; of two stacks, the encoder
    logits: Float[np.ndarray, " n_vocabulary"] | None  # None where the model predicts no token
