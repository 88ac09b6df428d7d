"""What a second worker is worth: the same survey with one and with two, timed once the workers are ready.

    python -m attention_core.survey.bench [--model MiniLM] [--limit 512] [--rounds 9]

Prints a Markdown table; fails unless both give the same table, bit for bit. The rounds take turns, so
that a busy machine is busy for both, and medians are told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from statistics import median

import numpy as np
from distributed import Client

from attention_core.survey.cluster import client_of
from attention_core.survey.corpus import Corpus, read_corpus
from attention_core.survey.run import start_workers, survey
from attention_core.survey.table import HeadSurvey

WORKERS = (1, 2)
AIM = 1.6  # times the speed of one worker


def timed(model_id: str, corpus: Corpus, client: Client) -> tuple[float, HeadSurvey]:
    """Seconds of the survey on workers that are ready, and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        found = survey(model_id, corpus, Path(folder) / "survey.parquet", client)
        return time.monotonic() - begun, found


def same(a: HeadSurvey, b: HeadSurvey) -> bool:
    """Whether two surveys have the same numbers, bit for bit."""
    columns = [field.name for field in fields(a)[1:-1]]  # all but the name and what it is about
    return all(np.array_equal(getattr(a, c), getattr(b, c), equal_nan=True) for c in columns)


def bench(model_id: str, corpus: Corpus, rounds: int) -> bool:
    """Measure and print; whether every table was the same."""
    seconds: dict[int, list[float]] = {n: [] for n in WORKERS}
    starts, clients, tables = {}, {}, []
    with ExitStack() as open_ones:
        for n in WORKERS:
            begun = time.monotonic()
            clients[n] = open_ones.enter_context(client_of(n))
            start_workers(clients[n], model_id)
            starts[n] = time.monotonic() - begun
        for _ in range(rounds):
            for n in WORKERS:
                took, found = timed(model_id, corpus, clients[n])
                seconds[n].append(took)
                tables.append(found)
                print(f"{n} worker{'s' * (n > 1)}: {took:.1f} s", file=sys.stderr, flush=True)
    n_sentences = len(corpus.sentences)
    print(f"{model_id}, {n_sentences:,} sentences, medians of {rounds}\n")
    print("| workers | start-up, s | survey, s | sentences a second |\n|---|---|---|---|")
    for n in WORKERS:
        took = median(seconds[n])
        print(f"| {n} | {starts[n]:.1f} | {took:.1f} | {n_sentences / took:.1f} |")
    ratios = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    agree = all(same(tables[0], other) for other in tables[1:])
    print(f"\nTwo workers are {median(ratios):.2f} × as fast as one (aim: {AIM}).")
    print(f"The same table every time, bit for bit: {'yes' if agree else 'NO'}.")
    return agree


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m attention_core.survey.bench")
    parser.add_argument("--model", default="MiniLM")
    parser.add_argument("--limit", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    sys.exit(not bench(asked.model, read_corpus(limit=asked.limit), asked.rounds))
