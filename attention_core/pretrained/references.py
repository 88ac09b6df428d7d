"""What the files of somebody's model may not do: name other files, or another model. Nothing is loaded here.

transformers joins the names it finds there to the folder, so that `../` leads out of it (tried in 5.23). Single
files, as a tokenizer's `vocab_file`, it looks for by its own names only: the paths that often stand there,
from another computer, do no harm.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ADAPTER = "adapter_config.json"  # names another model, which would be fetched and read in its place


def check_references(folder: Path) -> None:
    """Raises ValueError, in words, if a file of the model leads out of its folder."""
    if (folder / ADAPTER).exists():
        raise ValueError(f"its {ADAPTER} names another model")
    for file in sorted({*folder.glob("*config.json"), *folder.glob("*.index.json")}):
        for name in _names(file):
            if not _is_bare(name):
                raise ValueError(
                    f"its {file.name} names “{name[:80]}”, which is outside its folder"
                )


def _names(file: Path) -> Iterator[str]:
    """The files that a file names: the parts of the weights, or versions of itself."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # the library says what is wrong with it
        return
    if not isinstance(content, dict):
        return
    if file.name.endswith(".index.json") and isinstance(content.get("weight_map"), dict):
        yield from _texts(content["weight_map"].values())
    for key, value in content.items():
        if key.endswith("_files") and isinstance(
            value, list
        ):  # each for one version of the library
            yield from _texts(value)


def _texts(values: Any) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _is_bare(name: str) -> bool:
    """Whether it is the name of a file and no way to one."""
    return (
        not set(name) & set("/\\:\0") and name not in ("", ".", "..") and not name.startswith("~")
    )
