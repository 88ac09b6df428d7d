"""What is trained and how: the reader's choices, kept for the session, taken from the link when it brings some."""

import streamlit as st

from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.tasks import TASKS
from attention_core.toy.training import Settings
from pages.experiment.let_it_learn.link import (
    HEADS,
    LARGEST_SEED,
    LINK,
    RATES,
    STEPS,
    USUAL,
    USUAL_RATES,
    Plan,
    read,
    written,
)
from pages.ui.reader.notices import notice
from pages.ui.widgets.parts import one_of

TASK, OPTIMISER, STEP, SEED, HEAD, LEARNS_E = (
    f"learns_{name}" for name in ("task", "optimiser", "steps", "seed", "heads", "E")
)
RESET = "learns_reset"  # a button that is always drawn: its state is gone when the page is left
TITLES = {
    "copy": "Copy the token before",
    "marked": "Find the marked token",
    "pronoun": "Pronoun → its noun",
}
MOVES = (
    "SGD moves each number by the learning rate times its gradient. Adam divides by how large that gradient "
    "has been lately, so that all numbers move about equally far."
)
BAD_LINK = "This link asks for a training that is not there, so the usual one is shown."


def take_plan_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    link = LINK.news(is_new=RESET not in st.session_state)
    if link is None:
        return
    plan = USUAL
    if link:
        try:
            plan = read(link)
        except ValueError:
            st.text(BAD_LINK)  # here and now, and on top of the page from the next run on
            notice(BAD_LINK)
    settings = plan.settings
    st.session_state.update(
        {
            TASK: settings.task,
            OPTIMISER: settings.optimiser,
            _rate_key(settings.optimiser): settings.rate,
            STEP: plan.n_steps,
            SEED: settings.seed,
            HEAD: settings.n_heads,
            LEARNS_E: settings.learns_E,
        }
    )


def write_plan_to_link(plan: Plan) -> None:
    LINK.write(None if plan == USUAL else written(plan))


def choose_task() -> str:
    return one_of("Task", TASKS, key=TASK, format_func=TITLES.__getitem__)


def choose_how(task: str) -> Plan:
    """All other controls, in one box."""
    with st.container(border=True):
        first, second, third = st.columns([6, 6, 6], gap="medium")
        with first:
            optimiser = one_of("Optimiser", OPTIMISERS, key=OPTIMISER, help_text=MOVES)
            n_heads = one_of("Heads", HEADS, key=HEAD)
        with second:
            rate, n_steps = _rate(optimiser), _steps()
        with third:
            seed = _seed()
            learns_E = st.toggle(
                "Train embeddings too", key=LEARNS_E, wrap=True, persist_state="session"
            )
    return Plan(Settings(task, optimiser, rate, seed, n_heads, learns_E), n_steps)


def _rate(optimiser: str) -> float:
    return st.select_slider(
        "Learning rate",
        RATES,
        USUAL_RATES[optimiser],
        format_func=lambda rate: f"{rate:g}",
        key=_rate_key(optimiser),
        persist_state="session",
    )


def _steps() -> int:
    return st.select_slider(
        "Steps",
        STEPS,
        USUAL.n_steps,
        key=STEP,
        persist_state="session",
        help="How many a click on Train takes.",
    )


def _seed() -> int:
    return st.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        USUAL.settings.seed,
        key=SEED,
        persist_state="session",
        help="Draws the sequences and the first numbers: the same seed, the same training.",
    )


def _rate_key(optimiser: str) -> str:
    """Each optimiser has its own: a rate that is usual for one is far off for the other."""
    return f"learns_rate_{optimiser}"
