"""What makes two surveys the same: the model's files, the sentences, what is measured, and how it is cut and computed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path

from attention_core.pretrained.files import HUB_FILES

LIBRARIES = ("numpy", "torch", "transformers", "distributed", "pyarrow")
COMPUTING = ("numpy", "torch", "transformers")  # a number may come out differently with another one


def model_sha256(folder: Path) -> str:
    """Of all files that make a model: weights, configuration, tokenizer. Names count, places do not."""
    whole = hashlib.sha256()
    files = {file for pattern in HUB_FILES for file in folder.glob(pattern)}
    for file in sorted(files, key=lambda file: file.name):
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        whole.update(f"{file.name} {digest}\n".encode())
    return whole.hexdigest()


def versions() -> dict[str, str]:
    """Python and the libraries, as they are installed here."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), **found}


def fingerprint(**parts: str | int) -> str:
    """One SHA-256 of everything that a part of a survey depends on."""
    installed = versions()
    computing = {name: installed[name] for name in COMPUTING}
    said = json.dumps(parts | computing, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
