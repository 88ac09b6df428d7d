"""`make sweep`: every text family of transformers as a tiny folder, each in a process of its own. Writes the table in docs/."""

import multiprocessing
import sys
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from .checks import Row, try_family
from .report import as_markdown
from .tiny import text_families

SECONDS = 300  # for one family
OUT = Path("docs/families.md")


def _child(family: str, answer: Connection) -> None:
    torch.set_num_threads(1)
    answer.send(try_family(family))


def sweep(family: str) -> Row:
    """The family's row; one that ends its process or never ends is an error."""
    context = multiprocessing.get_context(
        "fork"
    )  # nothing is imported anew for each of 250 families
    here, there = context.Pipe()
    child = context.Process(target=_child, args=(family, there))
    child.start()
    there.close()
    try:
        if here.poll(SECONDS):
            return here.recv()
        return Row(family, "error", f"no answer in {SECONDS} s")
    except EOFError:
        child.join()
        return Row(family, "error", f"the process ended with {child.exitcode}")
    finally:
        child.kill()
        child.join()


def main() -> int:
    asked = sys.argv[1:]
    rows = []
    for family in asked or text_families():
        row = sweep(family)
        rows.append(row)
        print(f"{row.family:24} {row.result:12} {row.said or ''}", flush=True)
    counts = Counter(row.result for row in rows)
    print(", ".join(f"{n} {result}" for result, n in counts.most_common()))
    if not asked:
        OUT.write_text(as_markdown(rows))
    return 1 if counts["wrong"] or counts["error"] else 0


if __name__ == "__main__":
    sys.exit(main())
