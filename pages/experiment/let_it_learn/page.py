"""A toy that learns where to look: it is told which word was right, and finds by gradient descent what to attend to."""

from typing import Any

import numpy as np
import streamlit as st

from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.tasks import TASKS, Sequences, Task, tokens_of
from attention_core.toy.training import LARGEST, Training
from pages.experiment.let_it_learn.results import (
    gradients_panel,
    learned,
    loss_panel,
    source_panel,
    verdict_and_measures,
)
from pages.experiment.let_it_learn.state import (
    ASKED,
    HEADS,
    LARGEST_SEED,
    NOT_TRAINED,
    PLAN,
    RATES,
    RESET,
    STEPS,
    USUAL_RATES,
    Plan,
    Run,
    Scene,
    begin,
    choose_scene,
    pause,
    play,
    run_of,
    scrub,
    shown_frame,
    start_over,
    take_a_piece,
)
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import labels, summary

ADDED_UP = {
    "copy": "the sum of two embeddings: that of its word and that of its place",
    "marked": "the sum of the embeddings of its word and its place, and of ★ if it wears one",
    "pronoun": "the embedding of its word; it is not told its place",
}
N_ANSWERS = 2  # that are spelled out
TITLES = {
    "copy": "Copy the token before",
    "marked": "Find the marked token",
    "pronoun": "Pronoun → its noun",
}
MOVES = (
    "SGD moves each number by the learning rate times its gradient. Adam divides by how large that gradient "
    "has been lately, so that all numbers move about equally far."
)
SCRUBS = "Film: which step is shown"
PACE = 0.25  # seconds between two pieces


def task_panel(training: Training) -> None:
    """The task in a sentence, one training sequence, and what the toy is told and not told."""
    task = training.task
    st.markdown(ASKED[task.name])
    st.text(_example(task, training.training))
    st.markdown(
        f"The toy reads {len(training.training)} such sequences again and again. It is told **which word was right, "
        "never where to look**. Will it find out?"
    )


def _example(task: Task, sequences: Sequences) -> str:
    words = tokens_of(task, sequences, 0)
    names = labels(words)
    asked = np.flatnonzero(sequences.asked[0])
    answers = [f"{names[i]} → {task.words[sequences.target[0, i]]}" for i in asked[:N_ANSWERS]]
    more = " · …" if len(asked) > N_ANSWERS else ""
    return f"Reads:  {' '.join(words)}\nMust answer:  {' · '.join(answers)}{more}"


def how_it_is_built(training: Training) -> None:
    """The toy's parts, for those who ask."""
    task, settings = training.task, training.settings
    d_model = len(task.symbols)
    st.markdown(
        f"""
- **x**: a token is {ADDED_UP[task.name]}. E has {d_model} of these, and at first each has one of the {d_model} dimensions
  to itself (E is the identity), so that every matrix can be read row by row.
- **Attention** is the same function as everywhere in this app, with {settings.n_heads} head{"s" * (settings.n_heads > 1)},
  on the whole batch at once. No token may look at itself: a pronoun could else name its two nouns by heart.
- **W_O** stays fixed: it adds up the words that the heads hand over. With W_O = I each head could write only some dimensions, that is,
  name only some of the words.
- **Answer**: logits = :red[output] · Eᵀ at the positions that ask; **loss** = mean of −log softmax(logits) at the right word.
- **W_Q, W_K, W_V** begin as small random numbers from the seed, so at first every query looks everywhere alike.
- One step reads a random batch of the {len(training.training)} training sequences; {len(training.held_out)} others are held out:
  accuracy and weights on this page are measured on those.
"""
    )


def take_plan_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    if PLAN.take():
        plan = PLAN.current()
        st.session_state[_rate_key(plan.optimiser)] = plan.rate


def choose_how() -> None:
    """All other controls, in one box."""
    with st.container(border=True):
        first, second, third = st.columns([6, 6, 6], gap="medium")
        with first:
            optimiser = PLAN.choose("optimiser", "Optimiser", list(OPTIMISERS), help_text=MOVES)
            PLAN.choose("heads", "Heads", HEADS)
        with second:
            _rate(optimiser)
            told = "How many a click on Train takes."
            PLAN.draw("steps", st.select_slider, "Steps", STEPS, help=told)
        with third:
            told = "Draws the sequences and the first numbers: the same seed, the same training."
            PLAN.draw("seed", st.number_input, "Seed", 0, LARGEST_SEED, help=told)
            PLAN.draw("E", st.toggle, "Train embeddings too", wrap=True)


def _rate(optimiser: str) -> None:
    rate = st.select_slider(
        "Learning rate",
        RATES,
        USUAL_RATES[optimiser],
        format_func=lambda rate: f"{rate:g}",
        key=_rate_key(optimiser),
        persist_state="session",
    )
    PLAN.keep(rate=rate)


def _rate_key(optimiser: str) -> str:
    """Each optimiser has its own: a rate that is usual for one is far off for the other."""
    return f"learns_rate_{optimiser}"


def buttons(run: Run, plan: Plan) -> None:
    """Train, Stop, Start over, Play: all always there, so that none jumps; those that do nothing now are grey."""
    runs, has_film = run.is_running, len(run.training.frames) > 1
    usable = {
        "learns_go": (_train_label(run, plan), "play_arrow", begin, not runs and not run.is_at_end),
        "learns_stop": ("Stop", "stop", pause, runs),
        RESET: ("Start over", "restart_alt", start_over, has_film),
        "learns_play": ("Play the film", "movie", play, not runs and has_film),
    }
    with st.container(horizontal=True):
        for key, (label, icon, action, is_usable) in usable.items():
            st.button(
                label,  # none is "primary": in the dark that is too pale
                icon=f":material/{icon}:",
                key=key,
                on_click=action,
                args=(plan,),
                disabled=not is_usable,
            )
        with st.popover("How the toy is built", icon=":material/construction:"):
            how_it_is_built(run.training)


def _train_label(run: Run, plan: Plan) -> str:
    step = run.training.step
    if run.doing == "training":
        return f"Training to step {run.goal}"
    if run.goal > step and not run.is_at_end:
        return f"Continue to step {run.goal}"
    return f"Train {plan.steps} step{'s' * (plan.steps > 1)}{' more' * (step > 0)}"


def film(run: Run, plan: Plan) -> None:
    """A fragment; while something is running it comes round by itself."""
    st.fragment(_film, run_every=PACE if run.is_running else None)(plan)


def _film(plan: Plan) -> None:
    run = run_of(plan)
    if run.is_running:
        run = take_a_piece(run, plan)
        if not run.is_running:
            st.rerun()  # the buttons stand outside, and the clock is to stop
    bar, scrubber, example = st.columns([3, 4, 5], gap="medium", vertical_alignment="bottom")
    with bar:
        step, goal = run.training.step, run.goal
        st.progress(step / goal if goal else 0.0, f"Step {step} of {goal}" if goal else NOT_TRAINED)
    with scrubber:
        _scrubber(run)
    with example:
        scene = choose_scene(run)
    _diverged(run)
    heatmaps(scene)
    table, curve = st.columns(2, gap="large")
    with table:
        verdict_and_measures(scene)
    with curve:
        loss_panel(scene)
    if run.is_running:  # only what moves is drawn anew, so that it moves
        st.markdown("*What it has learned and its gradients are drawn when it pauses.*")
        return
    learned(scene)
    gradients_panel(scene)
    source_panel(plan.settings.optimiser)


def _scrubber(run: Run) -> None:
    """Back through the film; in its place from the beginning, so that nothing jumps."""
    steps, shown = [frame.step for frame in run.training.frames], shown_frame(run).step
    st.markdown(SCRUBS)  # not as the slider's label: that of a disabled one is too pale to read
    key = f"learns_scrubber_{run.training.step}"  # its own for each film: else the browser sends steps of another
    if run.is_running or len(steps) == 1:
        how: dict[str, Any] = {"value": shown, "key": f"{key}_at_{shown}", "disabled": True}
    else:
        st.session_state[key] = shown
        how = {"key": key, "on_change": scrub, "args": (key,)}
    offered = steps if len(steps) > 1 else [0, 1]
    st.select_slider(SCRUBS, offered, label_visibility="collapsed", **how)


def heatmaps(scene: Scene) -> None:
    """Rows are the queries that must answer, columns all keys."""
    frames, step = scene.training.frames, scene.frame.step
    sides = (
        ("Before", "step 0", scene.weights(frames[0].parameters)),
        ("Now", f"step {step}", scene.weights(scene.frame.parameters)),
        ("Intended", "the toy never sees this", scene.intended),
    )
    of_head = f" of head {scene.head}" * (scene.n_heads > 1)
    with together("learns_heatmaps", gap="medium") as pictures:
        for title, note, weights in sides:
            with pictures.column():
                Figure(
                    f"{title}: weights{of_head}",
                    weights,
                    rows=scene.queries,
                    columns=scene.tokens,
                    blocked=~scene.allowed,
                    summary=summary(scene.queries[-1], weights[-1], scene.tokens),
                    heading=title,
                    note=note,
                ).draw(f"learns_heatmap_{title}")


def _diverged(run: Run) -> None:
    if run.training.diverged:
        st.warning(
            f"**Stopped after step {run.training.step}**: the next step would push a number of the matrices beyond "
            f"{LARGEST:,.0f}, and soon after there would be no numbers any more. With a learning rate of "
            f"{run.training.settings.rate:g} each step overshoots by more than the last: choose a smaller one. "
            "Shown is the last step within bounds.",
            icon=":material/trending_up:",
        )


take_plan_of_link()
PLAN.choose("task", "Task", list(TASKS), TITLES.__getitem__)
words, controls = st.columns([5, 7], gap="large")
with controls:
    choose_how()
plan = PLAN.current()
run = run_of(plan)
with words:
    task_panel(run.training)
buttons(run, plan)
film(run, plan)
PLAN.write()
