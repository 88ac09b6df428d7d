"""The head as lines between two columns of tokens, other heads of the layer beside it, and the view as a file."""

import pandas as pd
import streamlit as st

from pages.explore.one_head.options import THRESHOLDS
from pages.explore.one_head.subject import Subject
from pages.ui.reader.worlds import World
from pages.ui.widgets.head_lines import head_lines
from pages.ui.widgets.head_lines_file import head_lines_file
from pages.ui.widgets.takeaway import file_name, matrix_frame, table_twin

MOST_BESIDE = 11  # with the chosen one as many as there are colours that can be told apart


def lines_view(subject: Subject) -> None:
    """Lines of the chosen head, and of those the reader puts beside it."""
    world = subject.world
    st.markdown("**Who looks at whom: the stronger the line, the larger the weight**")
    st.text(world.title)
    heads, floor = _settings(world)
    weights = world.weights[heads]
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
    )
    title = f"Attention as lines: {world.title}" + (
        f" with {', '.join(str(head) for head in heads if head != world.head)}"
        if len(heads) > 1
        else ""
    )
    with st.container(horizontal=True):
        table_twin(
            title,
            lambda: pd.concat(
                {
                    f"head {head}": matrix_frame(world.weights[head], world.queries, world.keys)
                    for head in heads
                }
            ),
            key="one_head_lines_twin",
        )
        st.download_button(
            "These lines as one HTML file",
            lambda: head_lines_file(
                weights,
                heads=heads,
                queries=world.queries,
                keys=world.keys,
                title=title,
                q_pos=world.q_pos,
                blocked=world.blocked,
            ),
            file_name(title, "html"),
            "text/html",
            key="one_head_lines_file",
            icon=":material/download:",
            on_click="ignore",
            help="Opens in any browser, without this app and without the internet.",
        )


def _settings(world: World) -> tuple[list[int], float]:
    """The heads to show, the chosen one always among them, and the least weight that has a line."""
    others = [head for head in range(len(world.weights)) if head != world.head]
    # those picked in another layer, or chosen since, may not be among the options
    kept = [head for head in st.session_state.get("one_head_beside", []) if head in others]
    st.session_state["one_head_beside"] = kept
    left, right = st.columns([3, 2])
    with left:
        beside = st.multiselect(
            "Heads beside the chosen one",
            others,
            key="one_head_beside",
            max_selections=MOST_BESIDE,
            placeholder="none",
            persist_state="session",
        )
    with right:
        floor = st.select_slider(
            "No line below",
            THRESHOLDS[1:],
            value=0.01,
            key="one_head_line_floor",
            persist_state="session",
            help="Weights below have no line. They are in the numbers.",
        )
    return sorted({world.head, *beside}), floor
