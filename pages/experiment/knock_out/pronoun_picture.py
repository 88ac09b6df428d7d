"""How much the leaning to the right noun changes without each head: all that are measured, in one picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from pages.experiment.knock_out.grid import UNKNOWN, layers_on_paper
from pages.experiment.knock_out.pronoun_runs import Answer
from pages.ui.reader.controls import look_at_head
from pages.ui.widgets.layer_grid import layer_grid
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, signed


def all_heads_panel(answer: Answer) -> None:
    """The grid, the rank of the head in question, and the table twin."""
    question = answer.question
    means = answer.means()
    if not means:
        return
    layers = question.subject.layers
    n_heads = max(question.subject.capture.layers[layer].n_heads for layer in layers)
    values = np.full((len(layers), n_heads), np.nan)
    for (layer, head), mean in means.items():
        values[layers.index(layer), head] = mean
    order = sorted(means, key=lambda head: -abs(means[head]))
    rank, high = order.index(question.head) + 1, abs(means[order[0]]) or 1.0
    layer, head = question.head
    st.markdown(
        f"**Mean change without each head.** Ochre: without it the model leans less to the right noun. "
        f"Layer {layer} · head {head} is framed: by size number **{rank} of {len(means)}**. "
        f"The largest: layer {order[0][0]} · head {order[0][1]}, {signed(means[order[0]])}."
    )
    layer_grid(
        values,
        key="knock_out_pronoun_grid",
        layers=layers,
        name="mean change",
        texts=[[UNKNOWN if np.isnan(v) else signed(float(v)) for v in row] for row in values],
        high=high,
        high_text=number(high),
        label=f"Mean change of the leaning without each of {len(means)} heads; layer {layer} head {head}: "
        f"{signed(means[question.head])}, number {rank} by size.",
        on_pick=lambda row, picked: look_at_head(picked, layers[row]),
        selected=(layers.index(layer), head),
        diverging=True,
        unknown=UNKNOWN,
        hint="choose the head",
    )

    table_twin(
        "Mean change without each head",
        lambda: pd.DataFrame(
            {
                "layer": [each[0] for each in order],
                "head": [each[1] for each in order],
                "mean change": [means[each] for each in order],
            },
            index=pd.RangeIndex(1, len(order) + 1, name="rank"),
        ),
        key="knock_out_pronoun_twin",
        chart=lambda: layers_on_paper(
            values, layers, "Mean change of the leaning without each head", "change"
        ),
    )
