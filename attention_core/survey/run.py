"""A survey from the model and the sentences to the table: batches go out to workers, results come in and are kept.

What comes out does not depend on how many workers there are, nor on which of them was killed: batches are
the same, each is computed by one thread, and they are added up in their order.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
from distributed import Client, as_completed

from attention_core.pretrained.catalogue import entry_for
from attention_core.pretrained.files import locate
from attention_core.survey.batches import (
    AT_ONCE,
    MOST_TOKENS,
    SIZE,
    Batch,
    BatchResult,
    batches,
    measure_batch,
    model,
)
from attention_core.survey.corpus import Corpus
from attention_core.survey.fingerprint import fingerprint, model_sha256, versions
from attention_core.survey.measure import NAMES, VERSION
from attention_core.survey.moments import together
from attention_core.survey.parts import Parts
from attention_core.survey.table import FORMAT, HeadSurvey, write_survey

RETRIES = 2  # of a batch that failed; one whose worker died is sent out again anyway
Results = Mapping[int, BatchResult | None]


@dataclass(frozen=True)
class Progress:
    """How far a survey is. Sentences that were kept from an earlier run count as done."""

    n_done: int
    n_sentences: int
    n_kept: int  # of those done: from an earlier run
    seconds: float  # since the workers were ready

    def __str__(self) -> str:
        rate = (self.n_done - self.n_kept) / self.seconds if self.seconds else 0.0
        said = f"{self.n_done:,} of {self.n_sentences:,} sentences"
        if not rate:
            return said
        left = (self.n_sentences - self.n_done) / rate
        return f"{said} · {rate:.1f} a second · about {left:.0f} s left"


def quiet(progress: Progress) -> None:
    """The listener that listens to nothing."""


def survey(
    model_id: str,
    corpus: Corpus,
    file: Path,
    client: Client,
    report: Callable[[Progress], None] = quiet,
    size: int = SIZE,
) -> HeadSurvey:
    """Measure all heads on all sentences and write the table to `file`; begun work is taken up again.

    Results lie in a folder beside it until then. Raises ValueError if the model can read no sentence;
    whatever a batch raises on a worker, after `RETRIES`.
    """
    sha256 = model_sha256(locate(model_id)[0])
    cut = batches(corpus, size)
    name = fingerprint(
        model=sha256, corpus=corpus.sha256, statistics=VERSION,
        size=size, at_once=AT_ONCE, most_tokens=MOST_TOKENS,
    )  # fmt: skip
    parts = Parts(file.with_name(f"{file.name}.parts"), name)
    kept = parts.kept(len(cut))
    missing = [batch for batch in cut if batch.number not in kept]
    fresh = _measured(client, missing, kept, cut, parts, model_id, sha256, report)
    found = _table(kept | fresh, _about(model_id, sha256, corpus))
    write_survey(found, file)
    parts.clear()
    return found


def start_workers(client: Client, model_id: str) -> float:
    """Let every worker load the model; the seconds it took. Without it, each does with its first batch."""
    begun = time.monotonic()
    client.run(_load, model_id, model_sha256(locate(model_id)[0]))
    return time.monotonic() - begun


def _load(model_id: str, sha256: str) -> None:
    model(model_id, sha256)  # and hand nothing back: a model is large


def _measured(
    client: Client,
    missing: list[Batch],
    kept: Results,
    cut: list[Batch],
    parts: Parts,
    model_id: str,
    sha256: str,
    report: Callable[[Progress], None],
) -> dict[int, BatchResult | None]:
    n_sentences, n_kept = (
        sum(len(batch.places) for batch in some)
        for some in (cut, [batch for batch in cut if batch.number in kept])
    )
    n_done, begun = n_kept, time.monotonic()
    report(Progress(n_done, n_sentences, n_kept, 0.0))
    futures = {}
    for batch in reversed(missing):  # the longest sentences first: no worker waits long in the end
        future = client.submit(
            measure_batch, batch, model_id, sha256, pure=False, retries=RETRIES, priority=batch.number,
        )  # fmt: skip
        futures[future] = batch
    fresh: dict[int, BatchResult | None] = {}
    for future in as_completed(list(futures)):
        batch = futures.pop(future)
        fresh[batch.number] = future.result()
        parts.keep(batch.number, fresh[batch.number])
        n_done += len(batch.places)
        report(Progress(n_done, n_sentences, n_kept, time.monotonic() - begun))
    return fresh


def _about(model_id: str, sha256: str, corpus: Corpus) -> dict[str, object]:
    entry = entry_for(model_id)
    return {
        "format": FORMAT,
        "statistics": VERSION,
        "model": entry.key if entry else model_id,
        "revision": entry.revision if entry else None,
        "model_sha256": sha256,
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "most_tokens": MOST_TOKENS,
        "versions": versions(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _table(results: Results, about: dict[str, object]) -> HeadSurvey:
    """All batches added up, in their order."""
    read = [each for _, each in sorted(results.items()) if each is not None]
    if not read:
        raise ValueError("the model can read none of these sentences")
    total = reduce(together, (each.moments for each in read))
    n_heads = len(read[0].layers)
    known = total.n > 0

    def flat(values: np.ndarray) -> np.ndarray:
        return np.where(known, values, np.nan).ravel()

    counts = {
        "n_sentences": sum(each.n_sentences for each in read),
        "n_tokens": sum(each.n_tokens for each in read),
    }
    return HeadSurvey(
        statistic=np.repeat(np.array(NAMES, dtype=object), n_heads),
        layer=np.tile(read[0].layers, len(NAMES)),
        head=np.tile(read[0].heads, len(NAMES)),
        mean=flat(total.mean),
        standard_error=flat(total.standard_error),
        n=total.n.ravel(),
        even=flat(total.even),
        untrained=flat(total.untrained),
        about=about | counts,
    )
