"""One head of the pretrained model on the reader's sentence: where it looks, why, and what it passes on."""

from collections.abc import Callable

import streamlit as st

from pages.explore.one_head.subject import HAS_SINK, Subject, percent, subject_of
from pages.explore.one_head.vectors import neurons_view, values_view
from pages.explore.one_head.weights import heatmap_view, lines_view, options_row
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.worlds import World
from pages.ui.widgets.arithmetic import cell_panel, softmax_panel
from pages.ui.widgets.panels import heads_panel, qkv_panel
from pages.ui.widgets.parts import one_of, toy_of_sentence


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
            f"{HAS_SINK}: it takes {percent(share)} of the row of {world.queries[world.q_pos]}."
        )


def _to_layer(number: int, n_layers: int, title: str, icon: str) -> None:
    st.button(
        title,
        icon=icon,
        key=f"one_head_{title.split()[0].lower()}",
        disabled=not 0 <= number < n_layers,
        on_click=lambda: st.session_state.update(layer=number),
    )


HEATMAP = "Heatmap"
VIEWS = {"Lines": lines_view, "Neurons": neurons_view, "Values": values_view}


def page() -> None:
    toy, choice = toy_of_sentence(), chosen()
    if toy is None:
        return
    capture = read_or_wait(choice.model_id, toy.current.sentence, key="one_head")
    if capture is not None:
        one_head(subject_of(capture, toy.current, choice))


def one_head(subject: Subject) -> None:
    """A view on the left, the softmax of the chosen row always on the right, the details below."""
    top(subject)
    view = one_of(
        "View",
        [HEATMAP, *VIEWS],
        key="one_head_view",
        has_label=False,
    )
    options = options_row(subject) if view == HEATMAP else None
    trace = subject.world.trace
    has_more = trace is not None and (trace.mask is not None or trace.bias is not None)
    left, right = st.columns([1, 1] if has_more else [5, 4], gap="medium")  # the table is wider
    with left:
        if options is not None:
            heatmap_view(subject, options)
        else:
            VIEWS[view](subject)
    with right:
        softmax_panel(subject.world, "Softmax of the chosen row: from scores to shares")
    details("Query, key and value of every token", qkv_panel, subject.world, "one_head_qkv")
    details("One weight, with all its arithmetic", cell_panel, subject.world, "one_head_cell")


def details(title: str, panel: Callable[[World], None], world: World, key: str) -> None:
    """A section that is drawn only while it is open."""
    with st.expander(title, on_change="rerun", key=key) as section:
        if section.open:
            panel(world)


page()
