"""Lesson 3: two arrows and two longer lists to change, and their dot products worked out."""

from functools import partial

import numpy as np
import streamlit as st

from attention_core.toy.claims import DOT_PRODUCT
from attention_core.vectors import CosineSteps, angle, cosine_steps
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula
from pages.ui.widgets.plane import Mark, plane, plane_numbers
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
VECTORS = "dot_product_vectors"  # session: both vectors in full length


def short(value: float) -> str:
    """A number as on the other pages, but 2 is written 2 and not 2.000."""
    text = number(value)
    return text if "e" in text else text.rstrip("0").rstrip(".")


def factor(value: float) -> str:
    """The number as part of a product or sum: a negative one in brackets, so that no two signs meet."""
    return f"({short(value)})" if value < 0 else short(value)


def board() -> None:
    """The arrows, their four numbers, three positions to start from, and the dot product as it is now."""
    picture, numbers = st.columns([5, 4], gap="large")
    with numbers:
        st.markdown("**Drag the tips**, type numbers, or begin here:")
        with st.container(horizontal=True):
            for name, (icon, *places) in PRESETS.items():
                st.button(
                    name,
                    icon=icon,
                    key=f"dot_product_{name}",
                    on_click=after_delivery(partial(_put_both, *places)),
                )
        a, b = (_inputs(name) for name in NAMES)
    with picture:
        _picture(a, b)
    with numbers:
        _worked_out(a, b)


def _key(name: str, i: int) -> str:
    return f"dot_product_{name}{i}"


def _put(name: str, place: tuple[float, float]) -> None:
    """Move one arrow. Only in callbacks: the inputs are drawn first."""
    for i, value in enumerate(place):
        st.session_state[_key(name, i)] = min(max(value, -REACH), REACH)


def _put_both(a: tuple[float, float], b: tuple[float, float]) -> None:
    _put("a", a)
    _put("b", b)


def _inputs(name: str) -> np.ndarray:
    with st.container(horizontal=True):  # unlike columns these stay side by side on a phone
        values = [
            st.number_input(
                f"{name}{'₁₂'[i]}",  # in plain letters: a screen reader would read the markdown of a colour
                -REACH,
                REACH,
                FIRST[name][i],
                STEP,
                key=_key(name, i),
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
    plane(
        marks,
        key="dot_product_board",
        label="Two arrows from the origin: "
        + ", ".join(f"{mark.name} to ({short(mark.x)}, {short(mark.y)})" for mark in marks),
        x_title="first number",
        y_title="second number",
        reach=SIGHT,
        angle=(0, 1),
        on_move=lambda i, x, y: _put(NAMES[i], (x, y)),
        snap=STEP,
        height=400,
        numbers=plane_numbers("Two vectors", marks, "first number", "second number"),
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
    st.markdown(_in_words(steps))


def _by_angle(steps: CosineSteps, degrees: float) -> str:
    if np.isnan(degrees):
        return NO_ANGLE
    lengths = f":blue[{short(steps.length_a)}] × :orange[{short(steps.length_b)}]"
    return (
        "and the same from the picture, by the arrows' lengths and the cosine of their angle:  \n"
        f"= :blue[|a|] × :orange[|b|] × cos {degrees:.0f}°  \n"
        f"= {lengths} × {factor(steps.cosine)} = **{short(steps.dot)}**"
    )


def _in_words(steps: CosineSteps) -> str:
    if short(steps.dot) == "0":
        return "**Zero:** neither for nor against. Arrows at a right angle are called *orthogonal*."
    if steps.dot > 0:
        return "**Positive:** the arrows point to the same side. The longer and the closer, the larger."
    return "**Negative:** the arrows point away from each other."


def long_vectors() -> None:
    """The two vectors, and what their dot product is made of."""
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
        st.markdown("**Click a number and change it**, or make the lists longer.")
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
            "In books it is also written :blue[**a**]ᵀ:orange[**b**]: a list standing upright is laid "
            "flat (ᵀ, *transposed*) and meets the other one number by number. Both lists must be equally long."
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
