"""The markdown of questions as pieces, and readers' text as signs that can be printed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.quiz.quiz import make_quiz
from attention_core.worksheet.writing import INSTEAD, LONGEST, Run, printable, runs


@pytest.mark.parametrize(
    ("markdown", "pieces"),
    [
        ("plain", [Run("plain")]),
        ("", []),
        ("a **b** c", [Run("a "), Run("b", bold=True), Run(" c")]),
        (":blue[**q**] what", [Run("q", True, "blue"), Run(" what")]),
        ("**:red[x] y**", [Run("x", True, "red"), Run(" y", True)]),
        ("[SEP] stays", [Run("[SEP] stays")]),
        ("2 · 3 = **6**.", [Run("2 · 3 = "), Run("6", True), Run(".")]),
    ],
)
def test_markdown_becomes_pieces(markdown: str, pieces: list[Run]):
    joined: list[Run] = []
    for run in runs(markdown):  # neighbours that look the same are one piece to the eye
        if joined and (joined[-1].bold, joined[-1].colour) == (run.bold, run.colour):
            joined[-1] = Run(joined[-1].text + run.text, run.bold, run.colour)
        else:
            joined.append(run)
    assert joined == pieces


@pytest.mark.parametrize("markdown", ["**open", ":blue[open", "a **b** **c"])
def test_what_is_not_closed_is_refused(markdown: str):
    with pytest.raises(ValueError, match="missing"):
        runs(markdown)


def test_nothing_of_the_markdown_of_a_quiz_is_left():
    for seed in range(20):
        for question in make_quiz(seed):
            for markdown in (question.prompt, question.reason):
                text = "".join(run.text for run in runs(markdown))
                assert not re.search(r"\*\*|:[a-z]+\[|`|\$", text), text


@given(st.text(max_size=300))
def test_any_text_becomes_one_short_line(typed: str):
    line = printable(typed)
    assert len(line) <= LONGEST
    assert len(line.splitlines()) <= 1
    assert printable(line) == line.strip() or INSTEAD in line


def test_what_the_fonts_lack_is_shown_as_missing():
    assert printable("Klasse 9b – 日本 😀") == f"Klasse 9b – {INSTEAD * 2} {INSTEAD}"
    assert printable("Łódź, Ωμέγα, Привет √2 · “x”") == "Łódź, Ωμέγα, Привет √2 · “x”"
