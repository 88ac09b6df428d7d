"""One query–key pair with the whole arithmetic of its weight, and a program that repeats it."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import RowBreakdown, row_breakdown
from attention_core.analysis.snippet import as_python
from attention_core.charts.products import products_frame
from attention_core.errors import ReaderError
from pages.ui.reader.worlds import World
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.products_chart import products_chart
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, scaling

FEW = 8  # dimensions whose products are written out


def cell_panel(world: World, heading: str | None = None) -> None:
    """The whole arithmetic of one weight, and the program that repeats it."""
    if world.trace is None:
        only_weights()
        return
    trace, k_pos = world.trace, world.k_pos
    steps = row_breakdown(trace, world.q_pos)
    q, k = trace.q[world.q_pos], trace.k[k_pos]
    pair = f"{world.queries[world.q_pos]}  →  {world.keys[k_pos]}"
    st.text(f"{heading}: {pair}" if heading else pair)
    if len(q) <= FEW:
        products = " + ".join(
            f":blue[{number(a)}] · :orange[{number(b)}]" for a, b in zip(q, k, strict=True)
        )
    else:
        products_chart(q, k, key=f"{world.name}_products")
        products = f"sum of {len(q)} products"
    st.markdown(
        f"q · k = {products} = **{number(steps.scores[k_pos])}**\n\n{_arithmetic(world, steps)}"
    )
    with st.container(horizontal=True):
        _copy(world)
        table_twin(
            f"q × k: {world.title}", lambda: products_frame(q, k), key=f"{world.name}_products_twin"
        )


def _copy(world: World) -> None:
    with st.popover(
        "Copy as Python",
        icon=":material/content_copy:",
        on_change="rerun",
        key=f"{world.name}_copy",
    ) as copy:
        if copy.open:
            _program(world)


def _program(world: World) -> None:
    assert world.trace is not None
    try:
        st.code(as_python(world.trace, world.q_pos, world.k_pos, world.queries, world.keys))
    except ReaderError as error:
        st.text(str(error))


def _arithmetic(world: World, steps: RowBreakdown) -> str:
    """score → scale → mask → softmax, as one line of markdown without any of the reader's text."""
    trace, j = world.trace, world.k_pos
    assert trace is not None
    if np.isneginf(steps.masked_scores[j]):
        return (
            "The mask blocks this key before the softmax: score −∞, exp 0, weight :violet[**0**]."
        )
    parts = [f"{number(steps.scores[j])} {scaling(trace)} = {number(steps.scaled_scores[j])}"]
    if trace.softcap is not None:
        parts.append(f"soft cap {trace.softcap:g} = {number(steps.capped_scores[j])}")
    if steps.bias is not None:
        parts.append(f"+ bias {number(steps.bias[j])} = {number(steps.masked_scores[j])}")
    if trace.temperature != 1:
        parts.append(f"÷ temperature {trace.temperature:g} = {number(steps.tempered[j])}")
    parts.append(f"− max {number(steps.top)} = {number(steps.shifted[j])}")
    parts.append(f"exp = {number(steps.exps[j])}")
    sink = "" if steps.sink is None else f" (the sink's {number(steps.sink.exp)} included)"
    parts.append(
        f"÷ sum {number(steps.total)}{sink} = :violet[**{steps.weights[j]:.4f}**], the weight"
    )
    return "  \n→ ".join(parts)
