"""The mistake inside the real model: the chosen head as it is in the changed run, and what becomes of the result."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.mistakes import largest_safe_score
from attention_core.pretrained.catalogue import MINILM, SMOLLM2
from pages.experiment.break_it import runs
from pages.experiment.break_it.catalogue import Break
from pages.experiment.break_it.heatmaps import allowed_in, heatmaps, most_changed
from pages.experiment.break_it.state import ONE, choose_where
from pages.experiment.break_it.wording import short
from pages.ui.reader.controls import switch_button
from pages.ui.reader.ready import Subject
from pages.ui.server.runs import control
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.result import moved, result_panel


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
    run, world = _run(place, broken), subject.world
    weights = world.head_weights
    world = replace(world, k_pos=most_changed(world, weights, run.weights))
    _say_what_is_seen(place)
    heatmaps(
        world, weights, run.weights, allowed_in(weights, world.mask), broken, key="break_it_real"
    )
    if broken.name == "no-max":
        _largest_scores(subject)
    result_panel(subject, run.outcome, key="break_it_result")


def _run(place: Place, broken: Break) -> runs.BrokenRun:
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
        return f"This mistake can’t be made in this model, because {why_not}.", SMOLLM2.key
    trace = subject.world.trace
    if trace is None:
        return None
    if broken.name in ("mask-after", "no-mask") and (trace.mask is None or trace.mask.all()):
        return (
            "In this model nothing is blocked: every token may see every other, so there is no mask to get wrong. "
            "A model that predicts the next token has one.",
            SMOLLM2.key,
        )
    if broken.name == "no-root" and np.isclose(trace.scale, 1):
        return (
            "This model learned without dividing its scores by √d, so there is nothing to leave out.",
            MINILM.key,
        )
    return None


def _say_nothing(place: Place, broken: Break, why: str, instead: str) -> None:
    subject = place.subject
    st.markdown(f":material/info: {why}")
    if not runs.why_not(subject.model_id, broken.name):
        run = _run(place, broken)
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
        st.markdown(
            f"Layer {layer} is the first with the mistake, so what reaches it is the same in both runs."
        )
    else:
        st.markdown(
            f"The mistake is made from layer {first} on, so what reaches layer {layer} has changed too: "
            "this is the head as it is in the changed run."
        )


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
