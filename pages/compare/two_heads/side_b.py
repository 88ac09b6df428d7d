"""What B is: chosen on the page, remembered for the session, and in the link as "head.5.3" or "sentence.the dog was"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from attention_core.experiments.two_heads import comparable_layers
from attention_core.pretrained.catalogue import (
    CATALOGUE,
    MINILM,
    SMOLLM2,
    custom_models_allowed,
    entry_for,
    may_be_read,
)
from attention_core.pretrained.layers import Capture
from pages.ui.reader.controls import Choice, or_type_another
from pages.ui.reader.link_codec import number, option, rest
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.sentence import LONGEST_TEXT

KINDS = HEAD, LAYER, SENTENCE, MODEL = ("head", "layer", "sentence", "model")
KIND = "two_heads_kind"  # of the widget, as all here: gone when the page is left
TEXT_OF_B, MODEL_OF_B = "two_heads_text", "two_heads_model"
POSITIONS = [f"two_heads_{kind}_{name}" for kind in KINDS for name in ("layer", "head")]
NOTHING_TO_READ = "Type a second sentence: B has nothing to read yet."
NO_MODEL_FOR_B = "Choose a model for B."
LAST_SIDES = "two_heads_kept"  # session: the last side B of each kind, and which kind it was
OTHER_SENTENCES = {  # what to compare a built-in sentence with; any other one with itself, to be changed
    "The animal didn't cross the street because it was too tired": "The animal didn't cross the "
    "street because it was too wide",
    "the hot dog was": "the dog was",
}
INTRO = {
    HEAD: "A is the head in the sidebar, B another head of the same model on the same sentence.",
    LAYER: "A is the mean of all heads of the layer in the sidebar, B that of another layer. A mean is "
    "the attention of no single head.",
    SENTENCE: "A is the head in the sidebar on the sentence above, B the same head on another sentence.",
    MODEL: "A is the head in the sidebar, B a head of another model on the same sentence.",
}


@dataclass(frozen=True)
class SideB:
    """What B is, as far as it differs from A: only what its kind needs is meant. No kind: the usual, which follows A."""

    kind: str = option(*KINDS, default="")
    layer: int = number(default=0, only=(HEAD, LAYER, MODEL))
    head: int = number(default=0, only=(HEAD, MODEL))
    text: str = rest(only=(SENTENCE,))
    model_id: str = rest(only=(MODEL,))


SIDE = PageState("b", SideB, keys="two_heads", shown=KIND)
Chosen = tuple[SideB, Capture]  # with B's text as B's model read it


def usual_side(choice: Choice, capture: Capture) -> SideB:
    """The head after A's in the same layer."""
    return SideB(HEAD, choice.layer, (choice.head + 1) % capture.layers[choice.layer].n_heads)


def take_side_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    if not SIDE.take():
        return
    for name in (MODEL_OF_B, LAST_SIDES, *POSITIONS):
        st.session_state.pop(name, None)
    side = SIDE.current()
    if side.model_id and not may_be_read(side.model_id):
        SIDE.say_not_there()
    elif side.kind:
        _remember(side)
        return
    SIDE.linked()  # nothing of the link is shown, so nothing of it can be missing


def choose_side(choice: Choice, capture: Capture) -> Chosen | None:
    """The controls of B, and B's text through B's model; None while that can't be had."""
    last = st.session_state.get(LAST_SIDES, {})
    st.session_state.setdefault(KIND, last.get("kind", KINDS[0]))
    kind = st.segmented_control("What differs?", KINDS, key=KIND, required=True, wrap=True)
    draw = {HEAD: _head, LAYER: _layer, SENTENCE: _sentence, MODEL: _model}
    return draw[kind or KINDS[0]](choice, capture, last.get(kind))


def say_cut(letter: str, capture: Capture) -> None:
    """Where a text was longer than its model takes: how much was read, and where it stopped."""
    if capture.left_out:
        st.text(
            f"{letter} was cut to the {len(capture.tokens)} tokens that its model takes; left out from: "
            f"… {capture.left_out.strip()[:60]} …"
        )


def _head(choice: Choice, capture: Capture, last: SideB | None) -> Chosen:
    usual = usual_side(choice, capture)
    return _layer_and_head(capture, comparable_layers(capture, choice.layer), last or usual, usual)


def _layer(choice: Choice, capture: Capture, last: SideB | None) -> Chosen:
    layers = comparable_layers(capture, choice.layer)
    before = [layer for layer in layers if layer < choice.layer]
    usual = before[-1] if before else layers[min(1, len(layers) - 1)]
    begin = usual if last is None else last.layer
    return _remember(SideB(LAYER, _pick(LAYER, "layer", layers, begin, usual))), capture


def _sentence(choice: Choice, _: Capture, last: SideB | None) -> Chosen | None:
    usual = OTHER_SENTENCES.get(choice.sentence, choice.sentence)
    st.session_state.setdefault(TEXT_OF_B, last.text if last else usual)
    text = st.text_input(
        "Sentence of B",
        key=TEXT_OF_B,
        placeholder="Type a second sentence and press Enter",
        max_chars=LONGEST_TEXT,
    ).strip()[:LONGEST_TEXT]
    if not text:
        st.info(NOTHING_TO_READ, icon=":material/edit:")
        return None
    side = _remember(SideB(SENTENCE, text=text))
    capture = read_or_wait(choice.model_id, text, key="two_heads_b")
    return None if capture is None else (side, capture)


def _model(choice: Choice, _: Capture, last: SideB | None) -> Chosen | None:
    other = SMOLLM2.key if choice.model_id != SMOLLM2.key else MINILM.key
    st.session_state.setdefault(MODEL_OF_B, last.model_id if last else other)
    options = dict.fromkeys([*(entry.key for entry in CATALOGUE), st.session_state[MODEL_OF_B]])
    model_id = st.selectbox(
        "Model of B",
        [option for option in options if option],
        key=MODEL_OF_B,
        accept_new_options=custom_models_allowed(),
        on_change=_forget_positions,
        help=f"Choose one{or_type_another()}.",
    )
    if not model_id or not may_be_read(model_id):  # a browser may send what the box does not offer
        st.info(NO_MODEL_FOR_B, icon=":material/neurology:")
        return None
    entry = entry_for(model_id)
    usual = SideB(MODEL, *(entry.showcase if entry else (0, 0)), model_id=model_id)
    begin = _remember(last if last and last.model_id == model_id else usual)
    capture = read_or_wait(model_id, choice.sentence, key="two_heads_b")
    if capture is None:
        return None
    return _layer_and_head(capture, range(len(capture.layers)), begin, usual)


def _layer_and_head(capture: Capture, layers: Sequence[int], begin: SideB, usual: SideB) -> Chosen:
    left, right = st.columns(2)
    with left:
        layer = _pick(begin.kind, "layer", layers, begin.layer, usual.layer)
    with right:
        heads = range(capture.layers[layer].n_heads)
        head = _pick(begin.kind, "head", heads, begin.head, usual.head)
    return _remember(SideB(begin.kind, layer, head, model_id=begin.model_id)), capture


def _pick(kind: str, name: str, options: Sequence[int], begin: int, usual: int) -> int:
    """A layer or a head. One that is not there (A's model may have changed) becomes the usual one."""
    key = f"two_heads_{kind}_{name}"
    if st.session_state.get(key) not in options:
        if begin not in options and SIDE.linked():
            SIDE.say_not_there()
        usual = usual if usual in options else options[0]
        st.session_state[key] = begin if begin in options else usual
    return st.selectbox(f"{name.capitalize()} of B", options, key=key, help="counted from 0")


def _remember(side: SideB) -> SideB:
    st.session_state.setdefault(LAST_SIDES, {}).update({"kind": side.kind, side.kind: side})
    return side


def _forget_positions() -> None:
    for name in POSITIONS:
        st.session_state.pop(name, None)
