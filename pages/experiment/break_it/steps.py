"""Which number changes: one cell from its score to its weight, right and broken, and the broken step written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.broken import STAGES, first_change
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of
from pages.experiment.break_it.arithmetic import written_out
from pages.experiment.break_it.catalogue import Break
from pages.experiment.break_it.wording import shown
from pages.ui.reader.worlds import World
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import scaling, signed


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
        _table(world, one, other, names, first)
    with right:
        formula(written_out(broken.name, world, control, changed), key="break_it")
        st.markdown(_first(first, names))


def stage_names(trace: AttentionTrace) -> dict[str, str]:
    """The name of each stage, in the words of the other pages."""
    bias = "" if trace.bias is None else " + bias"
    return dict(zip(STAGES, ("q·k", scaling(trace), f"mask{bias}", "weight"), strict=True))


def _table(
    world: World,
    control: AttentionTrace,
    changed: AttentionTrace,
    names: dict[str, str],
    first: str | None,
) -> None:
    cell = world.q_pos, world.k_pos
    before = np.array([getattr(control, stage)[cell] for stage in STAGES])
    after = np.array([getattr(changed, stage)[cell] for stage in STAGES])
    apart = _apart(before, after)
    st.text(f"{world.queries[cell[0]]}  →  {world.keys[cell[1]]}")
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
    )
    table_twin(
        "From score to weight",
        lambda: pd.DataFrame(
            {"control": before, "changed": after, "difference": apart}, index=list(names.values())
        ),
        key="break_it_steps_twin",
    )


def _apart(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """−∞ on both sides is no difference."""
    with np.errstate(invalid="ignore"):
        return np.where(before == after, 0.0, after - before)


def _first(first: str | None, names: dict[str, str]) -> str:
    if first is None:
        return "No number of this head changes."
    return (
        f"The marked row, **{names[first]}**, is the first step in which any number of this head changes. "
        "Click a cell of a heatmap to take it apart."
    )
