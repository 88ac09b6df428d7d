"""The part of the page that moves: it trains a few steps at a time and draws where the toy stands."""

import streamlit as st

from attention_core.toy.training import LARGEST
from pages.experiment.let_it_learn.figures import figures, loss_panel, verdict
from pages.experiment.let_it_learn.gradients import gradients_panel
from pages.experiment.let_it_learn.learned import learned
from pages.experiment.let_it_learn.pictures import heatmaps
from pages.experiment.let_it_learn.scene import choose_scene
from pages.experiment.let_it_learn.source import source_panel
from pages.experiment.let_it_learn.state import (
    RESET,
    Plan,
    Run,
    begin,
    pause,
    play,
    run_of,
    scrub,
    shown_frame,
    start_over,
    take_a_piece,
)
from pages.experiment.let_it_learn.told import how_it_is_built

SCRUBS = "Film: which step is shown"
PACE = 0.25  # seconds between two pieces


def buttons(run: Run, plan: Plan) -> None:
    """Train, Stop, Start over, Play: all always there, so that none jumps; those that do nothing now are grey."""
    runs, has_film = run.is_running, len(run.training.frames) > 1
    usable = {
        "learns_go": (_on(run, plan), "play_arrow", begin, not runs and not run.is_at_end),
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


def _on(run: Run, plan: Plan) -> str:
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
        _progress(run)
    with scrubber:
        _scrubber(run)
    with example:
        scene = choose_scene(run)
    _diverged(run)
    heatmaps(scene)
    table, curve = st.columns(2, gap="large")
    with table:
        verdict(scene)
        figures(scene)
    with curve:
        loss_panel(scene)
    if run.is_running:  # only what moves is drawn anew, so that it moves
        st.markdown("*What it has learned and its gradients are drawn when it pauses.*")
        return
    learned(scene)
    gradients_panel(scene)
    source_panel(plan.settings.optimiser)


def _progress(run: Run) -> None:
    step, goal = run.training.step, run.goal
    st.progress(
        step / goal if goal else 0.0, f"Step {step} of {goal}" if goal else "Not trained yet"
    )


def _scrubber(run: Run) -> None:
    """Back through the film; in its place from the beginning, so that nothing jumps."""
    steps, shown = [frame.step for frame in run.training.frames], shown_frame(run).step
    st.markdown(SCRUBS)  # not as the slider's label: that of a disabled one is too pale to read
    key = f"learns_scrubber_{run.training.step}"  # its own for each film: else the browser sends steps of another
    if run.is_running or len(steps) == 1:
        offered = steps if len(steps) > 1 else [0, 1]
        st.select_slider(
            SCRUBS,
            offered,
            shown,
            key=f"{key}_at_{shown}",
            disabled=True,
            label_visibility="collapsed",
        )
    else:
        st.session_state[key] = shown
        st.select_slider(
            SCRUBS, steps, key=key, on_change=scrub, args=(key,), label_visibility="collapsed"
        )


def _diverged(run: Run) -> None:
    if run.training.diverged:
        st.warning(
            f"**Stopped after step {run.training.step}**: the next step would push a number of the matrices beyond "
            f"{LARGEST:,.0f}, and soon after there would be no numbers any more. With a learning rate of "
            f"{run.training.settings.rate:g} each step overshoots by more than the last: choose a smaller one. "
            "Shown is the last step within bounds.",
            icon=":material/trending_up:",
        )
