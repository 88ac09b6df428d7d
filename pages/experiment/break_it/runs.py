"""Runs of a model with a mistake inside, and how far each mistake is from what every attention keeps to. Kept for all readers.

A key says all that makes a result: model, text, mistake, the layers it is made in, and what is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.analysis.broken import NAMES, ROPE, function_of
from attention_core.analysis.invariants import RIGHT, Violations, violations_of
from attention_core.heads import repeat_kv
from attention_core.pretrained import outcome as ends
from attention_core.pretrained import rope as ropes
from attention_core.pretrained.interventions import Attend, computed_by
from attention_core.pretrained.layers import LayerCapture
from attention_core.pretrained.run import AttentionCall, Outcome, Run
from pages.ui.server import models, runs
from pages.ui.server.cache import cached
from pages.ui.widgets.result import moved

MOST_MEASURED = 64  # tokens of a layer on which invariants are measured: they hold for any


@dataclass(frozen=True)
class BrokenRun:
    """A run with the mistake: what it ends in, and the weights of one head as they were in that run."""

    outcome: Outcome
    weights: np.ndarray  # (n_q, n_k)


@dataclass(frozen=True)
class Moved:
    """What a mistake does to the result: bits of KL, or how far the sentence's vector turned; nan: no result."""

    amount: float
    likeliest: int | None  # token; None where none is predicted


@cached(max_entries=8)
def rope(model_id: str) -> ropes.Rope:
    """How the model turns q and k, or why it is not known. The model must be loaded, here and below."""
    return ropes.rope_of(models.loaded(model_id).engine)


def why_not(model_id: str, name: str) -> str:
    """Why a mistake can't be made in this model; "" if it can."""
    return rope(model_id).why_not if name == ROPE else ""


@cached(max_entries=32)
def broken_run(
    model_id: str, text: str, name: str, layers: tuple[int, ...], layer: int, head: int
) -> BrokenRun:
    """One run with the mistake in `layers`, listened to in one head."""
    kept: list[np.ndarray] = []

    def keep(call: AttentionCall, weights: np.ndarray) -> None:
        if call.layer == layer:
            kept.append(weights[head].copy())

    ids = models.tokenized(model_id, text).ids
    loaded = models.loaded(model_id)
    (outcome,) = ends.outcomes(ids, loaded, [Run(_attend(model_id, text, name, layers), keep)])
    kept[0].setflags(write=False)
    return BrokenRun(outcome, kept[0])


@cached(max_entries=128)
def moved_by(
    model_id: str, text: str, names: tuple[str, ...], layers: tuple[int, ...]
) -> tuple[Moved, ...]:
    """What each of these mistakes does to the result, all in one pass."""
    control = runs.control(model_id, text)
    attends = [_attend(model_id, text, name, layers) for name in names]
    return tuple(_moved(control, each) for each in runs.run_all(model_id, text, attends))


@cached(max_entries=32)
def violations_in(model_id: str, text: str, layer: int) -> dict[str, Violations]:
    """Of the right attention and of each mistake, on what a real layer was handed."""
    captured = models.captured(model_id, text).layers[layer]
    assert isinstance(captured, LayerCapture)  # the model is reached through the seam
    n = min(MOST_MEASURED, captured.q.shape[1])
    k, v = (repeat_kv(each[:, :n], captured.group_size) for each in (captured.k, captured.v))
    mask, bias = (
        None if each is None else each[..., :n, :n] for each in (captured.mask, captured.bias)
    )
    angles = rope(model_id).angles(n)
    names = (name for name in (RIGHT, *NAMES) if not why_not(model_id, name))
    return {
        name: violations_of(
            name, captured.q[:, :n], k, v, mask, bias, captured.scale, angles, **captured.terms
        )
        for name in names
    }


def _attend(model_id: str, text: str, name: str, layers: tuple[int, ...]) -> Attend:
    n_tokens = len(models.tokenized(model_id, text).ids)
    angles = rope(model_id).angles(n_tokens) if name == ROPE else None
    return computed_by(function_of(name, angles), layers)


def _moved(control: Outcome, changed: Outcome) -> Moved:
    logits = changed.logits
    if logits is None or not np.isfinite(logits).all():
        return Moved(moved(control, changed), None)
    return Moved(moved(control, changed), int(logits.argmax()))
