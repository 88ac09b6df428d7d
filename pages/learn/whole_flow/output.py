"""From weights to the layer's output: weighted values, their sum, the heads side by side, W_O."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.weighted_sum import weighted_values
from pages.learn.whole_flow.sides import Side
from pages.learn.whole_flow.stages import MOST_NUMBERS
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import dimensions

MOST_PARTS = 6  # weighted values that are drawn


def output_stage(side: Side) -> None:
    """What the query is handed, head by head, and what W_O makes of it."""
    if side.world.trace is None or side.context is None:
        only_weights()
        return
    reach = float(np.abs(side.context).max()) or 1.0
    _parts(side, reach)
    _context(side, side.context, reach)
    if side.output is None:
        st.markdown("What this layer makes of its heads is not known here.")
    else:
        _output(side, side.context, side.output)


def _parts(side: Side, reach: float) -> None:
    world, trace = side.world, side.world.trace
    assert trace is not None
    parts, keys = weighted_values(trace, world.q_pos), strongest(world.row, MOST_PARTS)
    which = f"the {len(keys)} largest of {len(parts)}" if len(keys) < len(parts) else "each key"
    st.markdown(f":violet[**weight**] × :green[**value**]: {which}")
    Figure(
        f"Weighted values of {len(keys)} keys. All {len(parts)} add up to the head's context",
        parts[keys],
        rows=[f"{world.keys[i]} × {world.row[i]:.2f}" for i in keys],
        columns=dimensions(parts),
        row_title="value × weight",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
    ).draw(f"flow_{world.name}_parts", has_files=False)


def _context(side: Side, context: np.ndarray, reach: float) -> None:
    world = side.world
    st.markdown(f"All {len(world.row)} added up: one row in each head, its **context**")
    Figure(
        f"The query's context in {len(context)} heads",
        context,
        rows=_heads(context),
        columns=dimensions(context),
        row_title="head",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
        row=world.head,
    ).draw(
        f"flow_{world.name}_context", on_pick=lambda head, _: world.pick_head(head), has_files=False
    )


def _output(side: Side, context: np.ndarray, output: np.ndarray) -> None:
    world = side.world
    columns = side.dimensions if world.name == "toy" else dimensions(output)
    st.markdown(
        f"The heads side by side, {context.size} numbers, times **W_O**: the :red[**output**]"
    )
    drawn = output[:, :MOST_NUMBERS]
    Figure(
        f"Output of the layer for the query, {output.size} numbers",
        drawn,
        rows=[world.queries[world.q_pos]],
        columns=columns[:MOST_NUMBERS],
        row_title="output",
        column_title="dimension",
        role="output",
    ).draw(f"flow_{world.name}_output", has_files=False)
    if drawn.size < output.size:
        st.markdown(f"Drawn: the first {drawn.size} of {output.size} numbers.")
    table_twin(
        f"Context and output: {world.title}",
        lambda: pd.concat(
            {
                "context": matrix_frame(context, _heads(context), dimensions(context)),
                "output": matrix_frame(output, [world.queries[world.q_pos]], columns),
            }
        ),
        key=f"flow_{world.name}_output_twin",
    )


def _heads(context: np.ndarray) -> list[str]:
    return [f"head {i}" for i in range(len(context))]
