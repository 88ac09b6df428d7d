"""One question: what is asked, the numbers to decide it from, the options or a box, then verdict and reason."""

from contextlib import suppress

import streamlit as st

from attention_core.quiz.question import Choice, Question, Table
from attention_core.quiz.wording import number as written
from attention_core.quiz.wording import read_number
from pages.ui.reader import answers
from pages.ui.reader import quiz_state as state
from pages.ui.widgets.figure import Figure

LETTERS = "ABCD"  # so that a class can vote
COLOURS = {"query": "blue", "key": "orange", "value": "green", "weights": "violet", "output": "red"}


def ask(number: int, at: int) -> None:
    """Question `at` of the quiz; once it is answered, whether that was right, and why."""
    question = state.questions(number)[at]
    with st.container(key="formula_quiz"):  # menu.py enlarges this class
        st.markdown(f"**{at + 1}.** {question.prompt}")
    *numbers, place = st.columns(2, gap="medium")[: 2 if question.shown else 1]
    for i, table in enumerate(question.shown):
        with numbers[0]:
            draw(table, f"quiz_{number}_{at}_{i}")
    with place:
        value = state.given(number).get(at)
        if value is not None and answers.are_hidden():
            _note(question, value)
        elif value is not None:
            _reveal(question, value)
        elif isinstance(question.answer, Choice):
            _offer(question.answer, number, at)
        else:
            _box(number, at)


def draw(table: Table, key: str) -> None:
    """The numbers of a question: a heatmap with its twin, or a table in the colour of what it holds."""
    if not table.heatmap:
        st.markdown(_as_markdown(table))
        return
    row_title, column_title = table.axes
    lines = (
        f"{name}: {', '.join(cells)}" for name, cells in zip(table.rows, table.texts, strict=True)
    )
    Figure(
        table.title,
        table.values,
        rows=table.rows,
        columns=table.columns,
        row_title=row_title,
        column_title=column_title,
        decimals=table.decimals,
        summary=f"Columns: {', '.join(table.columns)}. Rows: {'; '.join(lines)}",
    ).draw(key)


def _as_markdown(table: Table) -> str:
    """A real table, so that it can be read aloud and grows with the page; its numbers in their colour."""
    colour = COLOURS.get(table.role or "")
    lines = [
        [table.title, *table.columns],
        [":--", *("--:" for _ in table.columns)],
        *(
            [f"**{name}**", *(f":{colour}[{text}]" if colour else text for text in texts)]
            for name, texts in zip(table.rows, table.texts, strict=True)
        ),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _offer(answer: Choice, number: int, at: int) -> None:
    for i, (letter, option) in enumerate(zip(LETTERS, answer.options, strict=False)):
        st.button(
            f"**{letter}**  {option}",
            key=f"quiz_option_{number}_{at}_{i}",
            width="stretch",
            on_click=state.answer,
            args=(number, at, i),
        )


def _box(number: int, at: int) -> None:
    key = f"quiz_typed_{number}_{at}"
    with st.form(f"quiz_form_{number}_{at}", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            typed = st.text_input("Your answer, a number", key=key, width=220)
            st.form_submit_button("Check", on_click=_take, args=(number, at, key))
        st.markdown("Two decimals are enough.")
    if typed:  # and still no answer
        try:
            read_number(typed)
        except ValueError as error:
            st.text(str(error))  # quotes what the reader typed: shown literally


def _take(number: int, at: int, key: str) -> None:
    with suppress(ValueError):  # the box says what is wrong
        state.answer(number, at, read_number(st.session_state[key]))


def _note(question: Question, value: float) -> None:
    """What was answered, and not whether it was right."""
    given = (
        f"{LETTERS[int(value)]}  {question.answer.options[int(value)]}"
        if isinstance(question.answer, Choice)
        else written(value)
    )
    st.markdown(f"Your answer: **{given}**")
    st.markdown(answers.NOTED)


def _reveal(question: Question, value: float) -> None:
    right = question.answer.accepts(value)
    if isinstance(question.answer, Choice):
        lines = (
            f"{_mark(i == question.answer.right, i == value)} **{letter}**  {option}"
            for i, (letter, option) in enumerate(
                zip(LETTERS, question.answer.options, strict=False)
            )
        )
        st.markdown("  \n".join(lines))
    else:
        st.markdown(f"Your answer: **{written(value)}**")
    wrong = f"{answers.NOT_QUITE} The answer is **{question.answer.text}**."
    st.markdown(answers.RIGHT if right else wrong)
    st.markdown(question.reason)


def _mark(is_right: bool, is_given: bool) -> str:
    if is_right:
        return ":material/check_circle:"
    return ":material/cancel:" if is_given else ":material/radio_button_unchecked:"
