"""The panels of a world, the same for the toy and for a real head: heads, heatmap, softmax, q k v, one cell."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import RowBreakdown, row_breakdown, strongest
from attention_core.analysis.snippet import as_python
from pages.ui.breakdown import Column, breakdown
from pages.ui.head_grid import head_grid
from pages.ui.matrix import matrix
from pages.ui.products_chart import products_chart
from pages.ui.takeaway import matrix_frame, table_twin, weights_twin
from pages.ui.worlds import World

MOST_KEYS = 24  # rows of a softmax table; the keys that weigh least are added up
FEW = 8  # dimensions whose products are written out


def heads_panel(world: World) -> None:
    """All heads of the layer as thumbnails; a click chooses."""
    head_grid(
        world.weights,
        key=f"{world.name}_heads",
        selected=world.head,
        blocked=world.blocked,
        label=f"All {len(world.weights)} heads of {world.title}: head {world.head} is chosen",
        on_pick=world.pick_head,
    )


def heatmap_panel(world: World) -> None:
    """The chosen head: rows ask, columns offer."""
    matrix(
        world.head_weights,
        key=f"{world.name}_heatmap",
        rows=world.tokens,
        columns=world.tokens,
        blocked=world.blocked,
        row=world.q_pos,
        cell=(world.q_pos, world.k_pos),
        label=f"Attention weights of {world.title}. {_top_keys(world, 3)}",
        on_pick=world.pick_cell,
    )
    weights_twin(
        f"Attention weights: {world.title}",
        world.head_weights,
        world.tokens,
        None if world.trace is None else world.trace.mask,
        key=f"{world.name}_weights_twin",
    )


def row_panel(world: World) -> None:
    """The softmax of the chosen row, step by step."""
    if world.trace is None:
        _only_weights()
        return
    st.text(_top_keys(world, 3))  # tokens are the reader's text: shown literally
    steps = row_breakdown(world.trace, world.q_pos)
    shown = strongest(steps.weights, MOST_KEYS)
    if world.k_pos not in shown:
        shown = np.sort(np.append(shown[steps.weights[shown].argsort()[1:]], world.k_pos))
    columns = _columns(steps, shown, world)
    footer = [""] * (len(columns) + 1)
    footer[0], footer[-2], footer[-1] = (
        "sum of all keys",
        _number(steps.total),
        f"{steps.row_sum:.4f}",
    )
    breakdown(
        columns,
        key=f"{world.name}_softmax",
        row_labels=[world.tokens[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=footer,
        label=f"Softmax of the row {world.tokens[world.q_pos]} in {world.title}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    rest = len(steps.weights) - len(shown)
    if rest:
        weight = steps.row_sum - steps.weights[shown].sum()
        st.caption(f"{rest} more keys share {weight:.4f} of the weight; the sums include them.")


def qkv_panel(world: World) -> None:
    """What the query asks (q), what each key offers (k), what it hands over (v)."""
    if world.trace is None:
        _only_weights()
        return
    trace = world.trace
    reach = float(max(np.abs(trace.q).max(), np.abs(trace.k).max())) or 1.0
    st.markdown(":blue[**q**] what it asks")
    matrix(
        trace.q[[world.q_pos]],
        key=f"{world.name}_q",
        rows=[world.tokens[world.q_pos]],
        columns=world.dimensions,
        row_title="query",
        column_title="dimension",
        role="query",
        low=-reach,
        high=reach,
        label=f"q of {world.tokens[world.q_pos]}, {len(world.dimensions)} dimensions",
    )
    k_side, v_side = st.columns(2)
    with k_side:
        st.markdown(":orange[**k**] what each offers")
        _per_key(world, trace.k, "key", reach)
    with v_side:
        st.markdown(":green[**v**] what each hands over")
        _per_key(world, trace.v, "value", float(np.abs(trace.v).max()) or 1.0)
    tables = {"q": trace.q, "k": trace.k, "v": trace.v}
    table_twin(
        f"q, k and v: {world.title}",
        lambda: matrix_frame(
            np.hstack(list(tables.values())),
            world.tokens,
            [f"{name} {i}" for name, table in tables.items() for i in range(table.shape[1])],
        ),
        key=f"{world.name}_qkv_twin",
    )


def cell_panel(world: World) -> None:
    """The whole arithmetic of one weight, and the program that repeats it."""
    if world.trace is None:
        _only_weights()
        return
    trace, k_pos = world.trace, world.k_pos
    steps = row_breakdown(trace, world.q_pos)
    q, k = trace.q[world.q_pos], trace.k[k_pos]
    st.text(f"{world.tokens[world.q_pos]}  →  {world.tokens[k_pos]}")
    if len(q) <= FEW:
        products = " + ".join(
            f":blue[{_number(a)}] · :orange[{_number(b)}]" for a, b in zip(q, k, strict=True)
        )
        st.markdown(f"q · k = {products} = **{_number(steps.scores[k_pos])}**")
    else:
        products_chart(q, k, key=f"{world.name}_products")
        st.markdown(f"q · k = sum of {len(q)} products = **{_number(steps.scores[k_pos])}**")
    st.markdown(_arithmetic(world, steps))
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
        st.code(as_python(world.trace, world.q_pos, world.k_pos, world.tokens, world.tokens))
    except ValueError as error:
        st.text(str(error))


def _arithmetic(world: World, steps: RowBreakdown) -> str:
    """score → scale → mask → softmax, as one line of markdown without any of the reader's text."""
    trace, j = world.trace, world.k_pos
    assert trace is not None
    if np.isneginf(steps.masked_scores[j]):
        return (
            "The mask blocks this key before the softmax: score −∞, exp 0, weight :violet[**0**]."
        )
    parts = [f"{_number(steps.scores[j])} × {trace.scale:.4g} = {_number(steps.scaled_scores[j])}"]
    if steps.bias is not None:
        parts.append(f"+ bias {_number(steps.bias[j])} = {_number(steps.masked_scores[j])}")
    if trace.temperature != 1:
        parts.append(f"÷ temperature {trace.temperature:g} = {_number(steps.tempered[j])}")
    parts.append(f"− max {_number(steps.top)} = {_number(steps.shifted[j])}")
    parts.append(f"exp = {_number(steps.exps[j])}")
    parts.append(f"÷ sum {_number(steps.total)} = :violet[**{steps.weights[j]:.4f}**], the weight")
    return "  \n→ ".join(parts)


def _columns(steps: RowBreakdown, shown: np.ndarray, world: World) -> list[Column]:
    def column(title: str, values: np.ndarray, help_text: str, role: str | None = None) -> Column:
        return Column(title, [_number(value) for value in values[shown]], role, help=help_text)

    trace = world.trace
    assert trace is not None
    columns = [
        column("q·k", steps.scores, "The score: how well the key fits the query"),
        column(
            "× scale",
            steps.scaled_scores,
            f"× {trace.scale:.4g}, which is ÷ √d_head unless switched off",
        ),
    ]
    if steps.bias is not None:
        columns.append(
            column(
                "+ bias",
                steps.scaled_scores + steps.bias,
                "The model's learned bias for this distance",
            )
        )
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


def _per_key(world: World, values: np.ndarray, role: str, reach: float) -> None:
    matrix(
        values,
        key=f"{world.name}_{role}",
        rows=world.tokens,
        columns=world.dimensions,
        row_title="token",
        column_title="dimension",
        role=role,  # type: ignore[arg-type]  # "key" or "value", from the two calls above
        low=-reach,
        high=reach,
        row=world.k_pos,
        label=f"{role}s of {len(world.tokens)} tokens, {len(world.dimensions)} dimensions each",
        on_pick=lambda row, _: world.pick_cell(world.q_pos, row),
    )


def _top_keys(world: World, n: int) -> str:
    best = np.argsort(-world.row, kind="stable")[:n]
    shares = " · ".join(f"{world.tokens[i]} {world.row[i]:.2f}" for i in best)
    return f"{world.tokens[world.q_pos]} → {shares}"


def _only_weights() -> None:
    st.info("This model's family hands out its weights only: q, k and v are not available.")


def _number(value: float) -> str:
    """Three decimals; −∞ for a blocked score; tiny exponentials keep a digit."""
    if np.isneginf(value):
        return "−∞"
    small = 0 < abs(value) < 5e-4
    return (f"{value:.0e}" if small else f"{value:.3f}").replace("-", "−")
