"""Knock out heads, looks or a word inside the real model, and hold what becomes of the result against other heads."""

import streamlit as st

from pages.experiment.knock_out.edges import edges_part, word_part
from pages.experiment.knock_out.heads import heads_part
from pages.experiment.knock_out.pronoun import pronoun_part
from pages.experiment.knock_out.state import OUT, PARTS, fit, measure_more
from pages.ui.reader.real import Subject, subject_or_wait
from pages.ui.server import models

TITLES = dict(
    zip(PARTS, ("Heads", "Looks", "A word", "Does the coreference head matter?"), strict=True)
)
DRAW = dict(zip(PARTS, (heads_part, edges_part, word_part, pronoun_part), strict=True))


def knock_out(subject: Subject, part: str) -> None:
    """The chosen part; what takes long goes on when all is drawn and the link is written."""
    with models.errors_shown(subject.model_id, "knock_out"):
        fit(subject)
        measuring = DRAW[part](subject)
        OUT.write()
        if measuring is not None:
            measure_more(measuring)


st.markdown(
    "A weight tells where a head looks, not whether that matters. Here it is **measured**: something is taken out of "
    "one run of the model. The result is shown next to the unchanged run. The model itself is never changed."
)
OUT.take()
part = OUT.choose("part", "Knock out", PARTS, TITLES.__getitem__)
subject = subject_or_wait("knock_out")
if subject is not None:
    knock_out(subject, part)
