"""The recap: live numbers beside the terms, and a quiz that grades, explains, counts and can be shared."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.heads import head_of
from attention_core.quiz.question import Choice, Number, Question
from attention_core.quiz.quiz import LENGTH, make_quiz
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run
from pages.contents import LESSONS
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.quiz import LARGEST, ROUND
from tests.pages.conftest import components, figures, go_to, open_page, prose, texts

PAGE = "recap"
(WHERE_TO_TYPE,) = (lesson.heading for lesson in LESSONS if lesson.slug == "self-attention")


def links(app: AppTest) -> list[str]:
    """The lessons that are linked."""
    return [link.proto.label for link in app.get("page_link")]


def counted(app: AppTest) -> list[str]:
    """Right and answered questions of the quiz, then of the lessons' predictions, if there are any."""
    bold = [re.findall(r"\*\*(\d+)\*\*", each.value) for each in app.markdown]
    return next(found for found in bold if len(found) > 1)


def first_with(answer: type, number: int) -> int:
    """Position of the first question of this quiz with such an answer."""
    return next(i for i, q in enumerate(make_quiz(number)) if isinstance(q.answer, answer))


def open_question(number: int, at: int) -> AppTest:
    app = open_page(PAGE, quiz=str(number))
    app.button_group(key=f"quiz_at_{number}").set_value(at).run()
    return app


def choose(app: AppTest, number: int, at: int, option: int) -> AppTest:
    return app.button(key=f"quiz_option_{number}_{at}_{option}").click().run()


def type_in(app: AppTest, number: int, at: int, typed: str) -> AppTest:
    app.text_input(key=f"quiz_typed_{number}_{at}").set_value(typed)
    return next(button for button in app.button if button.label == "Check").click().run()


def answer_all(app: AppTest, number: int, wrong: set[int]) -> AppTest:
    for at, question in enumerate(make_quiz(number)):
        if isinstance(question.answer, Choice):
            n_options = len(question.answer.options)
            choose(app, number, at, (question.answer.right + (at in wrong)) % n_options)
        else:
            type_in(app, number, at, f"{question.answer.value + (at in wrong):.2f}")
        app.button(key=f"quiz_{'next' if at + 1 < LENGTH else 'result'}").click().run()
    return app


def test_the_terms_carry_the_numbers_of_the_toy():
    app = open_page(PAGE)
    assert not app.exception
    toy = PRESETS[0]
    trace = head_of(run(toy).heads, 0)
    q_pos = toy.query
    k_pos = int(trace.weights[q_pos].argmax())
    asks, offers = f"{q_pos} {toy.tokens[q_pos]}", f"{k_pos} {toy.tokens[k_pos]}"
    assert f"{asks} → {offers}: {trace.weights[q_pos, k_pos]:.2f}" in texts(app)
    score = np.dot(toy.x[q_pos] @ toy.W_Q, toy.x[k_pos] @ toy.W_K)
    assert f"q of {asks} · k of {offers} = {score:.2f}" in texts(app)
    assert f"= ({', '.join(f'{value:.2f}' for value in toy.x[k_pos] @ toy.W_V)})" in texts(app)


def test_another_query_moves_the_numbers_of_the_terms():
    before = texts(open_page(PAGE))
    after = texts(open_page(PAGE, query="10 tired"))
    assert "q of 10 tired" in after and "q of 10 tired" not in before


@pytest.mark.parametrize("text", ["", "  ", "<b>bold</b> ![](x) :red[x]", "🙂", "word " * 200])
def test_terms_stand_with_any_sentence_and_with_none(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert "**:blue[Query]**" in prose(app)
    assert "<b>" not in prose(app) and "![](x)" not in prose(app)
    assert links(app).count(WHERE_TO_TYPE) == 1 + (not text.strip())  # beside its own term


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_right_choice_is_graded_and_explained(number: int):
    at = first_with(Choice, number)
    question = make_quiz(number)[at]
    app = choose(open_question(number, at), number, at, question.answer.right)
    assert not app.exception
    assert question.reason in prose(app)
    assert counted(app) == ["1", "1"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_wrong_choice_is_told_the_right_one_and_the_reason(number: int):
    at = first_with(Choice, number)
    question = make_quiz(number)[at]
    wrong = (question.answer.right + 1) % len(question.answer.options)
    app = open_question(number, at)
    assert question.reason not in prose(app)
    choose(app, number, at, wrong)
    assert f"**{question.answer.text}**" in prose(app)
    assert question.reason in prose(app)
    assert counted(app) == ["0", "1"]


@pytest.mark.parametrize("mark", [".", ","])
def test_a_number_is_graded_with_point_or_comma(mark: str):
    number = 3
    at = first_with(Number, number)
    question = make_quiz(number)[at]
    typed = f"{question.answer.value:.2f}".replace(".", mark)
    app = type_in(open_question(number, at), number, at, typed)
    assert counted(app) == ["1", "1"] and question.reason in prose(app)


@pytest.mark.parametrize("number", [1, 3, 4, 7, 11])
def test_only_an_answer_with_more_decimals_says_how_many_are_enough(number: int):
    for at, question in enumerate(make_quiz(number)):
        if isinstance(question.answer, Number):
            value = question.answer.value
            must_round = not np.isclose(100 * value, np.rint(100 * value))
            assert (ROUND in prose(open_question(number, at))) == must_round, question


def test_a_wrong_number_is_told_the_right_one():
    number = 3
    at = first_with(Number, number)
    question = make_quiz(number)[at]
    app = type_in(open_question(number, at), number, at, f"{question.answer.value + 1:.2f}")
    assert f"**{question.answer.text}**" in prose(app) and counted(app) == ["0", "1"]


@pytest.mark.parametrize("typed", ["abc", "1.2.3", "**x**", "![](x)"])
def test_what_is_no_number_is_named_and_not_counted(typed: str):
    number = 3
    at = first_with(Number, number)
    app = type_in(open_question(number, at), number, at, typed)
    assert not app.exception
    assert f"“{typed}”" in texts(app)
    assert typed not in prose(app)
    assert counted(app) == ["0", "0"]


def test_a_whole_quiz_ends_with_its_score_and_the_lessons_to_look_at_again():
    number, wrong = 5, {1, 4, 7}
    app = answer_all(open_page(PAGE, quiz=str(number)), number, wrong)
    assert not app.exception
    assert [str(LENGTH - len(wrong)), str(LENGTH)] in [figures(each.value) for each in app.header]
    questions = make_quiz(number)
    missed = [questions[at] for at in wrong]
    listed = {kind for markdown in app.markdown for kind in markdown.value.split(", ")}
    assert listed & {question.kind for question in questions} == {q.kind for q in missed}
    for slug in {question.lesson for question in missed}:
        (heading,) = (lesson.heading for lesson in LESSONS if lesson.slug == slug)
        assert links(app).count(heading) == links(open_page(PAGE)).count(heading) + 1


def test_everything_right_leaves_nothing_to_look_at():
    app = answer_all(open_page(PAGE), 1, set())
    assert [str(LENGTH), str(LENGTH)] in [figures(each.value) for each in app.header]
    assert links(app) == links(open_page(PAGE))


def test_the_pills_show_what_was_right_and_what_was_wrong():
    app = answer_all(open_page(PAGE), 1, {2})
    pills = app.button_group(key="quiz_at_1").options
    assert pills[:4] == ["1 ✓", "2 ✓", "3 ✗", "4 ✓"]
    assert pills[-1] == "Result"


def test_start_again_forgets_the_answers():
    app = answer_all(open_page(PAGE), 1, set())
    next(button for button in app.button if button.label == "Start again").click().run()
    assert counted(app) == ["0", "0"]
    assert make_quiz(1)[0].prompt in prose(app)


def test_answers_are_kept_while_the_reader_looks_at_another_page():
    number = 2
    at = first_with(Choice, number)
    app = choose(open_question(number, at), number, at, make_quiz(number)[at].answer.right)
    go_to(app, "softmax")
    go_to(app, PAGE)
    assert counted(app) == ["1", "1"]


def test_predictions_of_the_lessons_are_counted_too():
    app = open_page(PAGE)
    app.session_state["predictions"] = {"a": True, "b": False, "c": True}
    app.run()
    assert counted(app) == ["0", "0", "2", "3"]


def test_the_same_number_asks_everyone_the_same_and_a_new_one_something_else():
    first, second = open_page(PAGE, quiz="42"), open_page(PAGE, quiz="42")
    assert make_quiz(42)[0].prompt in prose(first)
    assert prose(first) == prose(second)
    assert NOT_THERE.format("quiz") not in prose(first)
    next(button for button in first.button if button.label == "New quiz").click().run()
    number = first.number_input(key="quiz").value
    assert number != 42 and 1 <= number <= LARGEST
    assert make_quiz(number)[0].prompt in prose(first)
    assert NOT_THERE.format("quiz") not in prose(first)


@pytest.mark.parametrize("broken", ["abc", "-5", "0", "10000", "1e99", "9" * 30, "<b>", ""])
def test_a_broken_link_opens_the_first_quiz_and_says_so(broken: str):
    app = open_page(PAGE, quiz=broken)
    assert not app.exception
    assert app.number_input(key="quiz").value == 1
    assert make_quiz(1)[0].prompt in prose(app)
    assert NOT_THERE.format("quiz") in prose(app)


def shows(app: AppTest, question: Question) -> bool:
    """Whether every number of the question is on the page: in a table, or in a picture and its label."""
    pictures = [data["label"] for data in components(app)]
    everything = prose(app) + "\n".join(pictures)
    return all(
        text in everything for table in question.shown for row in table.texts for text in row
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_question_shows_what_it_needs(number: int):
    app = open_page(PAGE, quiz=str(number))
    for question in make_quiz(number):
        assert not app.exception
        assert question.prompt in prose(app) and shows(app, question)
        if question is not make_quiz(number)[-1]:
            (button,) = (b for b in app.button if b.key in ("quiz_next", "quiz_result"))
            button.click().run()
