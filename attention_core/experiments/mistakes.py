"""The ten mistakes made in a real model and in a toy: what each run ends in, and which rules it breaks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.broken import NAMES, function_of
from attention_core.analysis.invariants import RIGHT, Violations, violations_of
from attention_core.experiments.changed_run import moved
from attention_core.heads import repeat_kv
from attention_core.pretrained import loading, outcome
from attention_core.pretrained.interventions import Attend, computed_by
from attention_core.pretrained.layers import LayerCapture
from attention_core.pretrained.run import Outcome, Run
from attention_core.toy.equipped import equipped
from attention_core.toy.scenario import Scenario

MOST_MEASURED = 64  # tokens of a layer on which rules are measured: they hold for any
ByMistake = Mapping[str, Violations]  # and of the right attention


@dataclass(frozen=True)
class Moved:
    """How far a mistake moves the result: bits of KL, or 1 − cos of the mean vector; nan: no result."""

    amount: float
    likeliest: int | None  # token; None where none is predicted


def with_mistake(name: str, layers: Collection[int], angles: np.ndarray | None) -> Attend:
    """The attention with this mistake in these layers; `angles` are the model's RoPE angles, if it has them."""
    return computed_by(function_of(name, angles), layers)


def moved_by(
    ids: list[int], loaded: loading.LoadedModel, control: Outcome, attends: Sequence[Attend]
) -> tuple[Moved, ...]:
    """How far each mistake moves the result, all in one pass."""
    ends = outcome.outcomes(ids, loaded, [Run(attend) for attend in attends])
    return tuple(_moved(control, end) for end in ends)


def _moved(control: Outcome, changed: Outcome) -> Moved:
    logits = changed.logits
    has_numbers = logits is not None and np.isfinite(logits).all()
    likeliest = int(logits.argmax()) if logits is not None and has_numbers else None
    return Moved(moved(control, changed), likeliest)


def violations_in_layer(
    layer: LayerCapture, names: Collection[str], angles: np.ndarray | None
) -> dict[str, Violations]:
    """Of the right attention and of each mistake, on the first tokens of what a real layer was handed."""
    n = min(MOST_MEASURED, layer.q.shape[1])
    k, v = (repeat_kv(each[:, :n], layer.group_size) for each in (layer.k, layer.v))
    mask, bias = (None if each is None else each[..., :n, :n] for each in (layer.mask, layer.bias))
    angles = None if angles is None else angles[:n]
    q = layer.q[:, :n]
    return {
        name: violations_of(name, q, k, v, mask, bias, layer.scale, angles, **layer.terms)
        for name in (RIGHT, *names)
    }


def violations_in_toy(scenario: Scenario, needs: Mapping[str, str | None]) -> dict[str, Violations]:
    """The same in the toy, in every head: of each mistake whose need (see `equipped`) it can be given."""
    found = {}
    for name in (RIGHT, *NAMES):
        toy = equipped(scenario, needs.get(name))
        if toy.lacks is None:
            found[name] = violations_of(
                name, toy.q, toy.k, toy.v, toy.mask, None, toy.scale, toy.angles
            )
    return found


def worst_first(moved: Mapping[str, Moved]) -> list[str]:
    """All ten names. No result at all is worst; a mistake that cannot be made stands last."""

    def order(name: str) -> float:
        if name not in moved:
            return np.inf
        amount = moved[name].amount
        return -amount if np.isfinite(amount) else -np.inf

    return sorted(NAMES, key=order)
