"""One word's weights in two orders of the same sentence, side by side in one table."""

from collections.abc import Sequence

import numpy as np

from attention_core.analysis.breakdown import strongest
from pages.ui.widgets.breakdown import Column, breakdown

MOST_KEYS = 10  # rows of the table: the keys that weigh most in either order


def compare_rows(
    before: np.ndarray,
    after: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    titles: tuple[str, str],
) -> None:
    """The weights of one query before and after, both at the keys' old positions, and what changed."""
    shown = strongest(np.maximum(before, after), MOST_KEYS)
    columns = [
        Column(title, [f"{row[i]:.3f}" for i in shown], "weights", row[shown].tolist())
        for title, row in zip(titles, (before, after), strict=True)
    ]
    changes = [f"{after[i] - before[i]:+z.3f}".replace("-", "−") for i in shown]
    breakdown(
        [*columns, Column("change", changes)],
        key=key,
        row_labels=[names[i] for i in shown],
        label=f"The weights of the chosen word in two orders of the sentence: {' and '.join(titles)}",
    )
