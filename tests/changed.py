"""The tests of `make quick`, one a line: core, analysis, and those of the pages that differ from the last commit."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[1]
ALWAYS = ("tests/core", "tests/analysis", "tests/test_imports.py")


def changed() -> list[str]:
    """The files that differ from the last commit, new ones among them."""
    commands = (["diff", "--name-only", "HEAD"], ["ls-files", "--others", "--exclude-standard"])
    return [
        name
        for command in commands
        for name in subprocess.check_output(["git", *command], cwd=PROJECT, text=True).split()
    ]


def modules_for(files: list[str]) -> list[str]:
    """Of pages/<section>/<page>/… its tests/pages/test_<section>_<page>.py; of a test module itself."""
    found = set()
    for parts in (Path(name).parts for name in files):
        match parts:
            case ("pages", section, page, *_) if section != "ui":
                names = (f"test_{section}_{Path(page).stem}.py", f"test_{Path(page).stem}.py")
                found |= {f"tests/pages/{name}" for name in names}
            case ("pages", name):
                found.add(f"tests/pages/test_{name}")
            case ("tests", folder, *_) if folder not in ("browser", "deploy", "load", "survey"):
                found.add("/".join(parts))
    return sorted(name for name in found if is_a_test(name))


def is_a_test(name: str) -> bool:
    return Path(name).name.startswith("test_") and (PROJECT / name).is_file()


if __name__ == "__main__":
    print(*ALWAYS, *modules_for(changed()), sep="\n")
