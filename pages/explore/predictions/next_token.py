"""The next token: the model's list, sampling from it, and how surprising each token of the sentence was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.sampling import Step, draw, entropy_bits, sampling_steps
from attention_core.pretrained import prediction
from pages.explore.predictions.sentence import MOST_LISTED, append, scores, surprisals, undo_button
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown, number_column
from pages.ui.widgets.parts import formula, notice_this, one_of
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import labels, number, visible

EVERY = "all"
TOP_K: tuple[int | str, ...] = (1, 2, 3, 5, 10, 20, 50, 100, 500, EVERY)
LISTED = (10, 50, MOST_LISTED)
SEED = "predictions_seed"
TOO_LONG = "The text is longer than the model reads, so nothing can be appended to it."
NONE = "—"


def next_panel(model_id: str, text: str) -> None:
    """Settings, the list before and after them, and the effect of each step."""
    temperature, top_k, top_p = _settings()
    cut = None if top_k == EVERY else int(top_k)
    steps = sampling_steps(scores(model_id, text), temperature, cut, top_p)
    top = f"the {cut} likeliest" if cut else "all tokens"
    formula(
        f"chance ∝ exp( score ÷ **{temperature:.2f}** )  →  top-k: **{top}**  →  top-p: of these, "
        f"**the fewest that reach {top_p:.2f}**  →  divided by their sum",
        key="predictions",
    )
    tokens = prediction.likeliest(steps[0].probabilities, models.loaded(model_id), MOST_LISTED)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _list(model_id, text, tokens, steps)
    with right:
        _steps(steps)
        _go_on(model_id, text, steps[-1].probabilities)
    _notice(steps)


def _settings() -> tuple[float, int | str, float]:
    first, second, third = st.columns(3, gap="large")
    temperature = first.slider(
        "Temperature", 0.1, 3.0, 0.8, 0.05, key="predictions_temperature", persist_state="session",
        help="Each score is divided by it before the softmax: below 1 the likely gets likelier.",
    )  # fmt: skip
    top_k = second.select_slider(
        "Top-k", TOP_K, 20, key="predictions_top_k", persist_state="session",
        help="Only so many of the likeliest tokens stay.",
    )  # fmt: skip
    top_p = third.slider(
        "Top-p", 0.05, 1.0, 0.9, 0.05, key="predictions_top_p", persist_state="session",
        help="Of what top-k left, only the fewest likeliest tokens that together reach this share.",
    )  # fmt: skip
    return temperature, top_k, top_p


def _list(
    model_id: str, text: str, tokens: Sequence[prediction.NextToken], steps: Sequence[Step]
) -> None:
    before, last = steps[0].probabilities, steps[-1]
    st.markdown("**What comes next?** Click a row to append its token to your sentence.")
    n = one_of("Rows", LISTED, key="predictions_rows", format_func=lambda n: f"{n} likeliest", has_label=False,)  # fmt: skip
    ids, names = [token.id for token in tokens], [visible(token.text) for token in tokens]
    shown = ids[:n]
    after = last.probabilities[shown]
    largest = float(max(before[shown].max(), after.max()))
    fits = not models.tokenized(model_id, text).left_out
    breakdown(
        [
            number_column("untouched", before[shown], full=largest),
            number_column(
                "after the steps",
                np.where(last.kept[shown], after, np.nan),
                "output",
                full=largest,
                unknown="cut",
            ),
        ],
        key="predictions_next",
        row_labels=names[:n],
        row_title="next token",
        label=f"The {len(shown)} likeliest next tokens: {names[0]} {before[ids[0]]:.3f}, "
        f"after the steps {after[0]:.3f}",
        on_pick=(lambda row: append(text, tokens[row].text)) if fits else None,
        numbers=Numbers(
            "Next tokens",
            lambda: pd.DataFrame(
                {step.name: step.probabilities[ids] for step in steps}, index=names
            ),
        ),
    )
    if not fits:
        st.markdown(TOO_LONG)
    st.markdown("␣ is the space before a new word, ⏎ a line break.")


def _steps(steps: Sequence[Step]) -> None:
    before = steps[0].probabilities
    masses = [float(before[step.kept].sum()) for step in steps]
    breakdown(
        [
            Column("tokens", [f"{step.kept.sum():,}" for step in steps], help="How many are left"),
            Column(
                "they had",
                [f"{mass:.3f}" for mass in masses],
                help="The share of the untouched probability that the tokens which are left had",
            ),
            Column(
                "likeliest",
                [f"{step.probabilities.max():.3f}" for step in steps],
                "output",
                help="The probability of the likeliest token after this step",
            ),
            Column(
                "entropy",
                [f"{entropy_bits(step.probabilities):.2f}" for step in steps],
                help="In bits: 0 = certain, one more for twice as many equally likely tokens",
            ),
        ],
        key="predictions_steps",
        row_labels=[step.name for step in steps],
        row_title="step",
        label=f"Tokens left, the probability they had, and entropy after each of {len(steps) - 1} steps",
        heading="What each step does",
        note="one after the other",
    )


def _go_on(model_id: str, text: str, probabilities: np.ndarray) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed", 0, 10_000, 0, key=SEED, persist_state="session", width=130,
            help="The same seed and the same text draw the same token again.",
        )  # fmt: skip
        st.button(
            "Sample one",
            icon=":material/casino:",
            key="predictions_sample",
            disabled=bool(models.tokenized(model_id, text).left_out),
            on_click=_sample,
            args=(model_id, text, probabilities),
        )
        undo_button()


def _sample(model_id: str, text: str, probabilities: np.ndarray) -> None:
    """Each length of the text has random numbers of its own, so that a seed does not repeat itself."""
    step = len(models.tokenized(model_id, text).ids)
    drawn = draw(probabilities, st.session_state.get(SEED, 0), step)
    append(text, models.token_text(model_id, drawn))


def _notice(steps: Sequence[Step]) -> None:
    before, last = steps[0].probabilities, steps[-1]
    n, bits = len(before), entropy_bits(before)
    notice_this(
        f"Untouched, the entropy is **{bits:.2f} bits**: as unsure as between {2**bits:,.0f} equally "
        f"likely tokens. Without any knowledge it would be {np.log2(n):.2f} bits, each of {n:,} tokens "
        f"having {number(1 / n)}. After the steps **{last.kept.sum():,}** "
        f"{'token stays' if last.kept.sum() == 1 else 'tokens stay'}; "
        f"{'it' if last.kept.sum() == 1 else 'they'} had **{before[last.kept].sum():.3f}** of the "
        "probability and now share all of it. Temperature changes no order, only distances."
    )


def surprisal_panel(model_id: str, text: str) -> None:
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
    found = surprisals(model_id, text)
    favourites = [visible(models.token_text(model_id, i)) for i in found.favourite.tolist()]
    breakdown(
        [
            Column(
                "surprisal (bits)",
                [NONE, *(f"{bits:.2f}" for bits in found.bits)],
                "output",
                bars=[0.0, *(found.bits / (float(found.bits.max()) or 1.0)).tolist()],
            ),
            number_column("probability", [np.nan, *found.probability], unknown=NONE),
            Column("rank", [NONE, *(f"{n:,}" for n in found.rank)], help="1 = it was likeliest"),
            Column("likeliest was", [NONE, *favourites]),
            number_column("with", [np.nan, *found.favourite_probability], unknown=NONE),
        ],
        key="predictions_came",
        row_labels=tokens,
        row_title="token",
        label=f"Surprisal of {len(found.bits)} tokens: most surprising is "
        f"{tokens[1 + int(found.bits.argmax())]} with {found.bits.max():.2f} bits",
        numbers=Numbers(
            "Surprisal",
            lambda: pd.DataFrame(
                {
                    "surprisal (bits)": [np.nan, *found.bits],
                    "probability": [np.nan, *found.probability],
                    "rank": [np.nan, *found.rank],
                    "likeliest was": [NONE, *favourites],
                    "with": [np.nan, *found.favourite_probability],
                },
                index=tokens,
            ),
        ),
    )
    mean, first = float(found.bits.mean()), int((found.rank == 1).sum())
    notice_this(
        f"On average **{mean:.2f} bits** a token: as unsure as between {2**mean:,.1f} equally likely "
        f"tokens (the *perplexity*). Guessing evenly would cost {np.log2(found.n_vocabulary):.2f} bits. "
        f"In {first} of {len(found.rank)} places the model's likeliest token found. The first token has "
        "nothing before it, so nothing was expected."
    )
