"""Our core inside: the model run by the library's attention and by ours, held against each other number by number."""

import streamlit as st

from attention_core.errors import ReaderError
from pages.experiment.our_core_inside import runs
from pages.experiment.our_core_inside.clock import clock
from pages.experiment.our_core_inside.pictures import pictures
from pages.experiment.our_core_inside.said import said
from pages.experiment.our_core_inside.settled import settled
from pages.experiment.our_core_inside.source import source
from pages.experiment.our_core_inside.state import VIEW
from pages.experiment.our_core_inside.verdict import verdict
from pages.ui.reader.ready import Subject, subject_or_wait
from pages.ui.server.waiting import waiting


def experiment(subject: Subject) -> None:
    VIEW.take()
    try:
        with waiting("Both run the sentence …"):
            compared = runs.compared(subject.model_id, subject.sentence, runs.OURS)
    except ReaderError as error:  # a family that hides what leaves its layers
        st.text(f"The two runs can't be compared: {error}")
        return
    (ours,) = compared.runs
    verdict(subject, ours)
    st.header("The chosen head in both runs", anchor=False)
    pictures(subject)
    st.header("Layer by layer", anchor=False)
    settled(subject, ours)
    st.header("What the model says", anchor=False)
    said(subject, compared.control, ours.outcome)
    st.header("How long it takes", anchor=False)
    clock(subject)
    st.header("The function that ran", anchor=False)
    source()
    VIEW.write()


subject_to_run = subject_or_wait("our_core_inside")
if subject_to_run is not None:
    experiment(subject_to_run)
