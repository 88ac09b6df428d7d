"""The chosen head in both runs: three pictures side by side, or one that is switched between library, ours and difference."""

import numpy as np
import streamlit as st

from pages.experiment.our_core_inside.runs import library_head
from pages.experiment.our_core_inside.state import SHOWS, VIEW
from pages.ui.reader.ready import Subject
from pages.ui.widgets.three_heatmaps import heatmaps_of_head
from pages.ui.widgets.wording import scientific

PLACES = {"all": None, "library": 0, "ours": 1, "difference": 2}


def pictures(subject: Subject) -> None:
    """The switch, and what it shows of the chosen head."""
    world = subject.world
    show = VIEW.choose(
        "show",
        "Whose attention runs the model?",
        list(SHOWS),
        SHOWS.__getitem__,
        help_text="One picture at a time stands always in the same place, so that any change would blink.",
    )
    place = (subject.model_id, subject.sentence, subject.choice.layer, world.head)
    theirs, ours = library_head(*place), world.head_weights
    heatmaps_of_head(world, ("Library", theirs), ("Ours", ours), key="core", shown=PLACES[show])
    st.markdown(
        "The two pictures are the same to the eye. The difference has a scale of its own, which ends at "
        f"**{scientific(np.abs(ours - theirs).max())}**: the last digits, which two programs round in their own ways."
    )
