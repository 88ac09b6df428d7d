"""One text through one model as NumPy arrays: a capture, and what each of its layers was handed.

A layer stores its inputs (q, k, v after RoPE, mask, bias, scale). Weights, context and head output follow
from these through the very core that ran, so they are computed when looked at: a thousand tokens in
thirty layers would otherwise be gigabytes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace, attention
from attention_core.errors import ReaderError
from attention_core.heads import grouped_attention, merge_heads, of_head, sink_of_head
from attention_core.pretrained.run import terms_of
from attention_core.pretrained.short_repr import short_repr
from attention_core.pretrained.token import Token, places_of

# what a model may do to its embeddings on the way to layer 0 (entrance.py)
POSITION, SEGMENT, NORM = "position", "segment", "norm"


@dataclass(frozen=True)
class LayerCapture:
    """What one attention layer was handed, and what follows from it."""

    kind: str  # "encoder", "decoder" (causal) or "cross"
    name: str  # the layer's path in the model
    q: Float[np.ndarray, "n_heads n_q d_head"]
    k: Float[np.ndarray, "n_kv_heads n_k d_head"]
    v: Float[np.ndarray, "n_kv_heads n_k d_v"]
    mask: Bool[np.ndarray, "*#heads n_q n_k"] | None
    bias: Float[np.ndarray, "*#heads n_q n_k"] | None
    scale: float
    W_O: Float[np.ndarray, "o_size d_model"] | None  # None where no matrix reads the merged heads
    why_no_W_O: str = ""  # in words, where there is none
    softcap: float | None = None
    sinks: Float[np.ndarray, " n_heads"] | None = None
    b_O: Float[np.ndarray, " d_model"] | None = None  # None where nothing is added behind W_O

    __repr__ = short_repr

    @property
    def n_heads(self) -> int:
        return self.q.shape[0]

    @property
    def terms(self) -> dict[str, Any]:
        """Soft cap and sinks by name; nothing where the family has neither."""
        return terms_of(self.softcap, self.sinks)

    @property
    def group_size(self) -> int:
        """How many query heads share one key-value head."""
        return self.n_heads // self.k.shape[0]

    @property
    def trace(self) -> AttentionTrace:
        """All heads of the layer through the core: the same function on the same numbers as in the run."""
        return grouped_attention(
            self.q, self.k, self.v, self.mask, self.bias, self.scale, **self.terms
        )

    def head_trace(self, head: int) -> AttentionTrace:
        """One head alone, which is all that a page looks at."""
        kv_head = head // self.group_size
        return attention(
            self.q[head],
            self.k[kv_head],
            self.v[kv_head],
            of_head(self.mask, head),
            of_head(self.bias, head),
            self.scale,
            softcap=self.softcap,
            sinks=sink_of_head(self.sinks, head),
        )

    @property
    def weights(self) -> Float[np.ndarray, "n_heads n_q n_k"]:
        return self.trace.weights

    @property
    def context(self) -> Float[np.ndarray, "n_heads n_q d_v"]:
        return self.trace.context

    @property
    def head_output(self) -> Float[np.ndarray, "n_heads n_q d_model"]:
        """What each head adds to the layer's output: context_h W_O_h; their sum (and W_O's bias) is the output.

        Raises ValueError where the layer has no W_O.
        """
        if self.W_O is None:
            raise ReaderError(f"{self.name} offers no head outputs: {self.why_no_W_O}")
        o_size, d_model = self.W_O.shape
        return self.context @ self.W_O.reshape(self.n_heads, o_size // self.n_heads, d_model)

    def projected(
        self, context: Float[np.ndarray, "n_heads n_q d_v"]
    ) -> Float[np.ndarray, "n_q d_model"] | None:
        """Concat(context) W_O + b_O, the output of the attention layer; None where the layer has no W_O."""
        if self.W_O is None:
            return None
        output: np.ndarray = merge_heads(context) @ self.W_O
        return output if self.b_O is None else output + self.b_O


@dataclass(frozen=True)
class WeightsOnly:
    """A layer of a family that the seam does not reach: the library's weights, and nothing of how they came about."""

    kind: str
    name: str
    weights: Float[np.ndarray, "n_heads n_q n_k"]
    mask: Bool[np.ndarray, "n_q n_k"] | None = None  # as `seen_keys` reads it off the weights

    __repr__ = short_repr

    @property
    def n_heads(self) -> int:
        return self.weights.shape[0]

    def head_trace(self, head: int) -> None:
        """There is none: only the library knows how these weights came about."""


Layer = LayerCapture | WeightsOnly


@dataclass(frozen=True)
class Capture:
    """One text through one model. In every layer rows are queries, columns are keys, both in the order of the tokens."""

    model_id: str
    text: str
    tokens: tuple[Token, ...]
    target_tokens: tuple[Token, ...]  # what the decoder of an encoder–decoder model was given
    n_tokens_in_text: int
    left_out: str  # the end of the text that did not fit the model
    x: Float[np.ndarray, "n_tokens d_embedding"]  # the model's input embeddings, before positions
    layers: tuple[Layer, ...]
    inputs: dict[str, list[int]]
    output: Float[np.ndarray, "n_out d_model"]  # the backbone's last hidden state

    __repr__ = short_repr

    @property
    def places(self) -> list[tuple[int, int]]:
        """Where each of `tokens` stands in the text."""
        return places_of(self.tokens)

    def asks_itself(self, layer: Layer) -> bool:
        """Whether the rows and the columns of a layer are both `tokens`: not the target's, not cross-attention."""
        return self.queries(layer) is self.tokens is self.keys(layer)

    def queries(self, layer: Layer) -> tuple[Token, ...]:
        """The tokens of a layer's rows: the target's in an encoder–decoder model's decoder and cross-attention."""
        return self.target_tokens if self.target_tokens and layer.kind != "encoder" else self.tokens

    def keys(self, layer: Layer) -> tuple[Token, ...]:
        """The tokens of a layer's columns: the target's in an encoder–decoder model's decoder."""
        return self.target_tokens if self.target_tokens and layer.kind == "decoder" else self.tokens


def frozen(array: np.ndarray) -> np.ndarray:
    """A read-only view: captures are shared by all readers."""
    view = array.view()
    view.setflags(write=False)
    return view
