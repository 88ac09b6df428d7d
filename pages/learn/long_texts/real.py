"""Lesson on long texts: the heads of a real layer computed in blocks, and how large their squares can become."""

import streamlit as st

from attention_core.analysis.cost import matrix_bytes
from attention_core.analysis.online import against_matrix
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.parts import formula, real_heading
from pages.ui.widgets.wording import bytes_as_text, scientific

BLOCK = 4  # tokens: small, so that even a short sentence has several


def heads_in_blocks() -> None:
    """All heads of the chosen layer, both ways, on the reader's sentence."""
    toy, choice = toy_or_none(), chosen()
    if toy is None:
        return
    real_heading("A real layer, in blocks")
    loaded = model_or_wait(choice.model_id, key="long_real")
    if loaded is None:
        return
    capture = read_or_wait(choice.model_id, toy.current.sentence, key="long_real")
    if capture is None:
        return
    layer, world = capture.layers[choice.layer], real_world(toy.current, choice)
    traces = [trace for head in range(layer.n_heads) if (trace := layer.head_trace(head))]
    if not traces:
        st.info("This model gives its weights only.")
        return
    try:
        found = against_matrix(traces, BLOCK, world.q_pos)
    except ValueError as error:
        st.info(f"Not for this layer: {error}.")
        return
    n_tokens, longest = len(capture.tokens), loaded.max_tokens
    st.text(f"{choice.model_id}, layer {choice.layer}, on: {toy.current.sentence}")
    formula(
        f"All {found.n_heads} heads in blocks of {BLOCK} tokens: the :red[contexts] differ by at most "
        f"**{scientific(found.context_difference)}** (they reach {found.context_size:.2f}).  \n"
        f"One row of :violet[weights], computed again from its top and its total: "
        f"**{scientific(found.row_difference)}** off. The heatmap is not lost, only not stored.",
        key="long_real",
    )
    n_matrices = loaded.n_layers * loaded.n_heads
    st.markdown(
        f"This sentence has {n_tokens} tokens: all {n_matrices} heads of the model together hold "
        f"**{bytes_as_text(matrix_bytes(n_tokens, n_matrices))}** of weights. At the longest text it takes here, "
        f"{longest:,} tokens, they would hold **{bytes_as_text(matrix_bytes(longest, n_matrices))}**."
    )
