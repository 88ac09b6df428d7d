"""Thin adapters from ONNX's operators to the core: batch and 3-d layout, padded keys, a past, local windows.

What they add is layout and masks only; each number comes from the core.
"""

from typing import Any

import numpy as np

from attention_core.attention import AttentionTrace
from attention_core.heads import grouped_attention, merge_heads, split_heads
from attention_core.masks import sees_the_past
from attention_core.positions import apply_rope
from attention_core.softmax import softmax

QK_OUTPUTS = ("scaled_scores", "capped_scores", "masked_scores", "weights")  # by mode


def onnx_attention(inputs: dict[str, np.ndarray], attributes: dict[str, Any]) -> list[np.ndarray]:
    """Y, present_key, present_value and qk_matmul_output of ONNX's Attention (opset 25)."""
    q, k, v = inputs["Q"], inputs["K"], inputs["V"]
    flat = q.ndim == 3
    if flat:
        q = split_heads(q, attributes["q_num_heads"])
        k, v = (split_heads(each, attributes["kv_num_heads"]) for each in (k, v))
    past = inputs["past_key"].shape[2] if "past_key" in inputs else 0
    if past:
        k = np.concatenate([inputs["past_key"], k], axis=2)
        v = np.concatenate([inputs["past_value"], v], axis=2)
    n_q, n_k = q.shape[2], k.shape[2]
    mask, bias = _mask_and_bias(inputs.get("attn_mask"), n_q, n_k)
    allowed = _allowed(inputs.get("nonpad_kv_seqlen"), past, n_q, n_k, attributes)
    trace = grouped_attention(
        q, k, v,
        allowed if mask is None else allowed & mask,
        bias,
        attributes.get("scale"),
        softcap=attributes.get("softcap") or None,  # ONNX says 0 for none
    )  # fmt: skip
    y = merge_heads(trace.context) if flat else trace.context
    return [y, k, v, _seen(trace, attributes.get("qk_matmul_output_mode", 0))]


def _mask_and_bias(
    attn_mask: np.ndarray | None, n_q: int, n_k: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """ONNX has one input for both, which may be short of keys or stretch over queries."""
    if attn_mask is None:
        return None, None
    boolean = attn_mask.dtype == bool
    short = [(0, 0)] * (attn_mask.ndim - 1) + [(0, n_k - attn_mask.shape[-1])]
    padded = np.pad(attn_mask, short, constant_values=False if boolean else -np.inf)
    padded = np.broadcast_to(padded, np.broadcast_shapes(padded.shape, (n_q, n_k)))
    return (padded, None) if boolean else (None, padded)


def _allowed(
    lengths: np.ndarray | None, past: int, n_q: int, n_k: int, attributes: dict[str, Any]
) -> np.ndarray:
    """Causal order, local windows and padded keys, by position in the text; one mask for each sequence."""
    first = np.array([past]) if lengths is None else lengths - n_q  # position of the first query
    q_pos = (first[:, None] + np.arange(n_q))[:, None, :, None]
    k_pos = np.arange(n_k)[None, None, None, :]
    allowed = np.ones((len(first), 1, n_q, n_k), dtype=bool)
    if attributes.get("is_causal"):
        allowed &= sees_the_past(q_pos, k_pos)
    if (left := attributes.get("left_window_size", -1)) >= 0:
        allowed &= q_pos - k_pos <= left
    if (right := attributes.get("right_window_size", -1)) >= 0:
        allowed &= k_pos - q_pos <= right
    if lengths is not None:
        allowed &= k_pos < lengths[:, None, None, None]
    return allowed


def _seen(trace: AttentionTrace, mode: int) -> np.ndarray:
    return getattr(trace, QK_OUTPUTS[mode])


def onnx_softmax(inputs: dict[str, np.ndarray], attributes: dict[str, Any]) -> list[np.ndarray]:
    return [softmax(inputs["x"], axis=attributes.get("axis", -1))]


def onnx_rotary(inputs: dict[str, np.ndarray], attributes: dict[str, Any]) -> list[np.ndarray]:
    """ONNX's RotaryEmbedding. Its caches need not be a cosine and a sine: a pair is turned and made longer.

    (cos, sin) = r · (cos θ, sin θ), so the core turns by θ, and the adapter multiplies by r.
    """
    x, cos, sin = inputs["input"], inputs["cos_cache"], inputs["sin_cache"]
    flat = x.ndim == 3
    heads = split_heads(x, attributes["num_heads"]) if flat else x
    if "position_ids" in inputs:
        cos, sin = cos[inputs["position_ids"]], sin[inputs["position_ids"]]
    size = attributes.get("rotary_embedding_dim") or heads.shape[-1]
    turned = heads[..., :size]
    if attributes.get("interleaved"):  # neighbours are a pair: bring them to the core's halves
        turned = np.concatenate([turned[..., ::2], turned[..., 1::2]], axis=-1)
    angles, lengths = np.arctan2(sin, cos), np.hypot(sin, cos)
    rotated = np.stack([
        apply_rope(sequence, theta) * np.concatenate([r, r], axis=-1)
        for sequence, theta, r in zip(turned, angles, lengths, strict=True)
    ])  # fmt: skip
    if attributes.get("interleaved"):
        rotated = np.stack(np.split(rotated, 2, axis=-1), axis=-1).reshape(rotated.shape)
    whole = np.concatenate([rotated, heads[..., size:]], axis=-1)
    return [merge_heads(whole) if flat else whole]
