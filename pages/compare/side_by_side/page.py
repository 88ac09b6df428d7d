"""One sentence, two worlds: the editable toy beside a head of the pretrained model, drawn by the same panels."""

import re

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.toy_editor import history_buttons, toy_editor
from pages.ui.reader.toy_state import Toy, write_edits_to_link
from pages.ui.reader.worlds import World, real_world, toy_world
from pages.ui.server import models
from pages.ui.server.waiting import waited_for
from pages.ui.widgets.arithmetic import cell_panel, softmax_panel
from pages.ui.widgets.panels import heads_panel, heatmap_panel, qkv_panel
from pages.ui.widgets.parts import toy_of_sentence
from pages.ui.widgets.proof_panel import proof_panel
from pages.ui.widgets.together import together

IN_BYTES = re.compile("⟨[0-9A-F]{2}[0-9A-F ]*⟩")  # as in attention_core.pretrained.token_names
LINES = """
- **A row asks, a column offers.** Find a word on the left: its row says how much it takes from each word on top.
- **The stronger the colour, the larger the share.** Each row adds up to 1. Hatched cells are blocked by the mask.
- **Click a cell** and everything below follows: the :violet[softmax] of that row, :blue[q], :orange[k] and \
:green[v], and the arithmetic of that one :violet[weight]. Arrow keys and Enter do the same.
- **:blue[q]** is what a word asks, **:orange[k]** what a word offers, **:green[v]** what it hands over.
- **Left** are numbers made for people: change them. **Right** are the numbers of a model that learned from text; \
nobody wrote them by hand.
- Layers, heads and positions are counted from 0. A number before a token is its position.
"""


def how_to_read() -> None:
    """A button that explains the page."""
    with st.popover("How to read this page", icon=":material/help:"):
        st.markdown(LINES)


def toy_header(toy: Toy) -> None:
    """The toy's name and where its embeddings come from."""
    st.markdown("## Toy: numbers you can edit")
    st.markdown(toy.base.notes)
    if toy.variance_kept is not None:
        st.text(
            f"The embeddings are {toy.origin}'s own, shortened to {len(toy.base.dimensions)} numbers "
            f"that keep {toy.variance_kept:.0%} of their variance."
        )
    if toy.current.sentence != toy.base.sentence:
        st.text(f"Both worlds read: {toy.current.sentence}")


def real_side(scenario: Scenario, choice: Choice) -> World | None:
    """The header of the pretrained model, and its world once it is loaded and has read the sentence."""
    st.markdown(f"## Pretrained: layer {choice.layer}, head {choice.head}")
    with models.errors_shown(choice.model_id):
        loaded = models.ready(choice.model_id)
        if loaded is None:
            models.progress(choice.model_id)
            return None
        reads = models.tokenized(choice.model_id, scenario.sentence)
        st.text(
            f"{loaded.title}, from {loaded.source}. "
            f"{len(reads.tokens)} of at most {loaded.max_tokens} tokens."
        )
        if any(IN_BYTES.search(token.text) for token in reads.tokens):
            st.markdown(
                "Tokens such as ⟨E2⟩ are bytes: this model cuts some characters into parts."
            )
        if reads.left_out:
            _left_out(reads.n_tokens_in_text, reads.left_out)
        waited_for(
            "The model reads the sentence …", models.captured, choice.model_id, scenario.sentence
        )
        return real_world(scenario, choice)
    return None


def _left_out(n_tokens_in_text: int, left_out: str) -> None:
    with st.container(border=True):
        st.markdown(
            f":material/content_cut: The text has {n_tokens_in_text} tokens, more than this model "
            f"takes. Its last {len(left_out)} characters were left out, from here on:"
        )
        st.text(f"… {left_out.strip()[:60]} …")


choice, toy = chosen(), toy_of_sentence()
if toy is None:
    st.stop()

link_notice = write_edits_to_link(toy)
with st.expander(
    "Edit the toy: embeddings, matrices, mask",
    icon=":material/edit:",
    on_change="rerun",
    key="editing",
) as editor:
    if editor.open:
        toy_editor(toy)
        history_buttons(toy)
        if link_notice:
            st.markdown(link_notice)

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
