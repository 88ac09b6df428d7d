"""The mistake in the reader's toy: control, changed, difference, and which number changes first."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from attention_core.analysis.broken import function_of
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of
from attention_core.toy.equipped import Equipped, equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it.catalogue import Break
from pages.experiment.break_it.heatmaps import allowed_in, heatmaps, most_changed
from pages.experiment.break_it.steps import steps_panel
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World, toy_world

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
    toy = break_toy(scenario, broken)
    if toy is None:
        return
    _what_was_added(toy, scenario)
    world = _world(scenario, choice, toy)
    control, changed = head_of(toy.control, world.head), head_of(toy.changed, world.head)
    world = replace(world, k_pos=most_changed(world, control.weights, changed.weights))
    heatmaps(
        world,
        control.weights,
        changed.weights,
        allowed_in(control.weights, control.mask),
        broken,
        key="break_it_toy",
    )
    steps_panel(world, toy.control, toy.changed, broken)


def _what_was_added(toy: BrokenToy, scenario: Scenario) -> None:
    said = [ADDED[each].format(n_heads=len(toy.given.q)) for each in toy.given.added]
    if scenario.temperature != 1:
        said.append(
            f"Its temperature of {scenario.temperature:g} is in :blue[q] here: q ÷ {scenario.temperature:g}."
        )
    if said:
        st.markdown(":material/build: " + " ".join(said))


def _world(scenario: Scenario, choice: Choice, toy: BrokenToy) -> World:
    """The toy as other pages have it, with the weights and the heads that it has here."""
    n_heads = len(toy.control.weights)
    world = toy_world(scenario, choice)
    head = min(world.head, n_heads - 1)
    if n_heads > 1:
        head = _head_picker(n_heads, head)
    title = f"{world.title}, head {head}" if n_heads > 1 else world.title
    return replace(world, title=title, weights=toy.control.weights, head=head)


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
