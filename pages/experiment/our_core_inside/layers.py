"""How far the runs are apart, layer by layer, as a picture on a scale of powers of ten; with it, the two precisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.rounding import (
    DOUBLE,
    OURS,
    SINGLE,
    WRONG,
    Line,
    rounding,
    rounding_frame,
)
from attention_core.pretrained import proof, two_runs
from pages.ui.server.cache import cached
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import scientific

Runs = Mapping[Line, "two_runs.Apart"]  # whose core, in which precision
TITLES = {"weights": "max |Δ weight|", "states": "max |Δ vector| ÷ size"}
ROLES = {"weights": "weights", "states": "output"}


@cached(max_entries=2)
def _spec(quantity: str, normal: float) -> dict[str, Any]:
    return as_spec(rounding(normal, TITLES[quantity], ROLES[quantity]))


def values(apart: two_runs.Apart, quantity: str) -> np.ndarray:
    """The differences of each layer that the page speaks of."""
    return apart.weights if quantity == "weights" else apart.shares


def layers_chart(runs: Runs, quantity: str) -> None:
    """A line for each run; the table twin has all that was measured."""
    frame = rounding_frame({line: values(apart, quantity) for line, apart in runs.items()})
    title = f"{TITLES[quantity]} in each layer"
    told = ", ".join(
        f"{core} in {precision} at most {scientific(values(apart, quantity).max())}"
        for (core, precision), apart in runs.items()
    )
    st.vega_lite_chart(
        frame,
        _spec(quantity, proof.TOLERANCE),
        height=400,
        key="core_layers",
        alt=f"{title}: {told}",
    )
    st.markdown("The scale is in powers of ten. Solid lines: float32, dashed lines: float64.")
    table_twin(
        "Differences layer by layer",
        lambda: _table(runs),
        key="core_layers_twin",
        chart=lambda: on_paper(rounding(proof.TOLERANCE, TITLES[quantity], ROLES[quantity]), frame),
    )


def _table(runs: Runs) -> pd.DataFrame:
    columns = {}
    for (core, precision), apart in runs.items():
        run = f"{core}, {precision}"
        columns[f"max |Δ weight|: {run}"] = apart.weights
        columns[f"max |Δ vector|: {run}"] = apart.states
        columns[f"max |vector| of the library: {run}"] = apart.sizes
        columns[f"share of the size: {run}"] = apart.shares
    n_layers = len(next(iter(runs.values())).weights)
    return pd.DataFrame(columns, index=[f"layer {i}" for i in range(n_layers)])


def lines_of(
    ours: two_runs.Apart,
    wrong: two_runs.Apart | None,
    exact: tuple[two_runs.Apart, two_runs.Apart] | None,
) -> dict[Line, two_runs.Apart]:
    """What is to be drawn: ours always, the wrong core if wished, in float64 once that was measured."""
    cores = {OURS: (ours, exact[0] if exact else None)}
    if wrong is not None:
        cores[WRONG] = (wrong, exact[1] if exact else None)
    return {
        (core, precision): apart
        for core, both in cores.items()
        for precision, apart in zip((SINGLE, DOUBLE), both, strict=True)
        if apart is not None
    }
