"""What stands above every view: the layer with its neighbours, and the heads of the layer to choose from."""

import streamlit as st

from pages.explore.one_head.badge import percent
from pages.explore.one_head.subject import Subject
from pages.ui.reader.real import say_cut
from pages.ui.widgets.panels import heads_panel


def top(subject: Subject) -> None:
    """Layer to layer by buttons, head to head by thumbnails."""
    n_layers, number = len(subject.capture.layers), subject.number
    with st.container(horizontal=True, vertical_alignment="center"):
        _to_layer(number - 1, n_layers, "Previous layer", ":material/chevron_left:")
        st.markdown(f"**Layer {number}** (0 to {n_layers - 1})", width="content")
        _to_layer(number + 1, n_layers, "Next layer", ":material/chevron_right:")
        st.markdown(
            f":violet[**head {subject.world.head}**] of {len(subject.world.weights)}: "
            "click a thumbnail to change it",
            width="content",
        )
    heads_panel(subject.world)
    say_cut(subject.capture)
    _say_sink(subject)


def _say_sink(subject: Subject) -> None:
    """The share of the row that goes to no token, where the head has a sink of its own."""
    world = subject.world
    if world.trace is not None and world.trace.sinks is not None:
        share = 1 - float(world.row.sum())
        st.text(
            f"This head has a sink, which is no token: it takes {percent(share)} of the row "
            f"of {world.queries[world.q_pos]}."
        )


def _to_layer(number: int, n_layers: int, title: str, icon: str) -> None:
    st.button(
        title,
        icon=icon,
        key=f"one_head_{title.split()[0].lower()}",
        disabled=not 0 <= number < n_layers,
        on_click=lambda: st.session_state.update(layer=number),
    )
