"""The mistake in the reader's toy and inside the real model: control, changed, difference."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.broken import function_of
from attention_core.analysis.mistakes import largest_safe_score
from attention_core.attention import AttentionTrace
from attention_core.experiments.changed_run import ChangedRun, moved
from attention_core.heads import head_of
from attention_core.pretrained.catalogue import MINILM, SMOLLM2
from attention_core.toy.equipped import Equipped, equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it import runs
from pages.experiment.break_it.catalogue import Break
from pages.experiment.break_it.cell import short, steps_panel
from pages.experiment.break_it.state import ONE, choose_where
from pages.ui.reader.controls import Choice, switch_button
from pages.ui.reader.real import Subject
from pages.ui.reader.sentence import PICKS
from pages.ui.reader.worlds import World, toy_world
from pages.ui.server.models import control
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps

HEAD = "break_it_toy_head"
ADDED = {
    "mask": "Your toy has no mask, so it has one here: the causal one.",
    "heads": "Your toy has one head, so its dimensions are shared by {n_heads} here.",
    "root": "Your toy does not divide by √d. Here it does, so that there is something to leave out.",
    "positions": "Your toy knows no positions, so here :blue[q] and :orange[k] of the control are turned by RoPE "
    "in pairs that lie half a head apart. That changes its weights, before any mistake.",
    "one head": "Its heads are too small to have pairs in two orders, so it has one head here.",
}
LACKS = {
    "heads": "This toy has a single dimension, so it can’t have two heads to average.",
    "positions": "RoPE turns pairs of numbers, and there are two orders only where a head has two pairs. "
    "A head of this toy has {d_head} dimensions.",
}
TEMPERATURE = "Its temperature of {0:g} is in :blue[q] here: q ÷ {0:g}."
NO_MASK = (
    "In this model nothing is blocked: every token may see every other, so there is no mask to get wrong. "
    "A model that predicts the next token has one."
)
NO_ROOT = "This model learned without dividing its scores by √d, so there is nothing to leave out."
SAME_INPUT = "Layer {} is the first with the mistake, so what reaches it is the same in both runs."
CHANGED_INPUT = (
    "The mistake is made from layer {} on, so what reaches layer {} has changed too: "
    "this is the head as it is in the changed run."
)
CANNOT_BE_MADE = "This mistake can’t be made in this model, because {}."


def heatmaps(
    world: World,
    control: np.ndarray,
    changed: np.ndarray,
    allowed: np.ndarray,
    broken: Break,
    *,
    key: str,
) -> None:
    """Control, changed, difference. A blocked key that the mistake gives weight to is no longer hatched."""
    leaked = allowed | (changed != 0)
    three_heatmaps(
        Side("Control", world.title, control, allowed),
        Side("Changed", broken.title, changed, leaked),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, world.pick_cell),
        key=key,
    )


def allowed_in(weights: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """(n_q, n_k), True = may attend."""
    return np.ones(weights.shape, dtype=bool) if mask is None else mask


def most_changed(world: World, control: np.ndarray, changed: np.ndarray) -> int:
    """The key that the reader picked or, before there is one, the key whose weight changes most in the chosen row."""
    if any(st.session_state.get(pick) is not None for pick in PICKS):
        return world.k_pos
    apart = np.abs(changed[world.q_pos] - control[world.q_pos])
    apart = np.where(np.isfinite(apart), apart, np.inf)
    return int(apart.argmax()) if apart.any() else world.k_pos


@dataclass(frozen=True)
class BrokenToy:
    """The toy with what the mistake needs, both ways: all heads."""

    given: Equipped
    control: AttentionTrace
    changed: AttentionTrace


def break_toy(scenario: Scenario, broken: Break) -> BrokenToy | None:
    """None, with the reason on the page, where the toy is too small for the mistake."""
    given = equipped(scenario, broken.needs)
    if given.lacks is not None:
        st.markdown(LACKS[given.lacks].format(d_head=given.q.shape[-1]))
        return None
    function = function_of(broken.name, given.angles)
    changed = function(given.q, given.k, given.v, given.mask, None, given.scale)
    return BrokenToy(given, given.control, changed)


def toy_panel(scenario: Scenario, choice: Choice, broken: Break) -> None:
    found = break_toy(scenario, broken)
    if found is None:
        return
    _what_was_added(found, scenario)
    world = _equipped_world(scenario, choice, found)
    control, changed = head_of(found.control, world.head), head_of(found.changed, world.head)
    world = replace(world, k_pos=most_changed(world, control.weights, changed.weights))
    heatmaps(
        world,
        control.weights,
        changed.weights,
        allowed_in(control.weights, control.mask),
        broken,
        key="break_it_toy",
    )
    steps_panel(world, found.control, found.changed, broken)


def _what_was_added(found: BrokenToy, scenario: Scenario) -> None:
    said = [ADDED[each].format(n_heads=len(found.given.q)) for each in found.given.added]
    if scenario.temperature != 1:
        said.append(TEMPERATURE.format(scenario.temperature))
    if said:
        st.markdown(":material/build: " + " ".join(said))


def _equipped_world(scenario: Scenario, choice: Choice, found: BrokenToy) -> World:
    """The toy as other pages have it, with the weights and the heads that it has here."""
    n_heads = len(found.control.weights)
    world = toy_world(scenario, choice)
    head = min(world.head, n_heads - 1)
    if n_heads > 1:
        head = _head_picker(n_heads, head)
    title = f"{world.title}, head {head}" if n_heads > 1 else world.title
    return replace(world, title=title, weights=found.control.weights, head=head)


def _head_picker(n_heads: int, head: int) -> int:
    """The head that is chosen on every page that shows the toy."""
    st.session_state[HEAD] = head
    picked = st.segmented_control(
        "Head of the toy",
        range(n_heads),
        key=HEAD,
        required=True,
        on_change=lambda: st.session_state.update(toy_head=st.session_state[HEAD]),
    )
    return head if picked is None else picked


@dataclass(frozen=True)
class Place:
    """Where in the model the mistake is made."""

    subject: Subject
    layers: tuple[int, ...]
    title: str  # "all 6 layers", "layer 5": goes on after "in "

    @property
    def is_one(self) -> bool:
        return len(self.layers) == 1


def place_of(subject: Subject) -> Place:
    """The control that says where, and what it says."""
    layer, all_layers = subject.choice.layer, tuple(subject.layers)
    if choose_where(layer, len(all_layers)) == ONE:
        return Place(subject, (layer,), f"layer {layer}")
    return Place(subject, all_layers, f"all {len(all_layers)} layers")


def model_panel(place: Place, broken: Break) -> None:
    subject = place.subject
    nothing = _why_nothing(subject, broken)
    if nothing is not None:
        _say_nothing(place, broken, *nothing)
        return
    run, world = _broken_run(place, broken), subject.world
    weights = world.head_weights
    world = replace(world, k_pos=most_changed(world, weights, run.weights))
    _say_what_is_seen(place)
    heatmaps(
        world, weights, run.weights, allowed_in(weights, world.mask), broken, key="break_it_real"
    )
    if broken.name == "no-max":
        _largest_scores(subject)
    result_panel(subject, run.outcome, key="break_it_result")


def _broken_run(place: Place, broken: Break) -> ChangedRun:
    subject = place.subject
    with waiting("The model reads the sentence with the mistake inside …"):
        return runs.broken_run(
            subject.model_id,
            subject.sentence,
            broken.name,
            place.layers,
            subject.choice.layer,
            subject.world.head,
        )


def _why_nothing(subject: Subject, broken: Break) -> tuple[str, str] | None:
    """Why the mistake can't be made in this model or changes nothing in it, and which model to take instead."""
    why_not = runs.why_not(subject.model_id, broken.name)
    if why_not:
        return CANNOT_BE_MADE.format(why_not), SMOLLM2.key
    trace = subject.world.trace
    if trace is None:
        return None
    if broken.name in ("mask-after", "no-mask") and (trace.mask is None or trace.mask.all()):
        return (
            NO_MASK,
            SMOLLM2.key,
        )
    if broken.name == "no-root" and np.isclose(trace.scale, 1):
        return (
            NO_ROOT,
            MINILM.key,
        )
    return None


def _say_nothing(place: Place, broken: Break, why: str, instead: str) -> None:
    subject = place.subject
    st.markdown(f":material/info: {why}")
    if not runs.why_not(subject.model_id, broken.name):
        run = _broken_run(place, broken)
        apart = float(np.abs(run.weights - subject.world.head_weights).max())
        amount = moved(control(subject.model_id, subject.sentence), run.outcome)
        st.markdown(
            f"Run all the same, in {place.title}: the largest difference between two weights of this head is "
            f"**{short(apart)}**, and the result moves by **{short(amount)}**."
        )
    if subject.model_id != instead:
        switch_button(instead, "break_it")


def _say_what_is_seen(place: Place) -> None:
    """In the first layer with the mistake, the mistake is all there is to see."""
    first, layer = place.layers[0], place.subject.choice.layer
    if layer == first:
        st.markdown(SAME_INPUT.format(layer))
    else:
        st.markdown(CHANGED_INPUT.format(first, layer))


def _largest_scores(subject: Subject) -> None:
    """Whether the constant was needed: by type of number."""
    layer = subject.capture.layers[subject.choice.layer]
    trace = layer.head_trace(subject.world.head)
    if trace is None:
        return
    largest = float(trace.masked_scores.max())
    limits = {each.__name__: largest_safe_score(each) for each in (np.float32, np.float16)}
    needed = [name for name, limit in limits.items() if largest > limit]
    notice_this(
        f"This head’s own largest score is **{largest:.1f}**. exp can take scores up to "
        + " and ".join(f"{limit:.1f} in {name}" for name, limit in limits.items())
        + ". "
        + (
            f"So in {needed[-1]}, which models often run in to save memory, this head would break without any constant."
            if needed
            else "So this head would not have shown the mistake; others on other sentences may."
        )
    )
