"""Whatever the pages and the experiments import at the top of their files, torch is not among it: first paint never waits for it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from attention_core import pretrained

PROJECT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers")


def imports_of(path: Path) -> str:
    """The import statements that run, wherever they stand: a page itself can't be imported, it would run."""
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if not is_for_types_alone(node)]
    nodes = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, nodes))


def is_for_types_alone(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def test_no_file_of_the_pages_imports_torch():
    files = [*PROJECT.glob("pages/**/*.py"), *PROJECT.glob("attention_core/experiments/*.py")]
    statements = {
        line
        for path in files
        for line in imports_of(path).splitlines()
        if "__future__" not in line  # must stand first
    }
    assert len(statements) > 500
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join([*sorted(statements), f"import sys\nprint([n for n in {HEAVY} if n in sys.modules])"])],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "[]\n"


def test_what_is_used_of_a_lazy_module_is_the_modules_own():
    used = (
        "import sys; from attention_core.pretrained import capture; assert 'torch' not in sys.modules;"
        "own = capture.as_tensors; assert 'torch' in sys.modules;"
        "from attention_core.pretrained.capture import as_tensors; assert own is as_tensors"
    )
    subprocess.run([sys.executable, "-c", used], cwd=PROJECT, check=True)


def test_a_module_that_is_not_there_is_no_lazy_one():
    with pytest.raises(ImportError, match="no_such_module"):
        from attention_core.pretrained import no_such_module  # noqa: F401
    with pytest.raises(AttributeError, match="no_such_module"):
        _ = pretrained.no_such_module
