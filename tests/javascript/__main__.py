"""Check the types of the components' JavaScript with TypeScript's compiler: `make javascript`.

A browser gets several files as one module, so they are checked as one; errors name the file and line they stand in.
"""

import pkgutil
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from pages.ui import widgets
from pages.ui.widgets.component import Component
from pages.ui.widgets.head_lines import SCRIPTS
from pages.ui.widgets.sources import FOLDER, script

HERE = Path(__file__).parent
INSTALLED = Path(".venv/javascript")
ERROR = re.compile(r"^(\w+)\.js\((\d+),(\d+)\): (.*)")


def modules() -> dict[str, str]:
    """The script of every component by its name, and the one inside the file of the line view."""
    found = {"head_lines_file": script(*SCRIPTS, "head_lines_file")}
    for each in pkgutil.iter_modules(widgets.__path__, f"{widgets.__name__}."):
        named = vars(import_module(each.name)).values()
        found |= {kind.name: kind.js for kind in named if isinstance(kind, Component)}
    return found


def place(module: str, line: int) -> str:
    """The file and line that stand at a line of a module."""
    for path in FOLDER.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        before, holds, _ = module.partition(source)
        inside = line - before.count("\n")
        if holds and 0 < inside <= source.count("\n"):
            return f"{path.relative_to(Path.cwd())}:{inside}"
    return f"line {line} of the module"


def main() -> int:
    joined, named = INSTALLED / "joined", modules()
    shutil.rmtree(joined, ignore_errors=True)
    joined.mkdir(parents=True)
    for name, source in named.items():
        (joined / f"{name}.js").write_text(source, encoding="utf-8")
    for part in ("tsconfig.json", "page.d.ts"):
        shutil.copy(HERE / part, joined)
    compiler = (INSTALLED / "node_modules/typescript/bin/tsc").resolve()
    command = ["node", str(compiler), "--pretty", "false"]
    found = subprocess.run(command, cwd=joined, capture_output=True, text=True, check=False)
    for line in found.stdout.splitlines():
        error = ERROR.match(line)
        print(f"{place(named[error[1]], int(error[2]))}:{error[3]} {error[4]}" if error else line)
    print(found.stderr, end="", file=sys.stderr)
    if found.returncode == 0:
        print(f"Success: no issues found in {len(named)} modules of JavaScript")
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
