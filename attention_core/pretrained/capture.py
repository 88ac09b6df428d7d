"""Everything a model's attention did to one text, as NumPy arrays. Nothing is drawn, kept or decided here.

A capture stores what each layer was handed (q, k, v after RoPE, mask, bias, scale). Weights, context and
head output follow from these through the very core that ran, so they are computed when looked at:
a thousand tokens in thirty layers would otherwise be gigabytes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from attention_core.attention import AttentionTrace, attention
from attention_core.heads import of_head, repeat_kv
from attention_core.pretrained.loading import Engine, Inputs, LoadedModel, all_weights
from attention_core.pretrained.seam import AttentionCall, Run, core_attention
from attention_core.pretrained.tokens import Token, tokenize


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
    W_O: (
        Float[np.ndarray, "o_size d_model"] | None
    )  # None where the layer has no linear layer behind it

    @property
    def n_heads(self) -> int:
        return self.q.shape[0]

    @property
    def group_size(self) -> int:
        """How many query heads share one key-value head."""
        return self.n_heads // self.k.shape[0]

    @property
    def trace(self) -> AttentionTrace:
        """All heads of the layer through the core: the same function on the same numbers as in the run."""
        k, v = repeat_kv(self.k, self.group_size), repeat_kv(self.v, self.group_size)
        return attention(self.q, k, v, self.mask, self.bias, self.scale)

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
            raise ValueError(f"{self.name} has no output projection that is known here")
        o_size, d_model = self.W_O.shape
        return self.context @ self.W_O.reshape(self.n_heads, o_size // self.n_heads, d_model)


@dataclass(frozen=True)
class WeightsOnly:
    """A layer of a family that the seam does not reach: the library's weights, and nothing of how they came about."""

    kind: str
    name: str
    weights: Float[np.ndarray, "n_heads n_q n_k"]

    @property
    def n_heads(self) -> int:
        return self.weights.shape[0]


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

    def queries(self, layer: Layer) -> tuple[Token, ...]:
        """The tokens of a layer's rows: the target's in an encoder–decoder model's decoder and cross-attention."""
        return self.target_tokens if self.target_tokens and layer.kind != "encoder" else self.tokens

    def keys(self, layer: Layer) -> tuple[Token, ...]:
        """The tokens of a layer's columns: the target's in an encoder–decoder model's decoder."""
        return self.target_tokens if self.target_tokens and layer.kind == "decoder" else self.tokens


def capture(text: str, loaded: LoadedModel, target: str = "") -> Capture:
    """Run the model on `text` with our core as its attention, in one pass, and keep what every layer was handed.

    `target` is the decoder's text in an encoder–decoder model. Raises ValueError for a blank text.
    """
    source = tokenize(text, loaded.tokenizer, loaded.max_tokens)
    inputs = {"input_ids": source.ids}
    target_tokens: tuple[Token, ...] = ()
    if loaded.engine.model.config.is_encoder_decoder:
        inputs["decoder_input_ids"], target_tokens = _target(target, loaded)
    layers, output = capture_layers(loaded.engine, as_tensors(inputs))
    x = input_embeddings(source.ids, loaded)
    return Capture(
        loaded.model_id, text, source.tokens, target_tokens, source.n_tokens_in_text,
        source.left_out, x, layers, inputs, output,
    )  # fmt: skip


def capture_layers(engine: Engine, inputs: Inputs) -> tuple[tuple[Layer, ...], np.ndarray]:
    """The layers and the backbone's output of one pass: our core's where the seam is reached, else the library's."""
    if not engine.through_seam:
        outputs = engine.forward(inputs, Run(), output_attentions=True)
        return tuple(_weights_only(outputs)), final_state(outputs)
    layers: list[Layer] = []
    run = Run(core_attention, lambda call, _: layers.append(_layer(call, engine)))
    outputs = engine.forward(inputs, run)
    return tuple(layers), final_state(outputs)


def input_embeddings(
    ids: list[int], loaded: LoadedModel
) -> Float[np.ndarray, "n_tokens d_embedding"]:
    """The model's learned vector of each token, before positions and before any layer."""
    embed = loaded.engine.model.get_input_embeddings()
    return _frozen(embed.get_parameter("weight")[ids].numpy())


def as_tensors(inputs: dict[str, list[int]]) -> Inputs:
    return {name: torch.tensor([ids]) for name, ids in inputs.items()}


def final_state(outputs: Any) -> Float[np.ndarray, "n_out d_model"]:
    """What the pass ends in: the last hidden state or, where only they are offered, the logits."""
    state = outputs.get("last_hidden_state")
    return _frozen((outputs["logits"] if state is None else state)[0].numpy())


def _weights_only(outputs: Any) -> Iterator[WeightsOnly]:
    seen: Counter[str] = Counter()
    for stack, tensor in all_weights(outputs):
        weights = _frozen(tensor[0].numpy())
        # where there is one stack, only its weights tell what it is: a decoder's have no future
        causal = "attentions" in outputs and not np.triu(weights, 1).any()
        kind = "decoder" if causal else stack
        yield WeightsOnly(kind, f"{kind} {seen[kind]}", weights)
        seen[kind] += 1


def _layer(call: AttentionCall, engine: Engine) -> LayerCapture:
    name = engine.module_names[id(call.module)]
    return LayerCapture(
        _kind(call.module, name, engine.model.config.is_encoder_decoder),
        name,
        _frozen(call.q),
        _frozen(call.k),
        _frozen(call.v),
        None if call.mask is None else _frozen(call.mask),
        None if call.bias is None else _frozen(call.bias),
        call.scale,
        _output_weights(call.module, name, engine),
    )


def _kind(module: nn.Module, name: str, two_stacks: bool) -> str:
    if any(word in name for word in ("EncDecAttention", "encoder_attn", "crossattention")):
        return "cross"
    if two_stacks:
        return "decoder" if "decoder" in name else "encoder"
    return "decoder" if getattr(module, "is_causal", False) else "encoder"


def _output_weights(module: nn.Module, name: str, engine: Engine) -> np.ndarray | None:
    """W_O as (in, out): a linear layer of the attention module itself or, in BERT's manner, beside it."""
    for attribute in ("o_proj", "out_proj", "out_lin", "c_proj", "Wo", "dense", "o"):
        linear = getattr(module, attribute, None)
        if linear is not None:
            break
    else:
        parent = engine.backbone.get_submodule(name.rpartition(".")[0])
        linear = getattr(getattr(parent, "output", None), "dense", None)
    if linear is None or isinstance(linear, nn.Identity):
        return None
    weight = linear.weight.numpy()
    # Conv1D (GPT-2) stores (in, out), Linear the transpose
    return _frozen(weight if type(linear).__name__ == "Conv1D" else weight.T)


def _target(target: str, loaded: LoadedModel) -> tuple[list[int], tuple[Token, ...]]:
    """The decoder's input: its start token, then the target text."""
    start = loaded.engine.model.config.decoder_start_token_id
    begin = Token(str(loaded.tokenizer.convert_ids_to_tokens(start)), 0, 0, None)
    if not target.strip():
        return [start], (begin,)
    cut = tokenize(target, loaded.tokenizer, loaded.max_tokens - 1)
    return [start, *cut.ids], (begin, *cut.tokens)


def _frozen(array: np.ndarray) -> np.ndarray:
    """A read-only view: captures are shared by all readers."""
    view = array.view()
    view.setflags(write=False)
    return view
