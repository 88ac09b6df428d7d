"""The results of batches, kept in a folder beside the table until it is whole, so that a survey can be resumed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from attention_core.survey.batches import BatchResult
from attention_core.survey.moments import Moments

MOMENTS = tuple(field.name for field in fields(Moments))


@dataclass(frozen=True)
class Parts:
    """The folder of one survey. Another survey's parts may lie in it as well: they are neither read nor removed."""

    folder: Path
    fingerprint: str

    def path(self, number: int) -> Path:
        return self.folder / f"{self.fingerprint[:16]}-{number:06d}.npz"

    def keep(self, number: int, result: BatchResult | None) -> None:
        """Write a batch's result: under its own name only when it is whole on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self.path(number).with_suffix(f".{os.getpid()}.half")
        try:
            with half.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **_arrays(self.fingerprint, result))
                stream.flush()
                os.fsync(stream.fileno())
            half.replace(self.path(number))
        finally:
            half.unlink(missing_ok=True)

    def kept(self, n_batches: int) -> dict[int, BatchResult | None]:
        """The results that are there already, by the number of their batch."""
        return dict(self._read(n_batches))

    def clear(self) -> None:
        """Remove this survey's parts, and the folder if nothing else is in it."""
        for file in self.folder.glob(f"{self.fingerprint[:16]}-*"):
            file.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _read(self, n_batches: int) -> Iterator[tuple[int, BatchResult | None]]:
        for number in range(n_batches):
            if not self.path(number).is_file():
                continue
            try:
                with np.load(self.path(number), allow_pickle=False) as held:
                    if str(held["fingerprint"]) == self.fingerprint:
                        yield number, _result(held)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                continue  # a damaged part is measured again


def _arrays(fingerprint: str, result: BatchResult | None) -> dict[str, Any]:
    whose = {"fingerprint": np.array(fingerprint)}
    if result is None:
        return whose | {"counts": np.zeros(2, dtype=np.int64)}
    return whose | {
        "counts": np.array([result.n_sentences, result.n_tokens], dtype=np.int64),
        "layers": result.layers,
        "heads": result.heads,
        **{name: getattr(result.moments, name) for name in MOMENTS},
    }


def _result(held: np.lib.npyio.NpzFile) -> BatchResult | None:
    n_sentences, n_tokens = (int(count) for count in held["counts"])
    if not n_sentences:
        return None
    found = Moments(**{name: held[name] for name in MOMENTS})
    return BatchResult(held["layers"], held["heads"], found, n_sentences, n_tokens)
