"""The chart of q × k on a page: its specification is built and validated once, each run ships only numbers."""

from typing import Any

import numpy as np
import streamlit as st

from attention_core.charts.export import as_spec
from attention_core.charts.products import products, products_frame
from pages.ui.server.cache import cached


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
