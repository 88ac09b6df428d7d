"""Hundreds of quizzes: each question has one right answer, and a reader can work it out from what is printed."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from attention_core.quiz import rows
from attention_core.quiz.question import Choice, Number, Question
from attention_core.quiz.quiz import KINDS, LENGTH, make_quiz
from pages.contents import LESSONS
from tests.quiz.solvers import SOLVERS

SEEDS = range(200)
EVERY = [kind for lesson in KINDS for kind in lesson]


@pytest.fixture(scope="module")
def quizzes() -> list[tuple[Question, ...]]:
    return [make_quiz(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def questions(quizzes) -> list[Question]:
    return [question for quiz in quizzes for question in quiz]


def judge(question: Question) -> None:
    """Fails unless the answer found from the printed page is the one that the quiz accepts, and no other."""
    found = SOLVERS[question.kind](question)
    if isinstance(question.answer, Choice):
        assert question.answer.options.count(found) == 1, (question, found)
        accepted = [i for i in range(len(question.answer.options)) if question.answer.accepts(i)]
        assert accepted == [question.answer.options.index(found)], (question, found)
    else:
        assert question.answer.accepts(float(found)), (question, found)
        assert not question.answer.accepts(float(found) + 2.1 * question.answer.tolerance)


def test_every_answer_can_be_worked_out_from_the_page(questions):
    for question in questions:
        judge(question)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_each_kind_by_itself_is_right_for_many_seeds(kind):
    for seed in range(60):
        judge(kind(np.random.default_rng(seed)))


def test_a_wrong_answer_would_be_noticed(questions):
    question = next(q for q in questions if isinstance(q.answer, Choice))
    n_options = len(question.answer.options)
    wrong = Choice(question.answer.options, (question.answer.right + 1) % n_options)
    with pytest.raises(AssertionError):
        judge(Question(question.kind, "", question.prompt, question.shown, wrong, ""))


def test_a_quiz_has_twelve_questions_of_twelve_kinds_about_every_lesson(quizzes):
    lessons = {question.lesson for quiz in quizzes for question in quiz}
    assert lessons == {kind(np.random.default_rng(0)).lesson for kind in EVERY}
    for quiz in quizzes:
        assert len(quiz) == LENGTH == len({question.kind for question in quiz})
        assert {question.lesson for question in quiz} == lessons


def test_every_kind_is_asked_by_some_seed(questions):
    assert {question.kind for question in questions} == SOLVERS.keys()
    assert len(EVERY) == len(SOLVERS)


def test_questions_come_in_the_order_of_their_lessons(quizzes):
    number = {lesson.slug: lesson.number for lesson in LESSONS}
    for quiz in quizzes:
        numbers = [number[question.lesson] for question in quiz]
        assert numbers == sorted(numbers)


def test_the_same_seed_gives_the_same_quiz_and_another_seed_another():
    assert repr(make_quiz(7)) == repr(make_quiz(7))
    assert len({repr(make_quiz(seed)) for seed in range(20)}) == 20


def test_the_right_option_is_everywhere(questions):
    rights = defaultdict(Counter)
    for question in questions:
        if isinstance(question.answer, Choice):
            rights[question.kind][question.answer.right] += 1
    for kind, counted in rights.items():
        assert max(counted.values()) < 0.65 * counted.total(), kind


def test_questions_about_a_change_have_every_outcome(questions):
    outcomes = defaultdict(set)
    for question in questions:
        outcomes[question.kind].add(question.answer.text)
    assert outcomes["a constant added"] == {"it grows", "it stays the same", "it shrinks"}
    assert outcomes["scores stretched"] == {"it grows", "it shrinks"}
    assert outcomes["which side asks"] == {"the rows", "the columns"}
    assert len(outcomes["angle between vectors"]) == 3


def test_options_are_at_least_three_and_all_different(questions):
    for question in questions:
        if isinstance(question.answer, Choice):
            options = question.answer.options
            assert 3 <= len(set(options)) == len(options) <= 4, question


def test_numbers_can_be_typed_without_rounding_trouble(questions):
    """Rounded to two decimals, as the page invites to, every right number is accepted."""
    for question in questions:
        if isinstance(question.answer, Number):
            assert question.answer.accepts(round(question.answer.value, 2)), question


def printed_rows(question: Question) -> list[list[float]]:
    """Every row of weights in its tables and options, as a reader sees the numbers."""
    found = [
        [float(text) for text in line]
        for table in question.shown
        for line in (
            table.texts
            if table.role == "weights" and not table.heatmap
            else [[cells[table.columns.index("weight")] for cells in table.texts]]
            if "weight" in table.columns
            else []
        )
    ]
    if question.kind == "reading a heatmap":
        found += [[float(text) for text in line] for line in question.shown[0].texts]
    texts = question.answer.options if isinstance(question.answer, Choice) else ()
    if question.kind == "average over heads":
        texts = (question.reason.split(". Yet")[0],)
    shares = [re.findall("\u00a0(\\d\\.\\d\\d)", text) for text in texts]
    return found + [[float(text) for text in each] for each in shares if each]


def test_weights_sum_to_one_as_they_are_printed(questions):
    checked = set()
    for question in questions:
        for row in printed_rows(question):
            assert round(sum(row), 3) == 1, (question, row)
            checked.add(question.kind)
    assert checked >= {
        "a constant added", "scores stretched", "a second softmax", "√d left out",
        "reading a heatmap", "shuffled words", "average over heads",
    }  # fmt: skip


def test_no_rounding_explains_an_impossible_row():
    for seed in range(60):
        (table,) = (question := rows.impossible_row(np.random.default_rng(seed))).shown
        row = table.values[table.rows.index(question.answer.text)]
        most_by_rounding = 0.05 * len(row)
        assert row.sum() > 1 + most_by_rounding or row.min() <= -0.05


def test_reasons_and_prompts_are_finished_sentences(questions):
    for question in questions:
        assert question.prompt.endswith(("?", "…")), question
        assert question.reason.endswith("."), question
        assert not any(bad in question.reason for bad in ("nan", "inf", "np.", "-", "e−")), question


def test_the_reason_holds_the_right_answer(questions):
    for question in questions:
        if isinstance(question.answer, Number):
            two, three = (f"{question.answer.value:.{n}f}" for n in (2, 3))
            forms = {two, three.rstrip("0").rstrip(".")}
            reason = question.reason.replace("−", "-")
            assert any(f"**{form.replace('-0.00', '0')}**" in reason for form in forms), question


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError):
        make_quiz(-1)
