"""Runs of a model with a mistake inside, cached for all readers. The model must be loaded."""

from __future__ import annotations

from attention_core.analysis.broken import NAMES, ROPE
from attention_core.analysis.invariants import Violations
from attention_core.experiments import changed_run, mistakes
from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.mistakes import Moved
from attention_core.pretrained import rope as ropes
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.layers import LayerCapture
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=8)
def rope(model_id: str) -> ropes.Rope:
    """How the model turns q and k, or why this is not known."""
    return ropes.rope_of(models.loaded(model_id).engine)


def why_not(model_id: str, name: str) -> str:
    """Why a mistake can't be made in this model; "" if it can."""
    return rope(model_id).why_not if name == ROPE else ""


@cached(max_entries=32)
def broken_run(
    model_id: str, text: str, name: str, layers: tuple[int, ...], layer: int, head: int
) -> ChangedRun:
    """The run with the mistake in `layers`, and in it the weights of one head."""
    ids, attend = models.tokenized(model_id, text).ids, _attend(model_id, text, name, layers)
    return changed_run.changed_run(ids, models.loaded(model_id), attend, layer, head)


@cached(max_entries=128)
def moved_by(
    model_id: str, text: str, names: tuple[str, ...], layers: tuple[int, ...]
) -> tuple[Moved, ...]:
    """How far each of these mistakes moves the result, all in one pass."""
    ids = models.tokenized(model_id, text).ids
    attends = [_attend(model_id, text, name, layers) for name in names]
    return mistakes.moved_by(ids, models.loaded(model_id), models.control(model_id, text), attends)


@cached(max_entries=32)
def violations_in(model_id: str, text: str, layer: int) -> dict[str, Violations]:
    """The rules that the right attention and each mistake break on what a real layer was handed."""
    captured = models.captured(model_id, text).layers[layer]
    assert isinstance(captured, LayerCapture)  # the model is reached through the seam
    names = [name for name in NAMES if not why_not(model_id, name)]
    angles = rope(model_id).angles(captured.q.shape[1])
    return mistakes.violations_in_layer(captured, names, angles)


def _attend(model_id: str, text: str, name: str, layers: tuple[int, ...]) -> Attend:
    angles = rope(model_id).angles(len(models.tokenized(model_id, text).ids))
    return mistakes.with_mistake(name, layers, angles)
