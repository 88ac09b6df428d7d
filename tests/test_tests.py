"""No test reaches into another test module, or into a private name of ours. Read from the source: nothing is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
OURS = ("attention_core", "pages", "tests")
FILES = sorted((PROJECT / "tests").rglob("*.py"))


def reached_into(source: str, own: str = "") -> Iterator[str]:
    """What a module with this source takes from other test modules, and private names it takes from ours."""
    tree, ours = ast.parse(source), set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if module.rpartition(".")[2].startswith("test_") and module != own:
            yield module
        if node.level or module.split(".")[0] in OURS:
            ours |= {each.asname or each.name for each in node.names}
            yield from (each.name for each in node.names if is_private(each.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and root(node.value) in ours:
            yield node.attr


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_tests_stand_alone(file: Path):
    own = ".".join(file.relative_to(PROJECT).with_suffix("").parts)
    assert list(reached_into(file.read_text(), own)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from tests.toy.test_toy_edits import x", "tests.toy.test_toy_edits"),
        ("from .test_toy_edits import x", "test_toy_edits"),
        ("from pages.ui.server.models import _loader", "_loader"),
        ("from pages.ui.server import models\nmodels._loader.submit()", "_loader"),
    ],
)
def test_what_reaches_too_far_is_named(source: str, found: str):
    assert list(reached_into(source)) == [found]
