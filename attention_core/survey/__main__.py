"""The command: python -m attention_core.survey --model MiniLM --out survey.parquet"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from attention_core.pretrained.catalogue import SETTING

MISSING = (
    "The survey runs on Dask, which is not installed. Run: pip install -r requirements-survey.txt"
)
EVERY = 2.0  # seconds between two lines of progress


def main(arguments: list[str] | None = None) -> int:
    """Run a survey as the arguments say; 0 if it is whole. A second run takes up what a first one began."""
    asked = _parser().parse_args(arguments)
    # the page asks who runs the server; who types a command is that person
    os.environ.setdefault(SETTING, "1")
    try:
        from attention_core.survey.cluster import client_of
        from attention_core.survey.run import Progress, start_workers, survey
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        print(MISSING, file=sys.stderr)
        return 1
    from attention_core.survey.corpus import read_corpus

    said_at = 0.0

    def say(progress: Progress) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > EVERY or progress.n_done == progress.n_sentences:
            said_at = time.monotonic()
            print(progress, flush=True)

    try:
        corpus = read_corpus(asked.sentences, asked.limit)
        where = asked.scheduler or f"{asked.workers} worker processes on this computer"
        print(f"{asked.model} · {corpus.name} · {where}", flush=True)
        begun = time.monotonic()
        with client_of(asked.workers, asked.scheduler) as client:
            start_workers(client, asked.model)
            print(f"The workers are ready after {time.monotonic() - begun:.1f} s", flush=True)
            found = survey(asked.model, corpus, asked.out, client, say)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    about = found.about
    n_heads = len(set(zip(found.layer.tolist(), found.head.tolist(), strict=True)))
    print(f"{n_heads} heads on {about['n_sentences']:,} sentences, {about['n_tokens']:,} tokens: {asked.out}")  # fmt: skip
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m attention_core.survey",
        description="Measure what every head of a model does, over thousands of sentences. "
        "A run that was stopped goes on where it stopped.",
    )
    parser.add_argument(
        "--model", default="MiniLM", help="as in the app: a name, a hub id or a folder"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("survey.parquet"), help="the table to write"
    )
    parser.add_argument(
        "--sentences", type=Path, help="a text file, a sentence a line; else the built-in corpus"
    )
    parser.add_argument("--limit", type=_at_least_one, help="only so many sentences")
    parser.add_argument(
        "--workers", type=_at_least_one, default=2, help="processes on this computer, a thread each"
    )
    parser.add_argument(
        "--scheduler", help="use the Dask cluster at this address instead, such as tcp://host:8786"
    )
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())
