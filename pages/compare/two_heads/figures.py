"""How far A and B are apart, in numbers: on the chosen row and over all, and beside them any other head."""

import numpy as np
import streamlit as st

from attention_core.analysis.difference_snippet import difference_as_python
from attention_core.analysis.differences import (
    Distances,
    correlation,
    jensen_shannon,
    largest_changes,
    mean_over,
    rows_with_choice,
    share_farther,
    total_variation,
)
from attention_core.errors import ReaderError
from pages.compare.two_heads.pair import Pair, word_list
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import number, signed

N_CHANGES = 3
MEASURES = {"total variation": total_variation, "Jensen–Shannon, bits": jensen_shannon}
NO_VALUE = "—"
NO_CHANGE = "No cell changes: A and B have the same weights."
HELP = "From A to each other head of the model but B: the median"


def the_formula(pair: Pair) -> None:
    """Both distances of the chosen row, with their values."""
    a, b = pair.a[pair.row], pair.b[pair.row]
    formula(
        f"**total variation** = ½ Σₖ |bₖ − aₖ| = **{number(float(total_variation(a, b)))}**  \n"
        "**Jensen–Shannon divergence** = ½ Σₖ aₖ log₂ (aₖ / mₖ) + ½ Σₖ bₖ log₂ (bₖ / mₖ) = "
        f"**{number(float(jensen_shannon(a, b)))} bits**, with m = (a + b) / 2",
        key="two_heads",
    )
    st.markdown(
        "a and b are the chosen row in A and in B, k runs over the keys. Total variation is the share of "
        "the weight that would have to move to turn a into b. Jensen–Shannon counts how much a single "
        "key, drawn from a or from b, tells about which of the two it came from. Both are 0 for equal "
        "rows and 1 for rows that share no key."
    )


def figures(pair: Pair, others: Distances | None = None) -> None:
    """Both distances, of the chosen row and over all; beside them those from A to every other head."""
    counted = rows_with_choice(pair.a, pair.b, pair.allowed_a, pair.allowed_b)
    n = int(counted.sum())
    rows = [f"row {pair.rows[pair.row]}", f"mean over {n} rows"]
    known = others is not None and len(others.heads) > 0
    columns: dict[str, list[float]] = {}
    for name, measure in MEASURES.items():
        columns[name] = _row_and_mean(measure(pair.a, pair.b), pair.row, counted)
        if known:
            to_all = getattr(others, measure.__name__)
            each = (to_all[:, pair.row], mean_over(to_all, counted))
            columns[f"{name}: any other head"] = [float(np.median(values)) for values in each]
    breakdown(
        [
            Column(name, [_shown(value) for value in values], help=HELP if ":" in name else None)
            for name, values in columns.items()
        ],
        key="two_heads_figures",
        row_labels=rows,
        row_title="A and B",
        label=f"How far {pair.name_a} and {pair.name_b} are apart",
        numbers=Numbers(
            "How far A and B are apart",
            lambda: matrix_frame(np.array(list(columns.values())).T, rows, list(columns)),
        ),
    )
    if n < len(pair.rows):
        st.markdown(
            f"{len(pair.rows) - n} of {len(pair.rows)} rows are not in the mean: they have a single key to "
            "look at, or no weight on these words."
        )
    if others is not None and known:
        _chance(others, pair.row, counted, *columns["total variation"])


def _row_and_mean(values: np.ndarray, row: int, counted: np.ndarray) -> list[float]:
    return [float(values[row]), float(mean_over(values, counted))]


def _chance(
    others: Distances, row: int, counted: np.ndarray, on_row: float, on_mean: float
) -> None:
    if not counted.any():
        notice_this("There is a single key to look at, so all heads are alike here.")
        return
    far = share_farther(on_row, others.total_variation[:, row])
    far_mean = share_farther(on_mean, mean_over(others.total_variation, counted))
    notice_this(
        f"**Is that much?** By total variation B is more alike to A than **{far:.0%}** of the model’s "
        f"{len(others.heads)} other heads on the chosen row, and than **{far_mean:.0%}** of them over all "
        "rows. A head drawn by chance is more alike than half of them, on average."
    )


def changes(pair: Pair) -> None:
    """The cells that change most, in words, and how the two matrices go together."""
    difference = pair.difference
    cells = largest_changes(difference, N_CHANGES)
    st.markdown(f"**The largest changes** (the first {N_CHANGES} cells of all)")
    lines = [
        f"{pair.rows[q]} → {pair.columns[k]}: {number(pair.a[q, k])} in A, {number(pair.b[q, k])} in B, "
        + signed(difference[q, k])
        for q, k in cells
    ]
    st.text("\n".join(lines))
    if not cells:
        st.markdown(NO_CHANGE)
    r, n = correlation(pair.a, pair.b, pair.allowed_a & pair.allowed_b)
    st.markdown(
        f"**Correlation** (Pearson’s r) of the two weights over the n = {n} cells that both may use: "
        + (
            f"**r = {number(r)}**"
            if np.isfinite(r)
            else "none, one side is the same in all of them"
        )
    )


def left_out(pair: Pair) -> None:
    """Where words are compared: what had no partner, and which share of each side went elsewhere."""
    if pair.words is None:
        return
    words = pair.words
    st.markdown(
        f"Compared as words: {len(words.matching.pairs)} words that stand in the same order on both sides. "
        "A word gets what its pieces get together and asks what they ask on average. All else is left "
        "out, and what is left of a row is divided by its sum, so that it adds up to 1 again."
    )
    st.markdown(
        "\n".join(
            f"- Left out of {name}: **{side.left_out[pair.row]:.0%}** of the chosen row "
            f"({side.to_special[pair.row]:.0%} went to tokens that the model adds), "
            f"**{side.left_out.mean():.0%}** of a row on average "
            f"({side.to_special.mean():.0%} to added tokens)"
            for name, side in (("A", words.a), ("B", words.b))
        )
    )
    st.text(
        "\n".join(
            (
                word_list("Only in A", [words.names_a[i] for i in words.matching.only_a]),
                word_list("Only in B", [words.names_b[j] for j in words.matching.only_b]),
            )
        )
    )


def copy_as_python(pair: Pair) -> None:
    """The chosen row as a program that prints the same distances."""
    with st.popover(
        "Copy as Python", icon=":material/content_copy:", on_change="rerun", key="two_heads_copy"
    ) as copy:
        if not copy.open:
            return
        try:
            program = difference_as_python(
                pair.a[pair.row],
                pair.b[pair.row],
                pair.rows[pair.row],
                pair.columns,
                (pair.name_a, pair.name_b),
            )
        except ReaderError as error:
            st.text(str(error))
        else:
            st.code(program)


def _shown(value: float) -> str:
    return number(value) if np.isfinite(value) else NO_VALUE
