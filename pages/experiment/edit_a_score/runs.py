"""Runs with one row edited, kept for all readers: a key says all that makes a result. Weights travel as bytes."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.edited_row import SCORES
from attention_core.experiments.changed_run import moved
from attention_core.pretrained.interventions import with_scores, with_weights
from attention_core.pretrained.run import Outcome
from pages.ui.server import models
from pages.ui.server.cache import cached

Row = tuple[int, bytes]  # a head, and the weights of its row as float64


@cached(max_entries=64)
def changed(
    model_id: str, text: str, layer: int, head: int, q_pos: int, kind: str, numbers: bytes
) -> Outcome:
    """The model after one row got other scores or weights. Alone, as the control is, so that what
    the change does not reach stays the same to the last digit.
    """
    with_row = with_scores if kind == SCORES else with_weights
    return models.run_all(model_id, text, [with_row(layer, head, q_pos, np.frombuffer(numbers))])[0]


@cached(max_entries=256)
def effects(
    model_id: str, text: str, layer: int, q_pos: int, rows: tuple[Row, ...]
) -> tuple[float, ...]:
    """How far the result moves for each row of weights, in a head of the layer each, all in one pass."""
    outcomes = models.run_all(
        model_id,
        text,
        [with_weights(layer, head, q_pos, np.frombuffer(row)) for head, row in rows],
    )
    control = models.control(model_id, text)
    return tuple(moved(control, outcome) for outcome in outcomes)
