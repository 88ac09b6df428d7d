"""Heads, edges or a token knocked out of one run of a model, and the effect on what the run ends in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.effects import log_probabilities
from attention_core.analysis.run_effects import Effect, effect_of
from attention_core.pretrained import head as prediction_head
from attention_core.pretrained import loading, outcome, ranking
from attention_core.pretrained.interventions import (
    Attend,
    Edge,
    Head,
    edges_to,
    without_edges,
    without_heads,
)
from attention_core.pretrained.run import Outcome


@dataclass(frozen=True)
class HeadsOut:
    """Whole heads hand over something else: see `without_heads`."""

    heads: tuple[Head, ...]
    instead: str


@dataclass(frozen=True)
class EdgesCut:
    """Some queries do not get what they took from some keys, in some heads (None: in all)."""

    edges: tuple[Edge, ...]
    heads: tuple[Head, ...] | None
    instead: str


@dataclass(frozen=True)
class TokenOut:
    """No other token gets anything from one token, in any head."""

    token: int  # its position
    n_tokens: int
    instead: str


Change = HeadsOut | EdgesCut | TokenOut


def attend_of(change: Change, means: Sequence[Float[np.ndarray, "n_heads d_v"]] = ()) -> Attend:
    """The attention of a run with this change; heads replaced by their mean need the `means` of `baseline`."""
    if isinstance(change, TokenOut):
        edges = edges_to(change.token, change.n_tokens)
        return without_edges(edges, None, change.instead)
    if isinstance(change, EdgesCut):
        heads = None if change.heads is None else set(change.heads)
        return without_edges(change.edges, heads, change.instead)
    return without_heads(change.heads, change.instead, means)


def effects(
    ids: list[int], loaded: loading.LoadedModel, control: Outcome, attends: Sequence[Attend]
) -> tuple[Effect, ...]:
    """The effect of each change, in a run of its own, beside the unchanged run."""
    at = outcome.predicted_at(ids, loaded)

    def reduce(end: Outcome) -> Effect:
        return effect_of(control.states, end.states, control.logits, end.logits, at)

    return tuple(ranking.of_each(ids, loaded, attends, reduce))


def chances(
    found: Sequence[Effect], token: int, loaded: loading.LoadedModel
) -> Float[np.ndarray, " n"]:
    """The probability of a token after each change, from the states in `found`: no layer runs again."""
    states = [effect.state for effect in found if effect.state is not None]
    logits = prediction_head.head_logits(np.stack(states), loaded.engine)
    return np.exp(log_probabilities(logits)[:, token])
