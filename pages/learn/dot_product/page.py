"""Lesson 3: how similar two vectors are in one number, and why attention divides that number by √d."""

import numpy as np
import streamlit as st

from attention_core.analysis.saturation import (
    independent_variance,
    mean_largest_weight,
    score_variance,
    unscaled,
)
from attention_core.attention import AttentionTrace
from pages.learn.dot_product import vectors
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, only_weights
from pages.ui.widgets.parts import formula, real_heading
from pages.ui.widgets.wording import number, scaling

HOW = ("as the model does it", "without the division")


@st.fragment
def why_divide() -> None:
    st.header("Why attention divides by √d", anchor=False)
    words, seed_side = st.columns([4, 1], gap="large")
    with seed_side:
        seed = st.number_input(
            "Seed",
            0,
            9999,
            0,
            key="dot_product_seed",
            persist_state="session",
            help="Another seed draws other numbers; the same seed always draws the same.",
        )
    with words:
        st.markdown(
            f"Let us draw vectors at random: {vectors.N_DRAWS:,} queries, each with {vectors.N_KEYS} keys of its own, "
            "every number around 0 with *variance* 1 (the average of its square). The next lesson, "
            "softmax, turns scores into shares of one whole, the **weights**; here only the largest "
            "share matters. How does it depend on d, the number of dimensions?"
        )
    drawn = vectors.simulated(seed)
    if vectors.question(drawn):
        vectors.simulation(drawn)


def real_head() -> None:
    """The chosen head on the shared sentence, with and without the division."""
    choice, toy = chosen(), toy_or_none()
    if toy is None:
        st.info(
            "The sentence of the other lessons is empty: type one there.", icon=":material/edit:"
        )
        return
    if read_or_wait(choice.model_id, toy.base.sentence, key="dot_product") is None:
        return
    world = real_world(toy.base, choice)
    if world.trace is None:
        only_weights()
        return
    traces = (world.trace, unscaled(world.trace))
    _in_numbers(*traces)
    for column, how, trace in zip(st.columns(2, gap="large"), HOW, traces, strict=True):
        name = f"{choice.model_id}, layer {choice.layer}, head {world.head}, {how}"
        with column:
            Figure(
                f"Attention weights: {name}",
                trace.weights,
                rows=world.queries,
                columns=world.keys,
                high=full_scale(trace.weights),
                blocked=world.blocked,
                summary=f"Largest weight of a row, on average: {mean_largest_weight(trace):.2f}",
                heading=name,
            ).draw(f"dot_product_{how.split()[0]}")


def _in_numbers(trace: AttentionTrace, plain: AttentionTrace) -> None:
    d_head, spread = trace.q.shape[-1], score_variance(trace)
    largest, plain_largest = mean_largest_weight(trace), mean_largest_weight(plain)
    chance = independent_variance(trace)
    lines = [
        f"d = {d_head}, √d = {np.sqrt(d_head):.2f}; variance of :blue[q]·:orange[k] in this head: "
        f"**{spread:.1f}**",
        "independent numbers of the same size: d × mean(:blue[q]²) × mean(:orange[k]²) = "
        f"{d_head} × {number(chance.q_square)} × {number(chance.k_square)} = "
        f"**{chance.variance:.1f}** (only with variance 1 each: {d_head})",
    ]
    if np.isfinite(largest):
        lines.append(
            f"largest weight of a row, on average: {scaling(trace)} :violet[**{largest:.2f}**], "
            f"without :violet[**{plain_largest:.2f}**]"
        )
    formula("  \n".join(lines), key="dot_product_real")
    if np.isclose(trace.scale, 1):
        st.markdown(vectors.NEVER_DIVIDES)


vectors.board()
vectors.long_vectors()
why_divide()
real_heading("The same division in a real head")
st.markdown(
    "Choose layer and head in the sidebar. A model learns with ÷ √d in place: take it away, and the "
    "same queries and keys give sharper rows. When softmax is almost all or nothing, its gradient is "
    "close to zero, so a model learns slowly."
)
real_head()
