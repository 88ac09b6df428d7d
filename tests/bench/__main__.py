"""Runs the sections that are asked for, all by default, and writes or prints the report."""

import argparse
import json
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType

from tests.bench import capture, cold, core, experiments, inside, machine, memory, pages, wire
from tests.bench.figures import Figure, Missing, Result
from tests.bench.report import FEWEST, Section, as_json, as_markdown

SECTIONS = {
    section.__name__.rpartition(".")[2]: section
    for section in (core, capture, inside, pages, wire, cold, memory, experiments)
}
QUICK = 2  # repetitions


def run(name: str, section: ModuleType, times: int) -> Section:
    """One section; what goes wrong in it is said in the report, and the others still run."""
    print(f"{name} …", file=sys.stderr)
    begin = time.perf_counter()
    results: list[Result] = []
    try:
        for result in section.measure(times):
            results.append(result)
            print(f"  {result.name}", file=sys.stderr)
    except Exception as error:
        traceback.print_exc()
        results.append(Missing(name, "the rest of this section", repr(error)))
    return Section(name, section.TITLE, section.ABOUT, results, time.perf_counter() - begin)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--out", type=Path, help="writes OUT.md and OUT.json instead of printing")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} repetitions, not {FEWEST}")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    facts = machine.facts()
    times = QUICK if asked.quick else FEWEST
    ran = [run(name, SECTIONS[name], times) for name in asked.sections or SECTIONS]
    markdown = as_markdown(ran, facts, asked.quick)
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.with_suffix(".md").write_text(markdown)
        figures = json.dumps(as_json(ran, facts, asked.quick), indent=1, allow_nan=False)
        asked.out.with_suffix(".json").write_text(figures + "\n")
    else:
        print(markdown)
    found = [result for section in ran for result in section.results]
    return 0 if found and all(isinstance(result, Figure) for result in found) else 1


if __name__ == "__main__":
    sys.exit(main())
