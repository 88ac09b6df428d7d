"""Pictures drawn together as one component, for test_together.py. Not part of the app."""

import numpy as np
import streamlit as st

from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.component import explain, say
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.together import together

WEIGHTS = np.array([[1.0, 0.0], [0.25, 0.75]])
st.set_page_config(page_icon="🔭")
state = st.session_state
state.setdefault("runs", 0)
state.runs += 1


def remember(*picked: object) -> None:
    state.picked = picked


st.text(f"run {state.runs}, picked {state.get('picked')}")
grows = st.toggle("One more", key="more")
with together("all") as sides:
    with sides.column("left <b>", "Left on a phone"):
        head_grid(np.stack([WEIGHTS] * 3), key="heads", selected=1, label="H", on_pick=remember)
        say("words **as they are**")
        explain("> :material/visibility: Row :blue[q] gives **:violet[0.75]** to *y* [1]")
    with sides.column("right", "Right on a phone"):
        if grows:
            say("one more line")
        with together("row") as pair:
            for name in ("a", "b"):
                with pair.column():
                    Figure(
                        f"Figure {name}", WEIGHTS, ["0 x", "1 <i>"], ["0 x", "1 <i>"], heading=name
                    ).draw(name, on_pick=lambda r, c, name=name: remember(name, r, c))
        breakdown(
            [Column("weight", ["0.25", "0.75"])],
            key="rows",
            row_labels=["0 x", "1 y"],
            label="Rows",
            on_pick=lambda row: remember("rows", row),
        )
