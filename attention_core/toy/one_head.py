"""The toy as one head, with what its scenario does not have: another order of words, positions, any mask.

The scenario's own heads and mask are left aside; its numbers, scale and temperature are used as they are.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from attention_core.attention import AttentionTrace, attention
from attention_core.heads import project
from attention_core.positions import apply_rope, rope_angles, sinusoidal_positions
from attention_core.toy.scenario import Scenario, projections

POSITIONS = ("none", "sinusoidal", "rope")


def in_order(
    scenario: Scenario,
    order: Int[np.ndarray, " n_tokens"],
    positions: str = "none",
    strength: float = 1.0,
) -> AttentionTrace:
    """Attention over the words in another order; order[i] is the old position of the word that now stands at i.

    "sinusoidal" adds strength · PE_i to the embedding at position i (Vaswani et al. 2017, §3.5), "rope" turns
    q_i and k_i by strength · θ_i (Su et al. 2021). Everyone sees everyone.
    Raises ValueError for an order that is none, and for a kind of positions that is not known.
    """
    n_tokens, d_model = scenario.x.shape
    if sorted(order.tolist()) != list(range(n_tokens)):
        raise ValueError(f"{order.tolist()} is no order of {n_tokens} tokens")
    if positions not in POSITIONS:
        raise ValueError(f"there are no positions “{positions}”: choose {', '.join(POSITIONS)}")
    x = scenario.x[order]
    if positions == "sinusoidal":
        x = x + strength * sinusoidal_positions(n_tokens, d_model)
    q, k, v = _project(scenario, x)
    if positions == "rope":
        angles = strength * rope_angles(n_tokens, d_model)
        q, k = apply_rope(q, angles), apply_rope(k, angles)
    return _attend(scenario, q, k, v, None)


def under_mask(
    scenario: Scenario, mask: Bool[np.ndarray, "n_tokens n_tokens"] | None
) -> AttentionTrace:
    """Attention over the words as they stand, where only the allowed pairs may attend (None: all)."""
    return _attend(scenario, *_project(scenario, scenario.x), mask)


def _project(
    scenario: Scenario, x: Float[np.ndarray, "n_tokens d_model"]
) -> tuple[
    Float[np.ndarray, "n_tokens d_model"],
    Float[np.ndarray, "n_tokens d_model"],
    Float[np.ndarray, "n_tokens d_model"],
]:
    """q, k and v of one head that is as wide as the embeddings."""
    one_head = replace(projections(scenario), n_heads=1)
    q, k, v = project(x, one_head)
    return q[0], k[0], v[0]


def _attend(
    scenario: Scenario,
    q: Float[np.ndarray, "n_tokens d_model"],
    k: Float[np.ndarray, "n_tokens d_model"],
    v: Float[np.ndarray, "n_tokens d_model"],
    mask: Bool[np.ndarray, "n_tokens n_tokens"] | None,
) -> AttentionTrace:
    scale = None if scenario.scaled else 1.0
    return attention(q, k, v, mask, scale=scale, temperature=scenario.temperature)
