"""`python -m tests.load [--readers 30] [--seconds 180] [--tree FOLDER] [--out FILE]`: a class on one server of this machine.

A Markdown table on the screen, all figures in a JSON file. Ends with 1 if anything went wrong for any reader; times and
memory are told, not asserted, for they belong to a machine. --tree measures another checkout of the app, with this Python.
"""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests.load import figures
from tests.load.course import Course, hold
from tests.load.lesson import EDIT


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--readers", type=int, default=30)
    options.add_argument("--seconds", type=float, default=180)
    options.add_argument(
        "--think", type=float, default=4, help="seconds between two steps, on average"
    )
    options.add_argument("--tree", type=Path, default=Path(__file__).parents[2])
    options.add_argument("--out", type=Path, default=Path("load.json"))
    asked = options.parse_args()
    course = asyncio.run(hold(asked.tree, asked.readers, asked.seconds, asked.think))
    asked.out.write_text(json.dumps(as_json(course), indent=1))
    print(report(course))
    return 1 if figures.errors(course.steps) else 0


def report(course: Course) -> str:
    found = figures.by_kind(course.steps)
    edits, views = found[EDIT], found["all model views"]
    grown = figures.growth(course.samples, course.seconds)
    said = [
        f"{course.readers} readers, {course.seconds:.0f} s, {os.cpu_count()} cores, load before {course.load:.1f}",
        figures.times_table(found),
        figures.memory_table(course.moments),
        f"- errors: {sum(figures.errors(course.steps).values())} (target 0)",
        f"- p95 of toy edits {edits.p95:.2f} s: {_verdict(edits.p95 < figures.EDITS_WITHIN)} (target {figures.EDITS_WITHIN} s)",
        f"- p95 of model views {views.p95:.2f} s: {_verdict(views.p95 < figures.VIEWS_WITHIN)} (target {figures.VIEWS_WITHIN} s)",
        f"- memory, mean of the last third against the second: {grown:+.1%}: {_verdict(grown <= figures.FLAT)} (flat: up to {figures.FLAT:+.0%})",
        f"- {views.count} model views asked for, {course.passes} passes of a model run",
        f"- {course.cpu / max(1, len(course.steps)):.3f} s of computing for each step, all threads together",
    ]
    said += [f"- {n} × {error}" for error, n in figures.errors(course.steps).most_common(20)]
    return "\n\n".join(said[:3]) + "\n\n" + "\n".join(said[3:])


def as_json(course: Course) -> dict[str, object]:
    return {
        "readers": course.readers,
        "seconds": course.seconds,
        "load_before": course.load,
        "times": {kind: asdict(t) for kind, t in figures.by_kind(course.steps).items()},
        "errors": figures.errors(course.steps),
        "passes": course.passes,
        "cpu_seconds": course.cpu,
        "megabytes_received": course.megabytes_received,
        "memory_growth": figures.growth(course.samples, course.seconds),
        "moments": {name: asdict(sample) for name, sample in course.moments.items()},
        "samples": [asdict(sample) for sample in course.samples],
    }


def _verdict(holds: bool) -> str:
    return "holds" if holds else "does NOT hold"


if __name__ == "__main__":
    sys.exit(main())
