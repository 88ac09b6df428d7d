"""Ten mistakes of attention, in the toy and inside the real model: which number changes, which rule breaks, what becomes of the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attention_core.analysis.broken import FUNCTIONS, with_wrong_rope
from attention_core.analysis.source import Source, source_of, statement_of
from pages.experiment.break_it.catalogue import Break, Quote
from pages.experiment.break_it.measurements import measure_all, ranking, rules
from pages.experiment.break_it.state import MISTAKE, choose_break
from pages.experiment.break_it.worlds import model_panel, place_of, toy_panel
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import subject_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.parts import real_heading, toy_of_sentence


def code_panel(broken: Break) -> None:
    """The lines that matter, right and broken, side by side; the whole functions on request."""
    left, right = st.columns(2, gap="large")
    with left:
        _lines("Right", broken.right)
    with right:
        _lines("Broken", broken.wrong)
    with st.expander("The functions, whole", on_change="rerun", key="break_it_whole") as whole:
        if whole.open:
            runs_it = FUNCTIONS.get(broken.name, with_wrong_rope)
            functions = dict.fromkeys([broken.right[0], broken.wrong[0], runs_it])
            for function in functions:
                _quote(
                    "Right" if function is broken.right[0] else "Broken",
                    function,
                    source_of(function),
                )


def _lines(side: str, quote: Quote) -> None:
    function, names = quote
    _quote(side, function, statement_of(function, *names))


def _quote(side: str, function: Callable[..., Any], source: Source) -> None:
    newer = ". **It was changed since this app started: restart it to run what you see.**"
    st.markdown(
        f"**{side}**: `{function.__name__}`, line {source.line} of `{source.file}`"
        + newer * source.is_newer
    )
    st.code(source.text, wrap_lines=True)


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
