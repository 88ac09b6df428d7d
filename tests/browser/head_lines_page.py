"""A page with lines of one head and of several, for test_head_lines.py. Not part of the app."""

import numpy as np
import streamlit as st

from pages.ui.widgets.head_lines import head_lines

TOKENS = ["0 the", "1 animal", "2 <img src=x onerror=alert(1)>", "3 **it**"]
WEIGHTS = np.array(
    [[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0.125, 0.375, 0.5, 0], [0.1, 0.6474, 0.0526, 0.2]]
)
FUTURE = np.triu(np.ones((4, 4), dtype=bool), 1)
LONG = np.random.default_rng(0).dirichlet(np.full(512, 0.05), (12, 512))
st.set_page_config(page_icon="🔭")
state = st.session_state
state.setdefault("runs", 0)
state.setdefault("q", 3)
state.setdefault("k", None)
state.runs += 1


def remember(q: int, k: int | None) -> None:
    state.q, state.k = q, k


st.text(f"run {state.runs}, picked {state.q}, {state.k}")
head_lines(
    WEIGHTS[None],
    key="one",
    heads=[7],
    queries=TOKENS,
    keys=TOKENS,
    label="Lines of one head.",
    q_pos=state.q,
    k_pos=state.k,
    on_pick=remember,
    blocked=FUTURE,
)
head_lines(
    np.stack([WEIGHTS, np.eye(4), np.full((4, 4), 0.25)])[:, :3],
    key="three",
    heads=[0, 4, 12],
    queries=TOKENS[:3],
    keys=TOKENS,
    label="Lines of three heads.",
    q_pos=2,
    on_pick=remember,
    floor=0.2,
)
if "long" in st.query_params:  # 0.1 s of work and 1 MB: only where it is looked at
    head_lines(
        LONG,
        key="long",
        heads=range(12),
        queries=[f"{i} word" for i in range(512)],
        keys=[f"{i} word" for i in range(512)],
        label="Lines of a long text.",
        q_pos=300,
        on_pick=remember,
    )
