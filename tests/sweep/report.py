"""The sweep's rows as the table in docs/families.md."""

from collections import Counter
from collections.abc import Sequence

import transformers

from .checks import Row

HEAD = """# Model families

Every text family of transformers {version}, as a folder with a tiny model of random weights, read as the app reads a
reader's folder. Each number is held against a second model that only the library touches. `make sweep` makes this page.

{counts}.

* **seam**: our core runs inside. **weights only**: the library's weights are shown, q, k and v are not.
* **refused**: the app says why it does not show the model. **not built**: no tiny model of this family can be made here.
* *weights*: largest difference. *output*, *heads* (the sum over heads against the layer's output) and *lens* (the model's own head
  on the last state against its logits): largest difference as a share of the size. Empty: not offered.

| family | result | weights | output | heads | lens | limit | what is said |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def as_markdown(rows: Sequence[Row]) -> str:
    counts = Counter(row.result for row in rows)
    head = HEAD.format(
        version=transformers.__version__,
        counts=", ".join(f"{n} {result}" for result, n in counts.most_common()),
    )
    return head + "".join(f"{_line(row)}\n" for row in rows)


def _line(row: Row) -> str:
    numbers = [
        "" if value is None else f"{value:.0e}"
        for value in (row.weights, row.output, row.heads, row.lens)
    ]
    said = (row.said or row.notes).replace("|", "\\|")
    return f"| {' | '.join([row.family, row.result, *numbers, str(row.limit or ''), said])} |"
