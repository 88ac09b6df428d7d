"""No number of the pages is typed: the sources are walked for weights, cosines and shares written as literals in prose."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
# what others printed is quoted in attention_core/toy/claims.py, and scenarios are numbers by nature
PAGES = ("pages", "attention_core/worksheet", "attention_core/quiz")
# 0.71, .4, −0,5, 80 % … but not ".2f" of a format, "1902.10186" of a paper, "[0.5, 1]" of code
NUMBER = re.compile(
    r"(?<![\w.,:%])[−-]?\d?[.,]\d+(?![\d.]*[\dfgexs%])|\b\d+(\.\d+)?\s?(%|per ?cent)"
)


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Every string of the source that is not a docstring, with its line; of f-strings, what is typed."""
    tree = ast.parse(source)
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }
    formats = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec
        for part in ast.walk(node.format_spec)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings | formats:
            yield node.lineno, node.value


def typed_numbers(source: str) -> list[str]:
    return [f"{line}: {text}" for line, text in prose(source) if NUMBER.search(text)]


def page_files() -> list[Path]:
    return [file for folder in PAGES for file in sorted((PROJECT / folder).rglob("*.py"))]


def test_there_are_pages_to_walk():
    names = {file.name for file in page_files()}
    assert {"page.py", "home.py", "predict.py", "figure.py", "quiz.py"} <= names


@pytest.mark.parametrize("file", page_files(), ids=lambda file: str(file.relative_to(PROJECT)))
def test_no_number_is_typed(file: Path):
    assert typed_numbers(file.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "“it” gives the cat 0.71 of its weight",
        "about .43 when d is small",
        "the cosine is −0.5",
        "sinks take 60 % of it",
        "in 50% of all rows",
        "0,25 of it",
    ],
)
def test_a_typed_number_is_found(text: str):
    assert typed_numbers(f"st.markdown({text!r})") != []
    assert typed_numbers(f"st.markdown(f{text!r})") != []


@pytest.mark.parametrize(
    "source",
    [
        'f"the weight is {weight:.2f}"',
        'f"{share:.0%} of it"',
        'NumberColumn("x", format="%.2f")',
        '"Jain & Wallace, arXiv 1902.10186"',
        '"the original Transformer used 8 heads"',
        '"rows 1, 2 and 3"',
        'def f():\n    """About 0.25 at every d."""',
        "scores = [2.0, 0.5]",
    ],
)
def test_what_is_not_a_typed_number_passes(source: str):
    assert typed_numbers(source) == []
