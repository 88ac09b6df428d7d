"""The arithmetic of a row: its softmax step by step, and one query–key pair with the whole arithmetic of its weight."""

from typing import Any

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import RowBreakdown, row_breakdown, strongest
from attention_core.analysis.snippet import as_python
from attention_core.charts.export import as_spec
from attention_core.charts.products import products, products_frame
from attention_core.errors import ReaderError
from pages.ui.reader.worlds import World
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.component import say
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, scaling

FEW = 8  # dimensions whose products are written out
MOST_KEYS = 24  # rows of the table; the keys that weigh least are added up


def softmax_panel(world: World, heading: str | None = None) -> None:
    """The softmax of the chosen row, step by step."""
    if world.trace is None:
        only_weights()
        return
    steps = row_breakdown(world.trace, world.q_pos)
    shown = strongest(steps.weights, MOST_KEYS, also=world.k_pos)
    columns = _columns(steps, shown, world)
    breakdown(
        columns,
        key=f"{world.name}_softmax",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=["sum", *[""] * (len(columns) - 2), number(steps.total), f"{steps.row_sum:.4f}"],
        heading=heading,
        note=world.summary,
        label=f"Softmax of the row {world.queries[world.q_pos]} in {world.title}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    rest = len(steps.weights) - len(shown)
    if rest:
        weight = steps.row_sum - steps.weights[shown].sum()
        say(f"{rest} more keys share {weight:.4f} of the weight; the sums include them.")
    if steps.sink is not None:
        say(
            f"The head's sink, a score of no key ({number(steps.sink.score)}), takes "
            f"{steps.sink.weight:.4f} of the row; its exp, {number(steps.sink.exp)}, is in the sum."
        )


def _columns(steps: RowBreakdown, shown: np.ndarray, world: World) -> list[Column]:
    def column(title: str, values: np.ndarray, help_text: str) -> Column:
        return Column(title, [number(value) for value in values[shown]], help=help_text)

    trace = world.trace
    assert trace is not None
    columns = [
        column("q·k", steps.scores, "The score: how well the key fits the query"),
        column(scaling(trace), steps.scaled_scores, f"The score × {trace.scale:.4g}"),
    ]
    if trace.softcap is not None:
        help_text = f"c · tanh(s / c) with c = {trace.softcap:g}: never beyond ±c"
        columns.append(column("soft cap", steps.capped_scores, help_text))
    if steps.bias is not None:
        help_text = "The model's learned bias for this distance"
        columns.append(column("+ bias", steps.capped_scores + steps.bias, help_text))
    if trace.mask is not None:
        columns.append(column("mask", steps.masked_scores, "Keys the query may not see become −∞"))
    if trace.temperature != 1:
        columns.append(column("÷ T", steps.tempered, f"÷ temperature {trace.temperature:g}"))
    return [
        *columns,
        column("− max", steps.shifted, "The largest becomes 0, so that exp cannot overflow"),
        column("exp", steps.exps, "e to the power of it: never negative"),
        Column(
            "weight",
            [f"{weight:.4f}" for weight in steps.weights[shown]],
            "weights",
            bars=steps.weights[shown].astype(float).tolist(),
            help="÷ the sum of all exps: a share",
        ),
    ]  # fmt: skip


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
        _copy_as_python(world)
        table_twin(
            f"q × k: {world.title}", lambda: products_frame(q, k), key=f"{world.name}_products_twin"
        )


def _copy_as_python(world: World) -> None:
    assert world.trace is not None
    icon, key = ":material/content_copy:", f"{world.name}_copy"
    with st.popover("Copy as Python", icon=icon, on_change="rerun", key=key) as copy:
        if copy.open:
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


@cached(max_entries=1)
def _spec() -> dict[str, Any]:
    return as_spec(products())


def products_chart(q: np.ndarray, k: np.ndarray, key: str) -> None:
    """Bars of q × k, one for each dimension of the head."""
    frame = products_frame(q, k)
    st.vega_lite_chart(
        frame,
        _spec(),
        height=240,
        key=key,
        alt=f"{len(q)} products of query and key; they add up to {float(q @ k):.3f}",
    )
