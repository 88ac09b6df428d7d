"""Which number changes: one cell from its score to its weight, right and broken, and the broken step written out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.broken import STAGES, first_change, joined_scores, large_number
from attention_core.analysis.masking import biased_scores
from attention_core.analysis.mistakes import largest_safe_score
from attention_core.attention import AttentionTrace, softmax_of
from attention_core.heads import head_of
from attention_core.softmax import SoftmaxSteps, softmax_steps
from pages.experiment.break_it.catalogue import Break
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula
from pages.ui.widgets.result import NO_NUMBER
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number, scaling, signed, sub

MOST_WRITTEN = 4  # heads of a mean


def shown(value: float) -> str:
    """A number of either side; what is none is said to be none."""
    return NO_NUMBER if np.isnan(value) else number(value)


def short(value: float) -> str:
    """A violation, for a narrow cell: 0.71, 2e−16, nan."""
    if value == 0 or np.isnan(value):
        return f"{value:.0f}"
    if value >= 0.005:
        return f"{value:.2f}"
    return f"{value:.0e}".replace("-0", "−").replace("-", "−")


@dataclass(frozen=True)
class Cell:
    """One weight, both ways."""

    q_pos: int
    k_pos: int
    control: AttentionTrace  # of the chosen head
    changed: AttentionTrace
    all_control: AttentionTrace  # of every head

    @property
    def at(self) -> tuple[int, int]:
        return self.q_pos, self.k_pos


def arithmetic(name: str, world: World, control: AttentionTrace, changed: AttentionTrace) -> str:
    """Two lines or three of markdown, without any of the reader's text."""
    one, other = head_of(control, world.head), head_of(changed, world.head)
    cell = Cell(world.q_pos, world.k_pos, one, other, control)
    right = f"right: {_softmax_of_row(cell.control, cell.at)} = :violet[**{shown(cell.control.weights[cell.at])}**]"
    return f"{right}  \n{WRITTEN[name](cell)} = :violet[**{shown(cell.changed.weights[cell.at])}**]"


def _without_root(cell: Cell) -> str:
    trace = cell.control
    return (
        f"score: {number(trace.scores[cell.at])}, not {number(trace.scores[cell.at])} {scaling(trace)} "
        f"= {number(trace.scaled_scores[cell.at])}  \nchanged: {_softmax_of_row(cell.changed, cell.at)}"
    )


def _over_wrong_axis(cell: Cell) -> str:
    down = softmax_steps(cell.control.masked_scores, axis=-2)
    return f"changed: {_softmax(down, cell.at, 'of the column')}"


def _masked_too_late(cell: Cell) -> str:
    everywhere = _over_all_keys(cell)
    allowed = cell.control.mask is None or cell.control.mask[cell.at]
    return f"changed: {_softmax(everywhere, cell.at, 'of all keys')} · {int(allowed)}"


def _without_mask(cell: Cell) -> str:
    return f"changed: {_softmax(_over_all_keys(cell), cell.at, 'of all keys')}"


def _over_all_keys(cell: Cell) -> SoftmaxSteps:
    return softmax_steps(joined_scores(cell.control, biased_scores(cell.control)))


def _swapped(cell: Cell) -> str:
    q, k = sub(cell.q_pos), sub(cell.k_pos)
    trace = cell.control
    return (
        f"score: :orange[k{q}]·:blue[q{k}] = {number(cell.changed.scores[cell.at])}, not "
        f":blue[q{q}]·:orange[k{k}] = {number(trace.scores[cell.at])}  \n"
        f"changed: {_softmax_of_row(cell.changed, cell.at)}"
    )


def _averaged(cell: Cell) -> str:
    weights = cell.all_control.weights[:, cell.q_pos, cell.k_pos]
    shown = [number(weight) for weight in weights[:MOST_WRITTEN]]
    more = ["…"] if len(weights) > MOST_WRITTEN else []
    return f"changed: ( {' + '.join([*shown, *more])} ) ÷ {len(weights)} heads"


def _uniform(cell: Cell) -> str:
    return f"score: :blue[0]·:orange[k{sub(cell.k_pos)}] = 0  \nchanged: {_softmax_of_row(cell.changed, cell.at)}"


def _twice(cell: Cell) -> str:
    once = softmax_steps(joined_scores(cell.control)).weights
    return f"changed: {_softmax(softmax_steps(once), cell.at, 'of the row')}"


def _without_largest(cell: Cell) -> str:
    scores = cell.control.masked_scores
    large, safe = large_number(scores), largest_safe_score(scores.dtype.type)
    again = softmax_of(cell.control, scores + scores.dtype.type(large))
    apart = float(np.abs(again - cell.control.weights).max())
    score = cell.changed.masked_scores[cell.at]
    top = "0" if np.isneginf(score) else "∞"
    return (
        f"{number(scores[cell.at])} + {large:,.0f} = {_long(score)}, and exp is ∞ from {safe:,.0f} on. If the "
        f"largest is subtracted first, the constant moves no weight by more than {short(apart)}  \nchanged: {top} ÷ ∞"
    )


def _wrong_rope(cell: Cell) -> str:
    d = cell.control.q.shape[-1]
    halves = " ".join(f"({i}, {i + d // 2})" for i in range(min(d // 2, MOST_WRITTEN)))
    neighbours = " ".join(f"({2 * i}, {2 * i + 1})" for i in range(min(d // 2, MOST_WRITTEN)))
    return (
        f"pairs turned: {neighbours}, not {halves}; so :blue[q]·:orange[k] = "
        f"{number(cell.changed.scores[cell.at])}, not {number(cell.control.scores[cell.at])}  \n"
        f"changed: {_softmax_of_row(cell.changed, cell.at)}"
    )


WRITTEN: dict[str, Callable[[Cell], str]] = {
    "no-root": _without_root,
    "wrong-axis": _over_wrong_axis,
    "mask-after": _masked_too_late,
    "no-mask": _without_mask,
    "swapped": _swapped,
    "averaged": _averaged,
    "uniform": _uniform,
    "twice": _twice,
    "no-max": _without_largest,
    "rope": _wrong_rope,
}


def _softmax_of_row(trace: AttentionTrace, at: tuple[int, int]) -> str:
    return _softmax(softmax_steps(joined_scores(trace)), at, "of the row")


def _softmax(steps: SoftmaxSteps, at: tuple[int, int], of: str) -> str:
    """exp(s − max) ÷ sum of exps, with the numbers of one cell."""
    top, total = (np.broadcast_to(each, steps.exps.shape)[at] for each in (steps.top, steps.total))
    return f"exp({number(steps.tempered[at])} − {_signed_inside(top)}) ÷ {number(total)} (sum {of})"


def _signed_inside(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _long(value: float) -> str:
    return number(value) if np.isneginf(value) else f"{value:,.1f}"


def steps_panel(
    world: World, control: AttentionTrace, changed: AttentionTrace, broken: Break
) -> None:
    """`control` and `changed` have all heads; the chosen head's chosen cell is taken apart."""
    one, other = head_of(control, world.head), head_of(changed, world.head)
    first = first_change(one, other)
    names = stage_names(one)
    st.markdown("**Which number changes?** The chosen cell, step by step:")
    left, right = st.columns([4, 5], gap="large")
    with left:
        _steps_table(world, one, other, names, first)
    with right:
        formula(arithmetic(broken.name, world, control, changed), key="break_it")
        st.markdown(
            f"The marked row, **{names[first]}**, is the first step in which any number of this head changes. "
            "Click a cell of a heatmap to take it apart."
            if first is not None
            else "No number of this head changes."
        )


def stage_names(trace: AttentionTrace) -> dict[str, str]:
    """The name of each stage, in the words of the other pages."""
    bias = "" if trace.bias is None else " + bias"
    return dict(zip(STAGES, ("q·k", scaling(trace), f"mask{bias}", "weight"), strict=True))


def _steps_table(
    world: World,
    control: AttentionTrace,
    changed: AttentionTrace,
    names: dict[str, str],
    first: str | None,
) -> None:
    cell = world.q_pos, world.k_pos
    before, after = (
        np.array([getattr(trace, stage)[cell] for stage in STAGES]) for trace in (control, changed)
    )
    with np.errstate(invalid="ignore"):  # −∞ on both sides is no difference
        apart = np.where(before == after, 0.0, after - before)
    frame = pd.DataFrame(
        {"control": before, "changed": after, "difference": apart}, index=list(names.values())
    )
    breakdown(
        [
            Column("control", [shown(value) for value in before]),
            Column("changed", [shown(value) for value in after]),
            Column("difference", [signed(v) if np.isfinite(v) else "–" for v in apart]),
        ],
        key="break_it_steps",
        row_labels=list(names.values()),
        row_title="step",
        selected=None if first is None else STAGES.index(first),
        label=f"From score to weight of {world.queries[cell[0]]} and {world.keys[cell[1]]}: weight "
        f"{shown(before[-1])} in the control, {shown(after[-1])} changed",
        heading=f"{world.queries[cell[0]]}  →  {world.keys[cell[1]]}",
        numbers=Numbers("From score to weight", lambda: frame),
    )
