"""Lesson 3: two arrows and two lists with their dot products worked out, and what ÷ √d does to random vectors."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.saturation import Saturation, simulate
from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.saturation import PLAIN, SCALED, sharpness, sizes_frame, spread
from attention_core.toy.claims import DOT_PRODUCT
from attention_core.vectors import CosineSteps, angle, cosine_steps
from pages.ui.reader.predict import predict
from pages.ui.server.cache import cached
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.plane import Mark, plane, plane_numbers
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number

REACH = 4.0  # the world ends here, on both sides
SIGHT = 4.4  # … and so much is shown, so that a tip at its end can still be held
STEP = 0.1
PRESETS = {
    "Similar": (":material/call_made:", (3.0, 1.0), (2.5, 2.0)),
    "At a right angle": (":material/square_foot:", (3.0, 1.0), (-1.0, 3.0)),
    "Opposite": (":material/swap_horiz:", (3.0, 1.0), (-3.0, -1.0)),
}
NAMES = ("a", "b")
NO_ANGLE = "An arrow without length points nowhere: there is no angle, and the product is **0**."
FIRST = dict(zip(NAMES, PRESETS["Similar"][1:], strict=True))
LONGEST = 8  # numbers in a vector: one line of arithmetic
LIMIT = 1000.0  # of a number, so that its product can still be read
VECTORS = "dot_product_vectors"  # session: both vectors, all LONGEST numbers of each
D_HEADS = (4, 8, 16, 32, 64, 128, 256)
N_DRAWS, N_KEYS = 2000, 16
SHORT, LONG = D_HEADS.index(16), D_HEADS.index(64)  # the two sizes of the question
ANSWERS = ("sharper: one key takes more", "flatter: the keys share more evenly", "the same")
CHARTS = {"spread": spread, "sharpness": sharpness}
MARGIN = 0.02  # a difference of two averages below this one is chance
NEVER_DIVIDES = "This model never divides: training made its q and k small instead."


def short(value: float) -> str:
    """A number as on the other pages, but 2 is written 2 and not 2.000."""
    text = number(value)
    return text if "e" in text else text.rstrip("0").rstrip(".")


def factor(value: float) -> str:
    """The number as part of a product or sum: a negative one in brackets, so that no two signs meet."""
    return f"({short(value)})" if value < 0 else short(value)


@st.fragment
def board() -> None:
    """The arrows, their four numbers, three positions to start from, and the dot product as it is now."""
    st.markdown(
        "A vector of two numbers is an arrow: so far to the right, so far up. The **dot product** "
        "multiplies two vectors number by number and adds up the products. One number comes out, and "
        "it says how much the two agree.  \n"
        "Attention works with nothing else: a word that asks sends out a :blue[**query**] (here **a**), "
        "a word that may answer shows a :orange[**key**] (here **b**), and their dot product is the "
        "**score** of that pair."
    )
    picture, numbers = st.columns([5, 4], gap="large")
    with numbers:
        st.markdown("**Drag the tips**, type numbers, or begin here:")
        with st.container(horizontal=True):
            for name, (icon, *places) in PRESETS.items():
                put = partial(_put, dict(zip(NAMES, places, strict=True)))
                st.button(name, icon=icon, key=f"dot_product_{name}", on_click=after_delivery(put))
        a, b = (_inputs(name) for name in NAMES)
    with picture:
        _picture(a, b)
    with numbers:
        _worked_out(a, b)


def _put(places: dict[str, tuple[float, float]]) -> None:
    """Move these arrows. Only in callbacks: the inputs are drawn first."""
    for name, place in places.items():
        for i, value in enumerate(place):
            st.session_state[f"dot_product_{name}{i}"] = min(max(value, -REACH), REACH)


def _inputs(name: str) -> np.ndarray:
    with st.container(horizontal=True):  # unlike columns these stay side by side on a phone
        values = [
            st.number_input(
                f"{name}{'₁₂'[i]}",  # in plain letters: a screen reader would read the markdown of a colour
                -REACH,
                REACH,
                FIRST[name][i],
                STEP,
                key=f"dot_product_{name}{i}",
                format="%g",
                width=130,
                persist_state="session",
            )
            for i in range(2)
        ]
    return np.array(values)


def _picture(a: np.ndarray, b: np.ndarray) -> None:
    marks = [
        Mark(name, float(vector[0]), float(vector[1]), role, (0, 0), movable=True)
        for name, vector, role in zip(NAMES, (a, b), ("query", "key"), strict=True)
    ]
    titles = ("first number", "second number")
    plane(
        marks,
        key="dot_product_board",
        label="Two arrows from the origin: "
        + ", ".join(f"{mark.name} to ({short(mark.x)}, {short(mark.y)})" for mark in marks),
        x_title=titles[0],
        y_title=titles[1],
        reach=SIGHT,
        angle=(0, 1),
        on_move=lambda i, x, y: _put({NAMES[i]: (x, y)}),
        snap=STEP,
        height=400,
        numbers=plane_numbers("Two vectors", marks, *titles),
    )


def _worked_out(a: np.ndarray, b: np.ndarray) -> None:
    steps = cosine_steps(a, b)
    products = " + ".join(
        f":blue[{factor(p)}] × :orange[{factor(q)}]" for p, q in zip(a, b, strict=True)
    )
    formula(
        ":blue[**a**] · :orange[**b**] = :blue[a₁] × :orange[b₁] + :blue[a₂] × :orange[b₂]  \n"
        f"= {products} = **{short(steps.dot)}**\n\n" + _by_angle(steps, angle(a, b)),
        key="dot_product_board",
    )
    if short(steps.dot) == "0":
        st.markdown(
            "**Zero:** neither for nor against. Arrows at a right angle are called *orthogonal*."
        )
    elif steps.dot > 0:
        st.markdown(
            "**Positive:** the arrows point in similar directions. Longer arrows and smaller angles "
            "give larger values."
        )
    else:
        st.markdown("**Negative:** the arrows point away from each other.")


def _by_angle(steps: CosineSteps, degrees: float) -> str:
    if np.isnan(degrees):
        return NO_ANGLE
    lengths = f":blue[{short(steps.length_a)}] × :orange[{short(steps.length_b)}]"
    return (
        "and the same from the picture, by the arrows' lengths and the cosine of their angle:  \n"
        f"= :blue[|a|] × :orange[|b|] × cos {degrees:.0f}°  \n"
        f"= {lengths} × {factor(steps.cosine)} = **{short(steps.dot)}**"
    )


@st.fragment
def long_vectors() -> None:
    st.header("The same with more numbers", anchor=False)
    table, words = st.columns([4, 5], gap="large")
    with table:
        d = st.number_input(
            "How many numbers", 1, LONGEST, len(DOT_PRODUCT[0]), key="dot_product_d"
        )
        vectors = readers_vectors()[:, :d]
        Figure(
            "Two vectors a and b, number by number",
            vectors,
            rows=NAMES,
            columns=[str(i + 1) for i in range(d)],
            row_title="vector",
            column_title="number",
            role="diverging",
            decimals=1,
        ).draw("dot_product_long", on_edit=change, has_files=False)
    steps = cosine_steps(*vectors)
    with words:
        st.markdown("**Click a number and change it**, or choose how many there are.")
        pairs = " + ".join(
            f":blue[{factor(p)}]·:orange[{factor(q)}]" for p, q in zip(*vectors, strict=True)
        )
        formula(
            f":blue[**a**] · :orange[**b**] = {pairs}  \n"
            f"= {' + '.join(factor(product) for product in steps.products)} "
            f"= **{short(steps.dot)}**",
            key="dot_product_long",
        )
        st.markdown(
            "Books also write it :blue[**a**]ᵀ:orange[**b**]. ᵀ (*transpose*) turns a column into a row, "
            "which is then multiplied number by number. Both lists need equally many numbers."
        )


def readers_vectors() -> np.ndarray:
    """(2, LONGEST): the tutorial's two vectors, then zeros, until the reader changes them."""
    if VECTORS not in st.session_state:
        begin = np.zeros((len(NAMES), LONGEST))
        begin[:, : len(DOT_PRODUCT[0])] = DOT_PRODUCT
        st.session_state[VECTORS] = begin
    vectors: np.ndarray = st.session_state[VECTORS]
    return vectors


def change(row: int, column: int, value: float) -> None:
    """Take over one number, cut to ±LIMIT."""
    vectors = readers_vectors().copy()
    vectors[row, column] = min(max(value, -LIMIT), LIMIT)
    st.session_state[VECTORS] = vectors


@cached(max_entries=64)
def simulated(seed: int) -> Saturation:
    return simulate(seed, D_HEADS, N_DRAWS, N_KEYS)


@cached(max_entries=2)
def _spec(chart: str) -> dict[str, Any]:
    return as_spec(CHARTS[chart]())


def question(drawn: Saturation) -> bool:
    before, after = drawn.largest[SHORT], drawn.largest[LONG]
    change = 2 if abs(after - before) < MARGIN else int(after < before)
    return predict(
        f"Queries and keys get {D_HEADS[LONG] // D_HEADS[SHORT]} times as many numbers, without "
        "dividing by √d. The softmax of their scores becomes …",
        ANSWERS,
        change,
        lambda: (
            f"With d = {D_HEADS[SHORT]} numbers the strongest key takes {before:.2f} on average, with "
            f"d = {D_HEADS[LONG]} it takes {after:.2f}. More products add up to larger scores, so their "
            "differences grow, and softmax turns large differences into all or nothing."
        ),
        key="dot_product_longer",
    )


def simulation(drawn: Saturation) -> None:
    """The chosen size in numbers, both charts over all sizes, and one query of that size."""
    d_head = st.select_slider(
        "d, how many numbers a vector has", D_HEADS, D_HEADS[LONG], key="dot_product_d_head"
    )
    i = D_HEADS.index(d_head)
    formula(
        f"d = {d_head}: the scores :blue[q]·:orange[k] have variance **{drawn.variances[i]:.1f}**, "
        f"and the largest weight averages :violet[**{drawn.largest[i]:.2f}**].  \n"
        f"÷ √{d_head} = ÷ {np.sqrt(d_head):.4g}: variance **{drawn.scaled_variances[i]:.2f}**, "
        f"largest weight :violet[**{drawn.scaled_largest[i]:.2f}**].",
        key="dot_product_scale",
    )
    st.markdown(
        "Each of the d products has variance 1, and variances of independent numbers add up: the variance "
        "of :blue[q]·:orange[k] is **d**. Dividing a number by √d divides its variance by d: back to 1."
    )
    lines = ((drawn.variances, drawn.scaled_variances), (drawn.largest, drawn.scaled_largest))
    for column, chart, pair in zip(st.columns(2, gap="large"), CHARTS, lines, strict=True):
        with column:
            _chart(chart, sizes_frame(D_HEADS, *pair, d_head), *pair)
    notice_this(
        f"From d = {D_HEADS[0]} to d = {D_HEADS[-1]} the strongest key's share grows from "
        f"{drawn.largest[0]:.2f} to {drawn.largest[-1]:.2f}, although all vectors are random, so no "
        f"key is special. After ÷ √d it stays near {drawn.scaled_largest.mean():.2f} at every d."
    )
    weights = np.stack([drawn.weights[i], drawn.scaled_weights[i]])
    Figure(
        f"One random query, d = {d_head}",
        weights,
        rows=[PLAIN, SCALED],
        columns=[str(k) for k in range(N_KEYS)],
        row_title="softmax of",
        column_title="key (offers)",
        summary=f"Weights of {N_KEYS} random keys at d = {d_head}: the largest is {weights[0].max():.2f} "
        f"without and {weights[1].max():.2f} with division by the root of d.",
        heading=f"One of these queries, d = {d_head}: the weights of its {N_KEYS} keys",
    ).draw("dot_product_draw")


def _chart(chart: str, frame: pd.DataFrame, plain: np.ndarray, scaled: np.ndarray) -> None:
    spec = _spec(chart)
    name = spec["title"]
    st.vega_lite_chart(
        frame,
        spec,
        height=330,
        key=f"dot_product_{chart}",
        alt=f"{name}, for d from {D_HEADS[0]} to {D_HEADS[-1]}: from {plain[0]:.2f} to {plain[-1]:.2f} "
        f"without division, from {scaled[0]:.2f} to {scaled[-1]:.2f} with it",
    )
    table_twin(
        name,
        lambda: frame,
        key=f"dot_product_{chart}_twin",
        chart=lambda: on_paper(CHARTS[chart](), frame),
    )
