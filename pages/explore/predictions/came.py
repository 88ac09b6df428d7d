"""The probability that a causal model had given to each token of the sentence before it came."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.explore.predictions import runs
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import labels, number, visible

NONE = "—"


def came_panel(model_id: str, text: str) -> None:
    """A row for each token: its probability, its surprisal in bits, its rank, and what was expected instead."""
    tokens = labels([token.text for token in models.tokenized(model_id, text).tokens])
    st.markdown(
        "Before each token, the model had a list like the one above. Here is what it gave to the token "
        "that **really came**. Surprisal = −log₂ of that probability, in bits: 0 = it was certain, "
        "and one bit more for each halving."
    )
    if len(tokens) == 1:
        st.markdown("There is only one token, and nothing came before it: type another word.")
        return
    came = runs.came(model_id, text)
    favourites = [visible(models.token_text(model_id, i)) for i in came.favourite.tolist()]
    largest = float(came.bits.max()) or 1.0
    breakdown(
        [
            Column(
                "surprisal (bits)",
                [NONE, *(f"{bits:.2f}" for bits in came.bits)],
                "output",
                bars=[0.0, *(came.bits / largest).tolist()],
            ),
            Column("probability", [NONE, *(number(p) for p in came.probability)]),
            Column(
                "rank", [NONE, *(f"{rank:,}" for rank in came.rank)], help="1 = it was likeliest"
            ),
            Column("likeliest was", [NONE, *favourites]),
            Column("with", [NONE, *(number(p) for p in came.favourite_probability)]),
        ],
        key="predictions_came",
        row_labels=tokens,
        row_title="token",
        label=f"Surprisal of {len(came.bits)} tokens: most surprising is "
        f"{tokens[1 + int(came.bits.argmax())]} with {came.bits.max():.2f} bits",
    )
    table_twin(
        "Surprisal",
        lambda: pd.DataFrame(
            {
                "surprisal (bits)": [np.nan, *came.bits],
                "probability": [np.nan, *came.probability],
                "rank": [np.nan, *came.rank],
                "likeliest was": [NONE, *favourites],
                "with": [np.nan, *came.favourite_probability],
            },
            index=tokens,
        ),
        key="predictions_came_twin",
    )
    mean, first = float(came.bits.mean()), int((came.rank == 1).sum())
    notice_this(
        f"On average **{mean:.2f} bits** a token: as unsure as between {2**mean:,.1f} equally likely "
        f"tokens (the *perplexity*). Guessing evenly would cost {np.log2(came.n_vocabulary):.2f} bits. "
        f"In {first} of {len(came.rank)} places the model's likeliest token came. The first token has "
        "nothing before it, so nothing was expected."
    )
