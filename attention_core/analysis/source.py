"""The source of the core's own functions, read from their files, so that what a lesson shows is what is there.

Nothing is copied, and a file that is edited shows as it is now. It reads; it never runs what it reads.
"""

import ast
import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
STARTED = time.time()


@dataclass(frozen=True)
class Source:
    """A piece of a file, literally, and where it stands."""

    file: str  # below the project's folder
    line: int  # its first, counted from 1
    text: str
    is_newer: bool  # than this process, which still runs what it read before
    lines: tuple[int, ...]  # the number of each line of the text

    @property
    def line_numbers(self) -> str:
        """Where its lines stand, as a reader wants it: "45", "52–53, 60"."""
        starts = [n for n in self.lines if n - 1 not in self.lines]
        stops = [n for n in self.lines if n + 1 not in self.lines]
        pairs = zip(starts, stops, strict=True)
        return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in pairs)


def source_of(function: Callable[..., Any]) -> Source:
    """The whole function. Raises ValueError if its file does not have it at the top level."""
    path, lines, node = _find(function)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return _source(path, [(first, lines[first - 1 : node.end_lineno])])


def statement_of(function: Callable[..., Any], *names: str) -> Source:
    """The statements of the function that assign one of `names`, in the order of the file.

    The name "return" stands for what it returns. A statement inside an `if` comes with all of the `if`: without
    it, three returns would stand in a row. Raises ValueError for a name it never assigns.
    """
    path, lines, node = _find(function)
    found = [(statement, assigned & set(names)) for statement, assigned in _statements(node)]
    hit = {statement for statement, hits in found if hits}
    kept = [outer for outer in node.body if hit & set(ast.walk(outer))]
    missing = set(names) - {name for _, hits in found for name in hits}
    if missing or not kept:
        raise ValueError(f"{node.name} never assigns {', '.join(sorted(missing)) or 'nothing'}")
    return _source(path, [(s.lineno, lines[s.lineno - 1 : s.end_lineno]) for s in kept])


def _find(function: Callable[..., Any]) -> tuple[Path, list[str], ast.FunctionDef]:
    """By its name and not by its line number, which an edit of the file would put wrong."""
    plain = inspect.unwrap(function)
    path = Path(inspect.getfile(plain))
    lines, functions = _read(path, path.stat().st_mtime_ns)
    name = plain.__qualname__
    if name not in functions:
        raise ValueError(f"{path.name} has no function {name} at its top level")
    return path, lines, functions[name]


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> tuple[list[str], dict[str, ast.FunctionDef]]:
    text = path.read_text(encoding="utf-8")
    top = ast.parse(text).body
    return text.splitlines(), {node.name: node for node in top if isinstance(node, ast.FunctionDef)}


def _statements(function: ast.FunctionDef) -> Iterator[tuple[ast.stmt, set[str]]]:
    """Each statement that gives names a value, with these names, from top to bottom."""
    for node in sorted(
        (node for node in ast.walk(function) if isinstance(node, ast.stmt)),
        key=lambda statement: statement.lineno,
    ):
        if isinstance(node, ast.Return):
            yield node, {"return"}
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield (
                node,
                {
                    part.id
                    for target in targets
                    for part in ast.walk(target)
                    if isinstance(part, ast.Name)
                },
            )


def _source(path: Path, parts: list[tuple[int, list[str]]]) -> Source:
    """Pieces of a file, each as the number of its first line and its lines."""
    numbers = tuple(first + i for first, lines in parts for i in range(len(lines)))
    text = "\n".join(dedent("\n".join(lines)) for _, lines in parts)
    inside = path.is_relative_to(PROJECT)
    name = path.relative_to(PROJECT).as_posix() if inside else path.name
    return Source(name, numbers[0], text, path.stat().st_mtime > STARTED, numbers)
