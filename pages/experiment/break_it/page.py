"""Ten mistakes of attention, in the toy and inside the real model: which number changes, which rule breaks, what becomes of the result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.broken import FUNCTIONS, function_of, with_wrong_rope
from attention_core.analysis.mistakes import largest_safe_score
from attention_core.analysis.source import Source, source_of, statement_of
from attention_core.attention import AttentionTrace
from attention_core.experiments.changed_run import ChangedRun, moved
from attention_core.heads import head_of
from attention_core.pretrained.catalogue import MINILM, SMOLLM2
from attention_core.toy.equipped import equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it.catalogue import (
    ADDED,
    CANNOT_BE_MADE,
    CHANGED_INPUT,
    LACKS,
    MISTAKE,
    NO_MASK,
    NO_ROOT,
    ONE,
    RUN_ALL_THE_SAME,
    SAME_INPUT,
    TEMPERATURE,
    Break,
    choose_break,
    choose_where,
)
from pages.experiment.break_it.cell import short, steps_panel
from pages.experiment.break_it.measurements import (
    Place,
    broken_run,
    measure_all,
    ranking,
    rules,
    why_not,
)
from pages.ui.reader.controls import Choice, chosen, switch_button
from pages.ui.reader.real import Subject, subject_or_wait
from pages.ui.reader.sentence import PICKS
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World, toy_world
from pages.ui.server.models import control
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import notice_this, real_heading, toy_of_sentence
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps

HEAD = "break_it_toy_head"


def code_panel(broken: Break) -> None:
    """The lines that matter, right and broken, side by side; the whole functions on request."""
    right, wrong = broken.right[0], broken.wrong[0]
    quoted = {"Right": broken.right, "Broken": broken.wrong}
    for place, (side, (function, names)) in zip(
        st.columns(2, gap="large"), quoted.items(), strict=True
    ):
        with place:
            _quote(side, function.__name__, statement_of(function, *names))
    with st.expander("The functions, whole", on_change="rerun", key="break_it_whole") as whole:
        if whole.open:
            for function in dict.fromkeys(
                [right, wrong, FUNCTIONS.get(broken.name, with_wrong_rope)]
            ):
                side = "Right" if function is right else "Broken"
                _quote(side, function.__name__, source_of(function))


def _quote(side: str, name: str, source: Source) -> None:
    newer = ". **It was changed since this app started: restart it to run what you see.**"
    st.markdown(
        f"**{side}**: `{name}`, line {source.line} of `{source.file}`" + newer * source.is_newer
    )
    st.code(source.text, wrap_lines=True)


def _heatmaps(
    world: World,
    control: np.ndarray,
    changed: np.ndarray,
    mask: np.ndarray | None,
    broken: Break,
) -> None:
    """Control, changed, difference. A blocked key that the mistake gives weight to is no longer hatched."""
    allowed = np.ones(control.shape, dtype=bool) if mask is None else mask
    three_heatmaps(
        Side("Control", world.title, control, allowed),
        Side("Changed", broken.title, changed, allowed | (changed != 0)),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, world.pick_cell),
        key=f"break_it_{world.name}",
    )


def _at_most_changed(world: World, control: np.ndarray, changed: np.ndarray) -> World:
    """With the key that the reader picked or, before there is one, the key whose weight changes most in the chosen row."""
    if any(st.session_state.get(pick) is not None for pick in PICKS):
        return world
    apart = np.abs(changed[world.q_pos] - control[world.q_pos])
    apart = np.where(np.isfinite(apart), apart, np.inf)
    return replace(world, k_pos=int(apart.argmax())) if apart.any() else world


def toy_panel(scenario: Scenario, choice: Choice, broken: Break) -> None:
    """The toy with what the mistake needs, both ways; the reason, where it is too small for the mistake."""
    given = equipped(scenario, broken.needs)
    if given.lacks is not None:
        st.markdown(LACKS[given.lacks].format(d_head=given.q.shape[-1]))
        return
    function = function_of(broken.name, given.angles)
    wrong = function(given.q, given.k, given.v, given.mask, None, given.scale)
    said = [ADDED[each].format(n_heads=len(given.q)) for each in given.added]
    if scenario.temperature != 1:
        said.append(TEMPERATURE.format(scenario.temperature))
    if said:
        st.markdown(":material/build: " + " ".join(said))
    world = _equipped_world(scenario, choice, given.control)
    right, changed = head_of(given.control, world.head), head_of(wrong, world.head).weights
    world = _at_most_changed(world, right.weights, changed)
    _heatmaps(world, right.weights, changed, right.mask, broken)
    steps_panel(world, given.control, wrong, broken)


def _equipped_world(scenario: Scenario, choice: Choice, control: AttentionTrace) -> World:
    """The toy as other pages have it, with the weights and the heads that it has here."""
    world, n_heads = toy_world(scenario, choice), len(control.weights)
    head, title = min(world.head, n_heads - 1), world.title
    if n_heads > 1:
        head = _head_picker(n_heads, head)
        title += f", head {head}"
    return replace(world, title=title, weights=control.weights, head=head)


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


def place_of(subject: Subject) -> Place:
    """The control that says where, and what it says."""
    layer, all_layers = subject.choice.layer, tuple(subject.layers)
    if choose_where(layer, len(all_layers)) == ONE:
        return Place(subject, (layer,), f"layer {layer}")
    return Place(subject, all_layers, f"all {len(all_layers)} layers")


def model_panel(place: Place, broken: Break) -> None:
    subject, world = place.subject, place.subject.world
    nothing = _why_nothing(subject, broken)
    if nothing is not None:
        _say_nothing(place, broken, *nothing)
        return
    run, weights = _broken_run(place, broken), world.head_weights
    first, layer = place.layers[0], subject.choice.layer
    # in the first layer with the mistake, the mistake is all there is to see
    st.markdown((SAME_INPUT if layer == first else CHANGED_INPUT).format(first, layer))
    _heatmaps(
        _at_most_changed(world, weights, run.weights), weights, run.weights, world.mask, broken
    )
    if broken.name == "no-max":
        _largest_scores(subject)
    result_panel(subject, run.outcome, key="break_it_result")


def _broken_run(place: Place, broken: Break) -> ChangedRun:
    subject = place.subject
    run = subject.model_id, subject.sentence, broken.name, place.layers
    with waiting("The model reads the sentence with the mistake inside …"):
        return broken_run(*run, subject.choice.layer, subject.world.head)


def _why_nothing(subject: Subject, broken: Break) -> tuple[str, str] | None:
    """Why the mistake can't be made in this model or changes nothing in it, and which model to take instead."""
    if why := why_not(subject.model_id, broken.name):
        return CANNOT_BE_MADE.format(why), SMOLLM2.key
    trace = subject.world.trace
    if trace is None:
        return None
    if broken.name in ("mask-after", "no-mask") and (trace.mask is None or trace.mask.all()):
        return NO_MASK, SMOLLM2.key
    if broken.name == "no-root" and np.isclose(trace.scale, 1):
        return NO_ROOT, MINILM.key
    return None


def _say_nothing(place: Place, broken: Break, why: str, instead: str) -> None:
    subject = place.subject
    st.markdown(f":material/info: {why}")
    if not why_not(subject.model_id, broken.name):
        run = _broken_run(place, broken)
        apart = float(np.abs(run.weights - subject.world.head_weights).max())
        amount = moved(control(subject.model_id, subject.sentence), run.outcome)
        st.markdown(RUN_ALL_THE_SAME.format(place.title, short(apart), short(amount)))
    if subject.model_id != instead:
        switch_button(instead, "break_it")


def _largest_scores(subject: Subject) -> None:
    """Whether the constant was needed: by type of number."""
    trace = subject.capture.layers[subject.choice.layer].head_trace(subject.world.head)
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


def break_it(toy: Toy) -> None:
    MISTAKE.take()
    broken = choose_break()
    st.markdown(
        f"**{broken.what}**  \n**Where it happens.** {broken.whose}  \n**Watch.** {broken.watch}"
    )
    code_panel(broken)
    st.header("In the toy", anchor=False)
    toy_panel(toy.current, chosen(), broken)
    real_heading("Inside the real model")
    subject = subject_or_wait("break_it")
    ranked = None
    if subject is not None:
        place = place_of(subject)
        model_panel(place, broken)
        st.header(f"How bad is each mistake in {place.title}?", anchor=False)
        ranked = measure_all(place)
        if ranked is not None:
            ranking(ranked, broken)
    st.header("Would a test have caught it?", anchor=False)
    rules(toy.current, subject, broken, ranked)
    MISTAKE.write()


toy_to_break = toy_of_sentence()
if toy_to_break is not None:
    break_it(toy_to_break)
