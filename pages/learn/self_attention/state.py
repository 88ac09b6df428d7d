"""Which step is shown, in the link as its number; the browser's back and forward lead through the steps."""

from dataclasses import dataclass

import streamlit as st

from pages.learn.self_attention.steps import STEPS
from pages.ui.reader.link_codec import option
from pages.ui.reader.page_state import PageState

NAMES = list(STEPS)


@dataclass(frozen=True)
class Shown:
    """The name of the step, which the link counts from 1, as the page does."""

    step: str = option(*NAMES, text=lambda name: str(NAMES.index(name) + 1))


STEP = PageState("step", Shown, keys="steps", shown="steps_step")


def take_step_of_link() -> None:
    """A reader who comes back begins at the first step, unless the link has another."""
    if STEP.shown not in st.session_state:
        STEP.change(step=NAMES[0])
    STEP.take()
