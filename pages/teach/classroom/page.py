"""For a teacher with thirty students and a projector: links to presets, questions to reveal, a worksheet to print."""

import streamlit as st

from attention_core.quiz.question import Choice, Question
from pages.teach.classroom.links import links, server_address
from pages.teach.classroom.worksheet import worksheet
from pages.ui.reader import quiz as state
from pages.ui.reader.quiz import LETTERS, draw, number_box
from pages.ui.reader.sentence import hide_sentence
from pages.ui.widgets.parts import one_of


@st.fragment
def questions(number: int) -> None:
    """Every question with its tables and options, and a switch that reveals its answer."""
    asked = state.questions(number)
    keys = [f"teach_answer_{number}_{i}" for i in range(len(asked))]
    with st.container(horizontal=True):
        _all("Reveal all", keys, True, "visibility")
        _all("Hide all", keys, False, "visibility_off")
    for i, (question, key) in enumerate(zip(asked, keys, strict=True)):
        with st.container(border=True):
            _question(number, i, question)
            if st.toggle(f"Answer to question {i + 1}", key=key, persist_state="session"):
                _answer(question)


def _all(label: str, keys: list[str], shown: bool, icon: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=lambda: st.session_state.update(dict.fromkeys(keys, shown)),
    )


def _question(number: int, i: int, question: Question) -> None:
    with st.container(key=f"formula_teach_{i}"):  # menu.py enlarges this class
        st.markdown(f"**{i + 1}.** {question.prompt}")
    options = question.answer.options if isinstance(question.answer, Choice) else ()
    tables = len(question.shown)
    columns = iter(st.columns(tables + 1, gap="medium")) if tables else iter([st.container()])
    for j, table in enumerate(question.shown):
        with next(columns):
            draw(table, f"teach_{number}_{i}_{j}")
    with next(columns), st.container(key=f"formula_teach_options_{i}"):
        st.markdown(
            "  \n".join(
                f"**{letter}**  {text}" for letter, text in zip(LETTERS, options, strict=False)
            )
            or "The answer is a number."
        )


def _answer(question: Question) -> None:
    right = question.answer
    letter = f"{LETTERS[right.right]} · " if isinstance(right, Choice) else ""
    st.markdown(f":material/check_circle: **{letter}{right.text}**  \n{question.reason}")


LINKS, QUESTIONS, WORKSHEET = "Links for the class", "Questions to reveal", "Worksheet to print"

part = one_of("Part", (LINKS, QUESTIONS, WORKSHEET), key="teach_part", has_label=False)
if part == LINKS:
    links(server_address())
elif part == QUESTIONS:
    hide_sentence()
    questions(number_box())
else:
    hide_sentence()
    number = number_box()
    worksheet(server_address(), number)
