"""What is trained and how: the reader's choices."""

import streamlit as st

from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.tasks import TASKS
from pages.experiment.let_it_learn.state import (
    HEADS,
    LARGEST_SEED,
    PLAN,
    RATES,
    STEPS,
    USUAL_RATES,
)

TITLES = {
    "copy": "Copy the token before",
    "marked": "Find the marked token",
    "pronoun": "Pronoun → its noun",
}
MOVES = (
    "SGD moves each number by the learning rate times its gradient. Adam divides by how large that gradient "
    "has been lately, so that all numbers move about equally far."
)


def take_plan_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    if PLAN.take():
        plan = PLAN.current()
        st.session_state[_rate_key(plan.optimiser)] = plan.rate


def choose_task() -> None:
    PLAN.choose("task", "Task", list(TASKS), TITLES.__getitem__)


def choose_how() -> None:
    """All other controls, in one box."""
    with st.container(border=True):
        first, second, third = st.columns([6, 6, 6], gap="medium")
        with first:
            optimiser = PLAN.choose("optimiser", "Optimiser", list(OPTIMISERS), help_text=MOVES)
            PLAN.choose("heads", "Heads", HEADS)
        with second:
            _rate(optimiser)
            PLAN.draw(
                "steps", st.select_slider, "Steps", STEPS, help="How many a click on Train takes."
            )
        with third:
            PLAN.draw(
                "seed",
                st.number_input,
                "Seed",
                0,
                LARGEST_SEED,
                help="Draws the sequences and the first numbers: the same seed, the same training.",
            )
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
