"""How few numbers copy the head, and how far off each copy is: the first thing that the page shows."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.experiments.head_copies import SHUFFLES, HeadCopies
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

NO_COPY = "Keys that the mask blocks need no copy"
LEARNED_BIAS = ", and a learned bias for each distance"
SMALL = 0.005  # of a row: less is no error that an eye could see
HELP = {
    "numbers": "Tokens × (numbers that ask + numbers that offer)",
    "largest error": "max |Δw|: the cell whose weight is farthest from the head's",
    "mean error": "Total variation: the share of a row's weight that lies on another key, averaged over rows",
    "shuffled": f"The mean error for the same scores dealt out anew in each row, averaged over {SHUFFLES} deals",
}


def n_numbers(copy: HeadCopies, r: int) -> int:
    return 2 * r * len(copy.trace.q)


def statement(copy: HeadCopies, r: int) -> None:
    """The one thing to see: so many numbers copy this head up to this error."""
    twin, d_head = copy.twins[r], copy.trace.q.shape[1]
    bias = LEARNED_BIAS if copy.trace.bias is not None else ""
    formula(
        f"**{n_numbers(copy, r):,} numbers** copy this head, :blue[{r} that ask] and "
        f":orange[{r} that offer] for each of {len(copy.trace.q)} tokens. The head itself works with "
        f"{n_numbers(copy, d_head):,} ({d_head} and {d_head} a token{bias}).  \n"
        f"No :violet[weight] is off by more than :violet[**{number(twin.largest)}**], and on average "
        f":violet[**{number(twin.variation)}**] of a row lies on another key.",
        key="toy_twin",
    )


def explanation(copy: HeadCopies) -> None:
    """How the numbers are found, before the reader meets the table."""
    st.markdown(
        "A head is a table of scores: what each token :blue[asks] times what each token :orange[offers]. "
        "A twin makes nearly the same table from far fewer numbers. First the mean is taken from each row, because "
        "a constant in all scores of a row changes no weight."
    )
    if copy.mask == "causal":
        st.markdown(
            f"{NO_COPY}, so their cells are free. The numbers are **searched for**, step "
            "by step, with least squares on the allowed cells. The search begins at a singular value decomposition and "
            "ends where little is gained. A closer twin with as many numbers may exist."
        )
    else:
        st.markdown(
            "**Singular value decomposition** (SVD) finds them. Of all tables that r numbers a token can make, it "
            "takes the one closest to the scores."
        )
    st.markdown("The twin copies **who looks at whom**, not what is handed over (:green[value]).")


def table(copy: HeadCopies, r: int, on_pick: Callable[[int], None]) -> None:
    """A row for each r, a click chooses; at the foot, what no numbers at all would give."""
    none, copies = copy.twins[0], copy.twins[1:]
    columns = [
        _column("numbers", [f"{n_numbers(copy, twin.r):,}" for twin in copies]),
        _bars("largest error", [twin.largest for twin in copies], none.largest),
        _bars("mean error", [twin.variation for twin in copies], none.variation),
        _column("shuffled", [number(value) for value in copy.shuffled_variation[1:]]),
    ]
    breakdown(
        columns,
        key="twin_r_table",
        row_labels=[f"{twin.r} + {twin.r}" for twin in copies],
        row_title="ask + offer",
        selected=r - 1,
        footer=[
            "none",
            "0",
            number(none.largest),
            number(none.variation),
            number(copy.shuffled_variation[0]),
        ],
        label=f"Errors of the twins with 1 to {len(copies)} numbers a token on each side; {r} is chosen",
        on_pick=lambda row: on_pick(row + 1),
        numbers=Numbers("Errors of the twins", lambda: _frame(copy)),
    )


def what_it_saves(copy: HeadCopies) -> None:
    """The numbers of a twin against those of the picture that it makes."""
    n_weights = int(np.isfinite(copy.trace.masked_scores).sum())
    enough = [twin.r for twin in copy.twins if n_numbers(copy, twin.r) >= n_weights]
    saves = (
        f"from {enough[0]} + {enough[0]} on, a twin has no fewer numbers than that"
        if enough
        else "each of these twins has fewer numbers"
    )
    st.markdown(f"The picture of this head has {n_weights:,} weights: {saves}.")


def against_chance(copy: HeadCopies, r: int) -> None:
    """Is that few? The same scores without their order are the control."""
    mean, dealt = copy.twins[r].variation, copy.shuffled_variation[r]
    told = (
        f"**Is {r} + {r} few?** With the same scores **shuffled** within each row, as many numbers put "
        f"**{number(dealt)}** of a row on another key, in place of {number(mean)}. "
    )
    if dealt < SMALL:
        told += "So these scores are copied even without their order: it says little of the head."
    elif mean < dealt:
        told += "What few numbers can copy is the order in the table: tokens that look at the same keys."
    else:
        told += "So this head has no order that few numbers could hold."
    notice_this(told)


def _column(title: str, cells: list[str]) -> Column:
    return Column(title, cells, help=HELP[title])


def _bars(title: str, values: list[float], none: float) -> Column:
    reach = max(*values, none) or 1.0
    bars = [value / reach for value in values]
    return Column(title, [number(value) for value in values], "weights", bars, HELP[title])


def _frame(copy: HeadCopies) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "numbers": {twin.r: n_numbers(copy, twin.r) for twin in copy.twins},
            "max |Δw|": {twin.r: twin.largest for twin in copy.twins},
            "mean total variation": {twin.r: twin.variation for twin in copy.twins},
            "mean total variation, shuffled": dict(enumerate(copy.shuffled_variation)),
            "‖Δ scores‖": {twin.r: twin.residual for twin in copy.twins},
        }
    )
