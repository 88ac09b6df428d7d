"""The table twin of a picture, and the files to take away. Nothing is built before it is asked for."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import Picture, as_png, as_svg
from attention_core.charts.heatmap import MOST_CELLS, heatmap, heatmap_frame

MIME = {"CSV": "text/csv", "PNG": "image/png", "SVG": "image/svg+xml"}
Files = Mapping[str, Callable[[], bytes]]  # "PNG" or "SVG" → how to make it


def table_twin(
    name: str, frame: Callable[[], pd.DataFrame], *, key: str, pictures: Files | None = None
) -> None:
    """A popover with the numbers behind a picture: to read, to search, and as files."""
    with st.popover(
        "Numbers and files", icon=":material/table_view:", on_change="rerun", key=key
    ) as shown:
        if not shown.open:
            return
        numbers = frame()
        st.dataframe(numbers, alt=f"{name}, as numbers", key=f"{key}_table")
        files: Files = {"CSV": lambda: numbers.to_csv().encode(), **(pictures or {})}
        with st.container(horizontal=True):
            for kind, make in files.items():
                st.download_button(
                    kind,
                    make,
                    f"{name}.{kind.lower()}",
                    MIME[kind],
                    key=f"{key}_{kind}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def matrix_frame(values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """A matrix as a table, at full precision."""
    return pd.DataFrame(values, index=list(rows), columns=list(columns))


def weights_twin(
    name: str,
    weights: np.ndarray,
    queries: Sequence[str],
    keys: Sequence[str],
    mask: np.ndarray | None,
    *,
    key: str,
) -> None:
    """The table twin of a heatmap; its picture is drawn anew for paper, by Altair."""

    def picture() -> Picture:
        return heatmap(heatmap_frame(weights, queries, keys, mask), name)

    too_many = weights.size > MOST_CELLS
    pictures = (
        {} if too_many else {"PNG": lambda: as_png(picture()), "SVG": lambda: as_svg(picture())}
    )
    table_twin(name, lambda: matrix_frame(weights, queries, keys), key=key, pictures=pictures)
