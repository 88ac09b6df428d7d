"""The quiz: its questions by number, what a reader has answered in this session, and one question on the page."""

import secrets
from contextlib import suppress
from math import isinf

import streamlit as st

from attention_core.quiz.question import Choice, Number, Question, Table
from attention_core.quiz.quiz import make_quiz
from attention_core.quiz.wording import number as written
from attention_core.quiz.wording import read_number
from pages.ui.reader.predict import NOT_QUITE, NOTED, RIGHT, answers_are_hidden
from pages.ui.server.cache import cached
from pages.ui.widgets.figure import Figure

NUMBER = "quiz"  # session and link: the seed of the quiz on screen
LARGEST = 9999
GIVEN = "quiz_given"  # session: seed → position of the question → answer
ROUND = "Two decimals are enough."
LETTERS = "ABCD"  # so that a class can vote
COLOURS = {"query": "blue", "key": "orange", "value": "green", "weights": "violet", "output": "red"}


@cached(max_entries=64)
def questions(number: int) -> tuple[Question, ...]:
    return make_quiz(number)


def given(number: int) -> dict[int, float]:
    """The answers so far. Only the first to each question is kept."""
    all_given: dict[int, dict[int, float]] = st.session_state.setdefault(GIVEN, {})
    return all_given.setdefault(number, {})


def answer(number: int, position: int, value: float) -> None:
    """Give an answer; where there is one already, it stays."""
    given(number).setdefault(position, value)


def is_right(number: int, position: int) -> bool | None:
    """Whether the answer was right; None without one."""
    value = given(number).get(position)
    return None if value is None else questions(number)[position].answer.accepts(value)


def score(number: int) -> tuple[int, int]:
    """(right, answered) in this quiz."""
    return sum(is_right(number, i) is True for i in given(number)), len(given(number))


def at_key(number: int) -> str:
    """Session: the position of the question on screen; beyond the last one it is the result."""
    return f"quiz_at_{number}"


def go_to(number: int, position: int) -> None:
    """Turn to a question. Only in callbacks: the pills that show it are drawn before it."""
    st.session_state[at_key(number)] = position


def start_again(number: int) -> None:
    """The same questions with no answers. Only in callbacks."""
    given(number).clear()
    go_to(number, 0)


def another_quiz() -> None:
    """A quiz by chance, which then stands in the link. Only in callbacks."""
    before = st.session_state[NUMBER]
    by_chance = 1 + secrets.randbelow(LARGEST - 1)
    st.session_state[NUMBER] = by_chance + (by_chance >= before)  # never the same again


def number_box() -> int:
    # Streamlit puts right whatever a link says, but at a number without end it fails
    endless = _is_endless(st.query_params.get(NUMBER, ""))
    number = st.number_input(
        "Quiz number",
        1,
        LARGEST,
        1,
        key=NUMBER,
        bind=None if endless else "query-params",
        width=160,
    )
    if endless:
        del st.query_params[NUMBER]
    return number


def _is_endless(text: str) -> bool:
    try:
        return isinf(float(text))
    except ValueError:
        return False


def ask(number: int, at: int) -> None:
    """Question `at` of the quiz; once it is answered, whether that was right, and why."""
    question = questions(number)[at]
    with st.container(key="formula_quiz"):  # menu.py enlarges this class
        st.markdown(f"**{at + 1}.** {question.prompt}")
    *numbers, place = st.columns(2, gap="medium")[: 2 if question.shown else 1]
    for i, table in enumerate(question.shown):
        with numbers[0]:
            draw(table, f"quiz_{number}_{at}_{i}")
    with place:
        value = given(number).get(at)
        if value is not None and answers_are_hidden():
            _note(question, value)
        elif value is not None:
            _reveal(question, value)
        elif isinstance(question.answer, Choice):
            _offer(question.answer, number, at)
        else:
            _box(question.answer, number, at)


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


def _offer(choice: Choice, number: int, at: int) -> None:
    for i, option in enumerate(choice.options):
        st.button(
            f"**{LETTERS[i]}**  {option}",
            key=f"quiz_option_{number}_{at}_{i}",
            width="stretch",
            on_click=answer,
            args=(number, at, i),
        )


def _box(answer: Number, number: int, at: int) -> None:
    key = f"quiz_typed_{number}_{at}"
    with st.form(f"quiz_form_{number}_{at}", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            typed = st.text_input("Your answer, a number", key=key, width=220)
            st.form_submit_button("Check", on_click=_take, args=(number, at, key))
        if answer.is_endless:
            st.markdown(ROUND)
    if typed:  # and still no answer
        try:
            read_number(typed)
        except ValueError as error:
            st.text(str(error))  # quotes what the reader typed: shown literally


def _take(number: int, at: int, key: str) -> None:
    with suppress(ValueError):  # the box says what is wrong
        answer(number, at, read_number(st.session_state[key]))


def _note(question: Question, value: float) -> None:
    """What was answered, and not whether it was right."""
    if isinstance(question.answer, Choice):
        given = f"{LETTERS[int(value)]}  {question.answer.options[int(value)]}"
    else:
        given = written(value)
    st.markdown(f"Your answer: **{given}**")
    st.markdown(NOTED)


def _reveal(question: Question, value: float) -> None:
    right = question.answer.accepts(value)
    if isinstance(question.answer, Choice):
        lines = (
            f"{_mark(i == question.answer.right, i == value)} **{LETTERS[i]}**  {option}"
            for i, option in enumerate(question.answer.options)
        )
        st.markdown("  \n".join(lines))
    else:
        st.markdown(f"Your answer: **{written(value)}**")
    wrong = f"{NOT_QUITE} The answer is **{question.answer.text}**."
    st.markdown(RIGHT if right else wrong)
    st.markdown(question.reason)


def _mark(is_right: bool, is_given: bool) -> str:
    if is_right:
        return ":material/check_circle:"
    return ":material/cancel:" if is_given else ":material/radio_button_unchecked:"
