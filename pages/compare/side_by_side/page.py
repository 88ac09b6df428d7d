"""One sentence, two worlds: the editable toy beside a head of the pretrained model, drawn by the same panels."""

import streamlit as st

from pages.compare.side_by_side.headers import real_side, toy_header
from pages.compare.side_by_side.how_to_read import how_to_read
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.toy_editor import history_buttons, toy_editor
from pages.ui.reader.toy_state import write_edits_to_link
from pages.ui.reader.worlds import toy_world
from pages.ui.widgets.cell_panel import cell_panel
from pages.ui.widgets.panels import heads_panel, heatmap_panel, qkv_panel
from pages.ui.widgets.proof_panel import proof_panel
from pages.ui.widgets.softmax_panel import softmax_panel
from pages.ui.widgets.together import together

choice, toy = chosen(), toy_or_none()
if toy is None:
    st.info("Type a sentence above: even one word will do.", icon=":material/edit:")
    st.stop()

said = write_edits_to_link(toy)
with st.expander(
    "Edit the toy: embeddings, matrices, mask",
    icon=":material/edit:",
    on_change="rerun",
    key="editing",
) as editor:
    if editor.open:
        toy_editor(toy)
        history_buttons(toy)
        if said:
            st.markdown(said)

with st.sidebar:
    how_to_read()
left, right = st.columns(2, gap="large")
with left:
    toy_header(toy)
with right:
    real = real_side(toy.current, choice)
toy_side = toy_world(toy.current, choice)

for title, key, panel in (
    (None, "heads", heads_panel),
    (None, "heatmaps", heatmap_panel),
    ("Softmax of the chosen row: from scores to shares", "softmax", softmax_panel),
    ("Query, key and value", "qkv", qkv_panel),
):
    if title:
        st.header(title)
    with together(f"side_{key}") as sides:
        for name, world in zip(("Toy", "Pretrained"), (toy_side, real), strict=True):
            above = world.title if world and title else ""
            with sides.column(above, on_phones=name if world and not above else ""):
                if world:  # else its place stays free
                    panel(world)
st.header("One weight, with all its arithmetic")
for side, world in zip(st.columns(2, gap="large"), (toy_side, real), strict=True):
    if world:
        with side:
            cell_panel(world, heading=world.title)

if real:
    proof_panel(choice, toy.current.sentence)
