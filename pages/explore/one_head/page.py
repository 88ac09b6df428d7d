"""One head of the pretrained model on the reader's sentence: where it looks, why, and what it passes on."""

from collections.abc import Callable

import streamlit as st

from pages.explore.one_head.heatmap import heatmap_view
from pages.explore.one_head.lines import lines_view
from pages.explore.one_head.neurons import neurons_view
from pages.explore.one_head.options import options_row
from pages.explore.one_head.subject import Subject, subject_of
from pages.explore.one_head.top import top
from pages.explore.one_head.values import values_view
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import World
from pages.ui.widgets.cell_panel import cell_panel
from pages.ui.widgets.panels import qkv_panel
from pages.ui.widgets.parts import one_of, toy_of_sentence
from pages.ui.widgets.softmax_panel import softmax_panel

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
        st.markdown("**Softmax of the chosen row: from scores to shares**")
        softmax_panel(subject.world)
    details("Query, key and value of every token", qkv_panel, subject.world, "one_head_qkv")
    details("One weight, with all its arithmetic", cell_panel, subject.world, "one_head_cell")


def details(title: str, panel: Callable[[World], None], world: World, key: str) -> None:
    """A section that is drawn only while it is open."""
    with st.expander(title, on_change="rerun", key=key) as section:
        if section.open:
            panel(world)


page()
