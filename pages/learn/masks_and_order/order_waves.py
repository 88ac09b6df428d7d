"""The table of sinusoidal positions: fast waves on the left, slow ones on the right."""

from collections.abc import Sequence

import streamlit as st

from attention_core.positions import sinusoidal_positions
from attention_core.toy.own import D_MODEL
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import dimensions

LONG, WIDE = 16, 32  # positions and dimensions of the picture that shows more than the toy's own


def waves_panel(names: Sequence[str]) -> None:
    """The table of waves: the toy's own four columns, or enough columns to see them slow down."""
    st.markdown("**The waves.** Each row is what a position adds. No two rows are the same.")
    own = f"{len(names)} words, {D_MODEL} dimensions: this toy"
    wide = st.segmented_control(
        "Size of the picture",
        [True, False],
        default=True,
        format_func=lambda is_wide: f"{LONG} positions, {WIDE} dimensions" if is_wide else own,
        key="masks_and_order_waves",
        required=True,
        label_visibility="collapsed",
    )
    rows = [str(position) for position in range(LONG)] if wide else names
    table = sinusoidal_positions(len(rows), WIDE if wide else D_MODEL)
    columns = dimensions(table)
    Figure(
        "Sinusoidal positions",
        table,
        rows=rows,
        columns=columns,
        row_title="position",
        column_title="dimension",
        role="diverging",
        summary=f"The waves of {len(rows)} positions in {len(columns)} dimensions: "
        "fast waves on the left, slow ones on the right",
    ).draw("order_waves")
    st.markdown("Left: fast waves tell neighbours apart. Right: slow ones tell near from far.")
