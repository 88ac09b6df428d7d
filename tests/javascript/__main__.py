"""Check the types of the components' JavaScript with TypeScript's compiler: `make javascript`.

A browser gets several files as one module, so they are checked as one; errors name the file and line they stand in.
"""

import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pages.ui import widgets
from pages.ui.widgets.component import COMPONENTS
from pages.ui.widgets.head_lines import SCRIPTS
from pages.ui.widgets.sources import FOLDER, script

HERE = Path(__file__).parent
INSTALLED = Path(".venv/javascript")
ERROR = re.compile(r"^(\w+)\.js\((\d+),(\d+)\): (.*)")


def modules() -> dict[str, tuple[str, ...]]:
    """The names of the scripts in each module: of every component, and of the file of the line view."""
    for each in pkgutil.iter_modules(widgets.__path__, f"{widgets.__name__}."):
        import_module(each.name)
    named = {name: each.js for name, each in COMPONENTS.items()}
    return named | {"head_lines_file": (*SCRIPTS, "head_lines_file"), "together": ("together",)}


def place(scripts: Sequence[str], line: int) -> str:
    """The file and line of a line of the joined scripts."""
    for name in scripts:
        n_lines = script(name).count("\n")
        if line <= n_lines:
            return f"{(FOLDER / name).relative_to(Path.cwd())}.js:{line}"
        line -= n_lines
    return f"after {scripts[-1]}.js"


def main() -> int:
    joined, named = INSTALLED / "joined", modules()
    shutil.rmtree(joined, ignore_errors=True)
    joined.mkdir(parents=True)
    for name, scripts in named.items():
        (joined / f"{name}.js").write_text(script(*scripts), encoding="utf-8")
    for part in ("tsconfig.json", "page.d.ts"):
        shutil.copy(HERE / part, joined)
    compiler = INSTALLED / "node_modules/typescript/bin/tsc"
    found = subprocess.run(
        ["node", str(compiler.resolve()), "--pretty", "false"],
        cwd=joined, capture_output=True, text=True, check=False,
    )  # fmt: skip
    for line in dict.fromkeys(found.stdout.splitlines()):
        error = ERROR.match(line)
        print(f"{place(named[error[1]], int(error[2]))}:{error[3]} {error[4]}" if error else line)
    print(found.stderr, end="", file=sys.stderr)
    if found.returncode == 0:
        print(f"Success: no issues found in {len(named)} modules of JavaScript")
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
