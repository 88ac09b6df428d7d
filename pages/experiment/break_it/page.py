"""Ten mistakes of attention, in the toy and inside the real model: which number changes, which rule breaks, what becomes of the result."""

import streamlit as st

from pages.experiment.break_it.code import code_panel
from pages.experiment.break_it.model import model_panel, place_of
from pages.experiment.break_it.ranking import measure_all, ranking
from pages.experiment.break_it.rules import rules
from pages.experiment.break_it.state import MISTAKE, choose_break
from pages.experiment.break_it.toy import toy_panel
from pages.ui.reader.controls import chosen
from pages.ui.reader.ready import subject_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.parts import real_heading, toy_of_sentence


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
