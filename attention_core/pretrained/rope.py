"""By which angles a loaded model really turns its q and k (RoPE), found by a pass and not by a list of families.

Turning them otherwise is not done here; see `attention_core.analysis.broken`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from attention_core.positions import apply_rope
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.run import AttentionCall, Run, core_attention

NAME = "inv_freq"  # what the library calls the angle of each pair at position 1
PROBE_IDS = [1, 2, 3]
FAR = 5  # tokens by which the probe is moved
AGREEMENT = 1e-3  # of the largest number in q or k; rounding is a thousandth of it
NO_ROPE = "no RoPE is found in it: positions get in another way, not by turning q and k"
MANY = "its layers turn q and k by different angles"
NOT_HALVES = (
    "its layers do not all turn the whole of q and k in half-split pairs, as the core's RoPE does"
)


@dataclass(frozen=True)
class Rope:
    """How a model turns q and k in every layer: by pos · frequencies, in half-split pairs. Or why this is not known."""

    frequencies: Float[np.ndarray, " half"] | None
    why_not: str = ""  # goes on after "…, because "

    def angles(self, n_tokens: int) -> Float[np.ndarray, "n_tokens half"] | None:
        """θ[pos, i] = pos · frequency_i, in float32 as the library has it."""
        if self.frequencies is None:
            return None
        return np.arange(n_tokens, dtype=np.float32)[:, None] * self.frequencies


def rope_of(engine: Engine) -> Rope:
    """Find the model's angles and prove them: the same tokens, five positions on, must have q and k turned by 5 · them.

    RoPE makes scores depend on distance alone, so nothing else changes when all positions move, in any layer.
    """
    buffers = [(name.rpartition(".")[2], b) for name, b in engine.backbone.named_buffers()]
    found = [buffer.numpy() for name, buffer in buffers if name == NAME]
    if not any(NAME in name for name, _ in buffers):
        return Rope(None, NO_ROPE)
    if not found or any(not np.array_equal(each, found[0]) for each in found):
        return Rope(None, MANY)
    frequencies = frozen(found[0].astype(np.float32))
    is_so = _turns_by(engine, frequencies)
    return Rope(frequencies) if is_so else Rope(None, NOT_HALVES)


def _turns_by(engine: Engine, frequencies: Float[np.ndarray, " half"]) -> bool:
    here, there = _calls(engine)
    angles = np.full((len(PROBE_IDS), 1), FAR, dtype=np.float32) * frequencies
    return all(
        _is_turned(getattr(a, name), getattr(b, name), angles)
        for a, b in zip(here, there, strict=True)
        for name in ("q", "k")
    )


def _calls(engine: Engine) -> tuple[list[AttentionCall], list[AttentionCall]]:
    """What each layer is handed for the probe at its own positions, and FAR positions on, in one pass."""
    positions = torch.arange(len(PROBE_IDS))
    here: list[AttentionCall] = []
    there: list[AttentionCall] = []
    engine.forward(
        {
            "input_ids": torch.tensor([PROBE_IDS, PROBE_IDS]),
            "position_ids": torch.stack([positions, positions + FAR]),
        },
        Run(core_attention, lambda call, _: here.append(call)),
        Run(core_attention, lambda call, _: there.append(call)),
    )
    return here, there


def _is_turned(
    before: Float[np.ndarray, "n_heads n_tokens d_head"],
    after: Float[np.ndarray, "n_heads n_tokens d_head"],
    angles: Float[np.ndarray, "n_tokens half"],
) -> bool:
    if 2 * angles.shape[1] != before.shape[-1]:
        return False
    allowed = AGREEMENT * np.abs(before).max()
    return bool(np.abs(apply_rope(before, angles) - after).max() <= allowed)
