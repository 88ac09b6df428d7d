"""Lesson 12: the terms once more with live numbers, and a quiz made from a number and graded by what the core computes."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from attention_core.attention import AttentionTrace
from attention_core.pretrained.catalogue import entry_for
from attention_core.quiz.quiz import LENGTH
from attention_core.quiz.wording import fixed
from attention_core.toy.scenario import Scenario
from pages.contents import LESSONS
from pages.frame import link_with
from pages.ui.reader import quiz as state
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.predict import NOTED, answers_are_hidden
from pages.ui.reader.predict import score as predictions
from pages.ui.reader.quiz import ask, number_box
from pages.ui.reader.worlds import World, toy_world
from pages.ui.widgets.wording import vector

NARROWEST = 210  # pixels of a card
INSTEAD = "quiz_instead"  # session: the quiz that is shown because the link asked for none
MARKS = {True: " ✓", False: " ✗", None: ""}
HIDDEN_MARKS = {True: " •", False: " •", None: ""}


def lesson_link(slug: str, icon: str | None = None) -> None:
    lesson = next(lesson for lesson in LESSONS if lesson.slug == slug)
    st.page_link(
        lesson.file, label=lesson.heading, icon=icon, query_params=link_with(lesson.number)
    )


@dataclass(frozen=True)
class Term:
    """A term, what it means and a comparison, which lesson teaches it, and its live number in plain text."""

    name: str
    text: str
    lesson: str
    live: Callable[[Scenario, World], str]


def terms() -> None:
    """All terms as cards, the numbers taken from the toy of the reader's sentence."""
    toy = toy_or_none()
    world = toy_world(toy.current, chosen()) if toy else None
    if toy:
        st.text(f"The numbers are those of the toy of: {toy.current.sentence}")
    else:
        st.markdown("There is no sentence, so there are no numbers. Type one in this lesson:")
        lesson_link("self-attention")
    grid = st.grid(4, min_column_width=NARROWEST, border=True)
    for term in TERMS:
        with grid.cell(), st.container(gap="xsmall"):
            st.markdown(f"**{term.name}**: {term.text}")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if toy and world:
                    st.text(term.live(toy.current, world))  # holds the reader's words
                lesson_link(term.lesson)


def _heads(scenario: Scenario, _: World) -> str:
    entry = entry_for(chosen().model_id)
    real = f"; {entry.key}: {entry.n_heads} in each layer" if entry else ""
    return f"Heads of this toy: {scenario.n_heads}{real}"


def _query(world: World) -> str:
    return world.queries[world.q_pos]


def _key(world: World) -> str:
    return world.keys[world.k_pos]


def _trace(world: World) -> AttentionTrace:
    assert world.trace is not None  # a toy has all its numbers
    return world.trace


TERMS = (
    Term(
        "Embedding",
        "a word as a list of numbers. Like GPS coordinates: near means similar.",
        "embeddings",
        lambda toy, world: f"{_query(world)}: {vector(toy.x[world.q_pos])}",
    ),
    Term(
        ":blue[Query]",
        "what a word looks for. Like the question typed into a search.",
        "query-key-value",
        lambda _, world: f"q of {_query(world)} = {vector(_trace(world).q[world.q_pos])}",
    ),
    Term(
        ":orange[Key]",
        "what a word offers. Like the title on the back of a book.",
        "query-key-value",
        lambda _, world: f"k of {_key(world)} = {vector(_trace(world).k[world.k_pos])}",
    ),
    Term(
        ":green[Value]",
        "what a word hands over. Like what is written inside the book.",
        "query-key-value",
        lambda _, world: f"v of {_key(world)} = {vector(_trace(world).v[world.k_pos])}",
    ),
    Term(
        "Dot product",
        "how well two lists of numbers fit. Like a matching game: what fits scores points.",
        "dot-product",
        lambda _, world: (
            f"q of {_query(world)} · k of {_key(world)} = "
            f"{fixed(_trace(world).scores[world.q_pos, world.k_pos], 2)}"
        ),
    ),
    Term(
        ":violet[Attention weights]",
        "shares of one whole. Like the brightness of spotlights.",
        "softmax",
        lambda _, world: f"{_query(world)} → {_key(world)}: {fixed(world.row[world.k_pos], 2)}",
    ),
    Term(
        "Self-attention",
        "all words ask all words of their sentence. Like a party: many voices, you follow one.",
        "self-attention",
        lambda _, world: (
            f"{len(world.queries)} × {len(world.queries)} = {world.head_weights.size} "
            "weights in this sentence"
        ),
    ),
    Term(
        "Multi-head attention",
        "several attentions at once. Like critics who watch one film.",
        "multi-head",
        _heads,
    ),
)


@st.fragment
def quiz() -> None:
    """Everything from the number of the quiz to its result; an answer redraws only this."""
    number = _number()
    n_questions = len(state.questions(number))
    at = _progress(number, n_questions)
    with st.container(border=True, key="quiz_card"):
        if at < n_questions:
            ask(number, at)
        else:
            result(number)
    with st.container(horizontal=True):
        if at > 0:
            _turn("Back", number, at - 1, "arrow_back")
        if at < n_questions:
            _turn("Next" if at + 1 < n_questions else "Result", number, at + 1, "arrow_forward")


def _number() -> int:
    """The number that makes the questions. It is in the link, so that a class can share it."""
    opened = st.query_params.get(state.NUMBER) if state.NUMBER not in st.session_state else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = number_box()
        st.button("New quiz", icon=":material/casino:", on_click=state.another_quiz)
        st.button(
            "Start again",
            icon=":material/restart_alt:",
            on_click=state.start_again,
            args=(number,),
            disabled=not state.given(number),
        )
    if opened not in (None, str(number)):
        st.session_state[INSTEAD] = number
    if st.session_state.get(INSTEAD) == number:
        st.markdown(NOT_THERE.format(state.NUMBER))
    st.markdown("The same number gives everyone the same questions: share the link of this page.")
    return number


def _progress(number: int, n_questions: int) -> int:
    """One pill for each question, marked once it is answered, and one for the result."""
    key = state.at_key(number)
    marks = HIDDEN_MARKS if answers_are_hidden() else MARKS
    st.session_state.setdefault(key, 0)
    at = st.pills(
        "Questions",
        range(n_questions + 1),
        format_func=lambda i: (
            "Result" if i == n_questions else f"{i + 1}{marks[state.is_right(number, i)]}"
        ),
        key=key,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        persist_state="session",
    )
    right, answered = state.score(number)
    if answers_are_hidden():
        st.markdown(f"**{answered}** of **{n_questions}** answered.")
        return at or 0
    line = f"Right: **{right}** of **{answered}** answered."
    right_before, predicted = predictions()
    if predicted:
        line += f" Predictions in the lessons: **{right_before}** of **{predicted}**."
    st.markdown(line)
    return at or 0


def _turn(label: str, number: int, to: int, icon: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        icon_position="right" if label != "Back" else "left",
        key=f"quiz_{label.lower()}",
        on_click=state.go_to,
        args=(number, to),
    )


def result(number: int) -> None:
    questions = state.questions(number)
    right, answered = state.score(number)
    if answers_are_hidden():
        st.header(f"{answered} of {len(questions)} answered", anchor=False)
        st.markdown(NOTED)
        return
    st.header(f"{right} of {len(questions)} right", anchor=False)
    if answered < len(questions):
        st.markdown(f"Not answered yet: {len(questions) - answered}.")
    missed = [
        question for i, question in enumerate(questions) if state.is_right(number, i) is False
    ]
    if missed:
        st.markdown("**Worth another look:**")
        for slug in dict.fromkeys(question.lesson for question in missed):
            with st.container(horizontal=True, vertical_alignment="center"):
                lesson_link(slug, icon=":material/arrow_forward:")
                st.markdown(", ".join(each.kind for each in missed if each.lesson == slug))
    elif answered == len(questions):
        st.markdown("You can read any number on these pages. Try them on a sentence of your own.")


st.markdown(f"The terms once more, then [the quiz](#quiz): {LENGTH} questions to work out alone.")
st.header("The terms, in one line each", anchor=False)
terms()
st.header("Quiz", anchor="quiz")
quiz()
