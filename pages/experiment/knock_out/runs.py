"""Runs with something knocked out, kept for all readers: a key says all that makes a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.effects import log_probabilities
from attention_core.analysis.run_effects import Effect, effect_of
from attention_core.attention import AttentionTrace
from attention_core.pretrained import head as prediction_head
from attention_core.pretrained import interventions, loading, next_word, outcome, ranking
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.run import AttentionCall, Outcome
from pages.experiment.knock_out.state import Pair
from pages.ui.server import models, runs
from pages.ui.server.cache import Pieces, cached


@dataclass(frozen=True)
class HeadsOut:
    """Whole heads hand over something else."""

    heads: tuple[Pair, ...]
    instead: str


@dataclass(frozen=True)
class LooksCut:
    """Some queries do not get what they took from some keys, in some heads (None: in all)."""

    looks: tuple[Pair, ...]
    heads: tuple[Pair, ...] | None
    instead: str


@dataclass(frozen=True)
class WordOut:
    """No other token gets anything from one token, in any head."""

    word: int  # its position
    n_tokens: int
    instead: str


Change = HeadsOut | LooksCut | WordOut


@dataclass(frozen=True)
class Changed:
    """One changed run: what it ends in, and the weights that one head had in it."""

    outcome: Outcome
    weights: np.ndarray  # (n_q, n_k)


@cached(max_entries=16)
def changed(model_id: str, text: str, change: Change, layer: int, head: int) -> Changed:
    """The run with the change, and in it the weights of one head."""
    attend, found = attend_of(model_id, change), []

    def listen(call: AttentionCall) -> AttentionTrace:
        trace = attend(call)
        if call.layer == layer:
            found.append(trace.weights[head].copy())
        return trace

    (outcome,) = runs.run_all(model_id, text, [listen])
    found[0].setflags(write=False)
    return Changed(outcome, found[0])


@cached(max_entries=64)
def effects(model_id: str, text: str, changes: tuple[Change, ...]) -> tuple[Effect, ...]:
    """How each change ends beside the control."""
    return _effects(model_id, text, changes)


def _effects(model_id: str, text: str, changes: Sequence[Change]) -> tuple[Effect, ...]:
    attends = [attend_of(model_id, change) for change in changes]
    ids, control = models.tokenized(model_id, text).ids, runs.control(model_id, text)
    at = outcome.predicted_at(ids, loaded(model_id))

    def reduce(end: Outcome) -> Effect:
        return effect_of(control.states, end.states, control.logits, end.logits, at)

    return tuple(ranking.of_each(ids, loaded(model_id), attends, reduce))


@cached(max_entries=8)
def measured_heads(model_id: str, text: str, instead: str) -> Pieces[int, tuple[Effect, ...]]:
    """Layer → the effect of each of its heads, alone. Empty at first: `measure_layer` puts them in, for all readers."""
    return Pieces()


def measure_layer(
    model_id: str, text: str, instead: str, layer: int, n_heads: int
) -> tuple[Effect, ...]:
    """The heads of a layer are the rows of one batch."""
    measured = measured_heads(model_id, text, instead)
    found = measured.now().get(layer)
    if found is None:
        changes = [HeadsOut(((layer, head),), instead) for head in range(n_heads)]
        found = measured.keep(layer, _effects(model_id, text, changes))
    return found


@cached(max_entries=512)
def layer_chances(
    model_id: str, text: str, instead: str, layer: int, token: int, _found: Sequence[Effect]
) -> np.ndarray:
    """The probability of a token without each head of a layer, whose effects are `_found`."""
    return _chances(model_id, token, _found)


@cached(max_entries=64)
def chances(model_id: str, text: str, changes: tuple[Change, ...], token: int) -> np.ndarray:
    """The probability of a token with each change."""
    return _chances(model_id, token, effects(model_id, text, changes))


def _chances(model_id: str, token: int, found: Sequence[Effect]) -> np.ndarray:
    """From the kept states: no layer runs again."""
    states = [effect.state for effect in found if effect.state is not None]
    logits = prediction_head.head_logits(np.stack(states), loaded(model_id).engine)
    values = np.exp(log_probabilities(logits)[:, token])
    values.setflags(write=False)
    return values


def attend_of(model_id: str, change: Change) -> Attend:
    if isinstance(change, WordOut):
        looks = interventions.edges_to(change.word, change.n_tokens)
        return interventions.without_edges(looks, None, change.instead)
    if isinstance(change, LooksCut):
        heads = None if change.heads is None else set(change.heads)
        return interventions.without_edges(change.looks, heads, change.instead)
    means = runs.mean_contexts(model_id) if change.instead == "mean" else ()
    return interventions.without_heads(change.heads, change.instead, means)


def loaded(model_id: str) -> loading.LoadedModel:
    return models.loaded(model_id)


def token_of(model_id: str, typed: str) -> int:
    """The token that the text would go on with. Raises ValueError if there is none."""
    return next_word.first_token(typed, loaded(model_id))
