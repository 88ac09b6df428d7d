"""The copies of a head, or why there are none: how few numbers copy it, and how far off each copy is."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.experiments.head_copies import MOST_TOKENS, SHUFFLES, HeadCopies, head_copies
from attention_core.pretrained.layers import Capture
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, bars_of, breakdown
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number

NO_SCORES = "Without them there are no scores, and a twin has nothing to be made from."
TWO_TEXTS = (
    "its rows are the tokens of one text and its columns those of another, and a toy has "
    "one sentence only. Choose a layer that reads one text."
)
ONE_TOKEN = "one token alone has nowhere else to look. Type more words."
OTHER_MASK = "a toy knows two masks, “all see all” and “causal: no future”. Choose another layer."
FIRST_TOKENS = f"Of {{}} tokens the first {MOST_TOKENS} are copied."
SHARED = " What a row gives to them is taken as its whole."
NO_COPY = "Keys that the mask blocks need no copy"
LEARNED_BIAS = ", and a learned bias for each distance"
SMALL = 0.005  # of a row: less is no error that an eye could see
HELP = {
    "numbers": "Tokens × (numbers that ask + numbers that offer)",
    "largest error": "max |Δw|: the cell whose weight is farthest from the head's",
    "mean error": "Total variation: the share of a row's weight that lies on another key, averaged over rows",
    "shuffled": f"The mean error for the same scores dealt out anew in each row, averaged over {SHUFFLES} deals",
}


@cached(max_entries=32)
def copied(model_id: str, text: str, layer: int, head: int) -> HeadCopies:
    """Raises ReaderError where there is none: see `head_copies`."""
    return head_copies(models.captured(model_id, text), layer, head)


def copied_or_why(capture: Capture, choice: Choice) -> HeadCopies | None:
    """The head with its copies; None, with the reason on the page, where there is none."""
    layer = capture.layers[choice.layer]
    if layer.head_trace(0) is None:
        only_weights()
        st.markdown(NO_SCORES)
        return None
    reads_two = capture.queries(layer) is not capture.keys(layer)
    if reads_two or len(capture.queries(layer)) == 1:
        _no_twin(TWO_TEXTS if reads_two else ONE_TOKEN)
        return None
    try:
        with waiting("Looking for the numbers …"):
            head = min(choice.head, layer.n_heads - 1)
            return copied(choice.model_id, choice.sentence, choice.layer, head)
    except ReaderError as error:
        _no_twin(OTHER_MASK)
        st.text(f"What stands in the way: {error}")
        return None


def say_first_tokens(capture: Capture, choice: Choice, mask: str) -> None:
    """Where a text is longer than what is copied."""
    n = len(capture.queries(capture.layers[choice.layer]))
    if n > MOST_TOKENS:
        shared = "" if mask == "causal" else SHARED
        st.markdown(f":material/content_cut: {FIRST_TOKENS.format(n)}{shared}")


def _no_twin(why: str) -> None:
    st.info(f"This head has no toy twin: {why}", icon=":material/block:")


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


def explanation(copy: HeadCopies) -> tuple[str, str, str]:
    """How the numbers are found, in three paragraphs."""
    if copy.mask == "causal":
        found = (
            f"{NO_COPY}, so their cells are free. The numbers are **searched for**, step "
            "by step, with least squares on the allowed cells. The search begins at a singular value decomposition and "
            "ends where little is gained. A closer twin with as many numbers may exist."
        )
    else:
        found = (
            "**Singular value decomposition** (SVD) finds the best approximation of rank r: of all tables "
            "made from r numbers per token, the one closest to the scores."
        )
    return (
        "A head is a table of scores: what each token :blue[asks] times what each token :orange[offers]. "
        "A twin makes nearly the same table from far fewer numbers. First each row's mean is subtracted: "
        "a constant in all scores of a row does not change its weights.",
        found,
        "The twin copies **who looks at whom**, not what is handed over (:green[value]).",
    )


def table(copy: HeadCopies, r: int, on_pick: Callable[[int], None]) -> None:
    """A row for each r, a click chooses; at the foot, what no numbers at all would give."""
    largest = [twin.largest for twin in copy.twins]
    mean = [twin.variation for twin in copy.twins]
    texts = {
        "numbers": [f"{n_numbers(copy, twin.r):,}" for twin in copy.twins],
        "largest error": [number(value) for value in largest],
        "mean error": [number(value) for value in mean],
        "shuffled": [number(value) for value in copy.shuffled_variation],
    }
    bars = {"largest error": bars_of(largest)[1:], "mean error": bars_of(mean)[1:]}
    n = len(copy.twins) - 1
    breakdown(
        [
            Column(
                title, cells[1:], "weights" if title in bars else None, bars.get(title), HELP[title]
            )
            for title, cells in texts.items()
        ],
        key="twin_r_table",
        row_labels=[f"{i} + {i}" for i in range(1, n + 1)],
        row_title="ask + offer",
        selected=r - 1,
        footer=["none", *(cells[0] for cells in texts.values())],
        label=f"Errors of the twins with 1 to {n} numbers a token on each side; {r} is chosen",
        on_pick=lambda row: on_pick(row + 1),
        numbers=Numbers("Errors of the twins", lambda: _frame(copy)),
    )


def what_it_saves(copy: HeadCopies) -> str:
    """The numbers of a twin against those of the picture that it makes."""
    n_weights = int(np.isfinite(copy.trace.masked_scores).sum())
    enough = [twin.r for twin in copy.twins if n_numbers(copy, twin.r) >= n_weights]
    saves = (
        f"from {enough[0]} + {enough[0]} on, a twin has no fewer numbers than that"
        if enough
        else "each of these twins has fewer numbers"
    )
    return f"The picture of this head has {n_weights:,} weights: {saves}."


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
