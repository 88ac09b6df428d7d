"""One head of the pretrained model on the reader's sentence: where it looks, why, and what it passes on."""

import pandas as pd
import streamlit as st

from pages.explore.one_head.head import (
    HAS_SINK,
    THRESHOLDS,
    Subject,
    heatmap_view,
    options_row,
    percent,
)
from pages.explore.one_head.vectors import neurons_view, values_view
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.worlds import World, real_world
from pages.ui.widgets.arithmetic import cell_panel, softmax_panel
from pages.ui.widgets.head_lines import head_lines, head_lines_file
from pages.ui.widgets.panels import heads_panel, qkv_panel
from pages.ui.widgets.parts import details, one_of, toy_of_sentence
from pages.ui.widgets.takeaway import Numbers, file_name, matrix_frame, until_fetched

MOST_BESIDE = 11  # with the chosen one as many as there are colours that can be told apart
HEATMAP = "Heatmap"


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
    world = subject.world
    if world.trace is not None and world.trace.sinks is not None:
        share = percent(1 - float(world.row.sum()))
        st.text(f"{HAS_SINK}: it takes {share} of the row of {world.queries[world.q_pos]}.")


def _to_layer(number: int, n_layers: int, title: str, icon: str) -> None:
    st.button(
        title,
        icon=icon,
        key=f"one_head_{title.split()[0].lower()}",
        disabled=not 0 <= number < n_layers,
        on_click=lambda: st.session_state.update(layer=number),
    )


def lines_view(subject: Subject) -> None:
    """Lines of the chosen head, and of those the reader puts beside it."""
    world = subject.world
    st.markdown("**Who looks at whom: the stronger the line, the larger the weight**")
    st.text(world.title)
    heads, floor = _settings(world)
    weights = world.weights[heads]
    others = ", ".join(str(head) for head in heads if head != world.head)
    title = f"Attention as lines: {world.title}" + (f" with {others}" if others else "")
    head_lines(
        weights,
        key="one_head_lines",
        heads=heads,
        queries=world.queries,
        keys=world.keys,
        label=f"Attention of head {', '.join(map(str, heads))} as lines. {world.summary}",
        q_pos=world.q_pos,
        k_pos=world.k_pos,
        blocked=world.blocked,
        floor=floor,
        on_pick=world.pick_cell,
        numbers=Numbers(title, lambda: _frame_of_heads(world, heads)),
    )
    name, mime = file_name(title, "html"), "text/html"

    def as_one_file() -> bytes:
        return head_lines_file(
            weights,
            heads=heads,
            queries=world.queries,
            keys=world.keys,
            title=title,
            q_pos=world.q_pos,
            blocked=world.blocked,
        )

    st.download_button(
        "These lines as one HTML file",
        until_fetched(as_one_file, name, mime, key="one_head_lines_file"),
        name,
        mime,
        key="one_head_lines_file",
        icon=":material/download:",
        on_click="ignore",
        help="Opens in any browser, without this app and without the internet.",
    )


def _frame_of_heads(world: World, heads: list[int]) -> pd.DataFrame:
    frames = [matrix_frame(world.weights[head], world.queries, world.keys) for head in heads]
    return pd.concat(frames, keys=[f"head {head}" for head in heads])


def _settings(world: World) -> tuple[list[int], float]:
    """The heads to show, the chosen one always among them, and the least weight that has a line."""
    others = [head for head in range(len(world.weights)) if head != world.head]
    # those picked in another layer, or chosen since, may not be among the options
    beside = st.session_state.get("one_head_beside", [])
    st.session_state["one_head_beside"] = [head for head in beside if head in others]
    left, right = st.columns([3, 2])
    beside = left.multiselect(
        "Heads beside the chosen one",
        others,
        key="one_head_beside",
        max_selections=MOST_BESIDE,
        placeholder="none",
        persist_state="session",
    )
    floor = right.select_slider(
        "No line below",
        THRESHOLDS[1:],
        value=0.01,
        key="one_head_line_floor",
        persist_state="session",
        help="Weights below have no line. They are in the numbers.",
    )
    return sorted({world.head, *beside}), floor


VIEWS = {"Lines": lines_view, "Neurons": neurons_view, "Values": values_view}


def page() -> None:
    toy, choice = toy_of_sentence(), chosen()
    if toy is None:
        return
    capture = read_or_wait(choice.model_id, toy.current.sentence, key="one_head")
    if capture is not None:
        world = real_world(toy.current, choice)
        one_head(Subject(world, capture, choice.layer, toy.current.spans))


def one_head(subject: Subject) -> None:
    """A view on the left, the softmax of the chosen row always on the right, the details below."""
    top(subject)
    view = one_of("View", [HEATMAP, *VIEWS], key="one_head_view", has_label=False)
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
    every, one = "Query, key and value of every token", "One weight, with all its arithmetic"
    details(every, lambda: qkv_panel(subject.world), key="one_head_qkv")
    details(one, lambda: cell_panel(subject.world), key="one_head_cell")


page()
