"""The softmax of the chosen row, step by step, as one table: score, scale, mask, −max, exp, weight."""

import numpy as np

from attention_core.analysis.breakdown import RowBreakdown, row_breakdown, strongest
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.component import say
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.wording import number, scaling

MOST_KEYS = 24  # rows of the table; the keys that weigh least are added up


def softmax_panel(world: World, heading: str | None = None) -> None:
    """The softmax of the chosen row, step by step."""
    if world.trace is None:
        only_weights()
        return
    steps = row_breakdown(world.trace, world.q_pos)
    shown = strongest(steps.weights, MOST_KEYS, also=world.k_pos)
    columns = _columns(steps, shown, world)
    footer = [""] * (len(columns) + 1)
    footer[0], footer[-2], footer[-1] = (
        "sum",
        number(steps.total),
        f"{steps.row_sum:.4f}",
    )
    breakdown(
        columns,
        key=f"{world.name}_softmax",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=footer,
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
    def column(title: str, values: np.ndarray, help_text: str, role: str | None = None) -> Column:
        return Column(title, [number(value) for value in values[shown]], role, help=help_text)

    trace = world.trace
    assert trace is not None
    columns = [
        column("q·k", steps.scores, "The score: how well the key fits the query"),
        column(scaling(trace), steps.scaled_scores, f"The score × {trace.scale:.4g}"),
    ]
    if trace.softcap is not None:
        columns.append(
            column(
                "soft cap",
                steps.capped_scores,
                f"c · tanh(s / c) with c = {trace.softcap:g}: never beyond ±c",
            )
        )
    if steps.bias is not None:
        columns.append(
            column(
                "+ bias",
                steps.capped_scores + steps.bias,
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
