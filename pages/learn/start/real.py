"""Lesson 1's real head: where the light of “it” falls, and whether another last word moves it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.analysis.leave_out import fell_most
from attention_core.analysis.words import sum_over_groups, sum_over_words, tokens_of
from attention_core.pretrained.layers import Capture
from attention_core.toy.words import word_spans
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import read_or_wait
from pages.ui.server import models
from pages.ui.widgets.spotlight import Lit, spotlight

OPENING = "The cat sat on the mat because it was "  # a full stop follows the last word
FIRST = "tired"
LAST_WORDS = {FIRST: "cat", "hungry": "cat", "soft": "mat", "wet": "mat"}  # what “it” then means
LEFT_TO_RIGHT = (
    "This model reads from left to right. At “it” it has not seen the last word yet, "
    "so whatever that word is, this light **cannot** move."
)
CAT, MAT, IT = ((start := OPENING.index(word), start + len(word)) for word in ("cat", "mat", "it"))


def real_light(choice: Choice) -> None:
    """The chosen head on the sentence, whose last word the reader can change."""
    st.markdown("**A real model: millions of numbers, learned**")
    picture = st.container()
    before = read_or_wait(choice.model_id, f"{OPENING}{FIRST}.", key="start")
    if before is None:
        return
    last = st.pills(
        "Change the last word", LAST_WORDS, default=FIRST, required=True, key="start_last"
    )
    capture = models.captured(choice.model_id, f"{OPENING}{last}.")
    layer = capture.layers[choice.layer]
    if not (capture.asks_itself(layer) and tokens_of(IT, capture.places)):
        picture.info("This layer does not look from word to word of one text: choose another.")
        return
    q_pos, places = _asks(capture), capture.places
    head = min(choice.head, layer.n_heads - 1)
    row = layer.weights[head, q_pos]
    with picture:
        st.markdown(
            f"Layer {choice.layer}, head {head}: one of its many parts that share out light."
        )
        spotlight(
            [
                Lit(token.text, weight, f"{weight:.2f}", faint=token.is_special)
                for token, weight in zip(capture.tokens, row.tolist(), strict=True)
            ],
            key="start_real",
            label=f"Attention weights of “it” in layer {choice.layer}, head {head}",
            selected=q_pos,
        )
    words = word_spans(capture.text)
    cat, mat = sum_over_words(row, places, words)[[words.index(CAT), words.index(MAT)]]
    st.markdown(_verdict(last, cat, mat))
    if last == FIRST:
        return
    if layer.kind == "decoder":
        st.markdown(LEFT_TO_RIGHT)
    else:
        _what_moved(before, capture)


def _verdict(last: str, cat: float, mat: float) -> str:
    """What the light says, and whether a reader would agree."""
    brightest = "cat" if cat > mat else "mat"
    shares = f":violet[cat **{cat:.2f}**, mat **{mat:.2f}**]. "
    if brightest == LAST_WORDS[last]:
        return f"{shares}You would say the {brightest} as well."
    return (
        f"{shares}**You** would now say the {LAST_WORDS[last]}; this head stays with the {brightest}. "
        "A head is one habit of the model, not its opinion."
    )


def _what_moved(before: Capture, after: Capture) -> None:
    """The head that took most light off the cat, and a way to it."""
    old, new = _light_on_cat(before), _light_on_cat(after)
    layer, head = fell_most(old, new)
    st.markdown(
        f"Of all its {old.size} heads, **layer {layer}, head {head}** takes most light off the "
        f"cat now: :violet[**{old[layer, head]:.2f}** → **{new[layer, head]:.2f}**]."
    )
    if st.button("Look at that head", icon=":material/visibility:", key="start_look",
                 on_click=lambda: st.session_state.update(layer=layer, head=head)):  # fmt: skip
        st.rerun()  # the sidebar shows layer and head, too


def _light_on_cat(capture: Capture) -> np.ndarray:
    """(n_layers, n_heads): how much of the attention of “it” goes to “cat”."""
    q_pos, words = _asks(capture), word_spans(capture.text)
    groups = [tokens_of(word, capture.places) for word in words]
    return np.array(
        [
            sum_over_groups(layer.weights[:, q_pos], groups)[:, words.index(CAT)]
            for layer in capture.layers
        ]
    )


def _asks(capture: Capture) -> int:
    return tokens_of(IT, capture.places)[-1]
