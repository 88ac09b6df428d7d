"""A chart of one number through the layers, with its table twin; the specification is built once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts import through_layers as charts
from attention_core.charts.export import as_spec, on_paper
from pages.ui.server.cache import cached
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import layers_passed

CHARTS = {
    "between": charts.cosine_between,
    "cosines": charts.cosines,
    "probabilities": charts.probabilities,
}


@cached(max_entries=3)
def _spec(chart: str) -> dict[str, Any]:
    return as_spec(CHARTS[chart]())


def chart_of(
    chart: str, lines: Sequence[np.ndarray], names: Sequence[str], title: str, key: str
) -> None:
    """Lines over the number of layers passed: 0 is what enters the first layer."""
    frame = charts.layers_frame(lines, names)
    ends = ", ".join(
        f"{name} from {line[0]:.2f} to {line[-1]:.2f}"
        for name, line in zip(names, lines, strict=True)
    )
    st.vega_lite_chart(frame, _spec(chart), height=280, key=key, alt=f"{title}: {ends}")
    table_twin(
        title,
        lambda: pd.DataFrame(
            dict(zip(names, lines, strict=True)), index=layers_passed(len(lines[0]) - 1)
        ),
        key=f"{key}_twin",
        chart=lambda: on_paper(CHARTS[chart](), frame),
    )
