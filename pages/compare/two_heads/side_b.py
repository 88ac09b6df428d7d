"""What B is: chosen on the page, remembered for the session, and taken from the link when it brings one."""

from __future__ import annotations

from collections.abc import Sequence

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
from pages.compare.two_heads.state import KINDS, SIDE, SideB
from pages.ui.reader.controls import Choice, or_type_another
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.sentence import LONGEST_TEXT

KIND = "two_heads_kind"  # of the widget, as all here: gone when the page is left
TEXT, MODEL = "two_heads_text", "two_heads_model"
POSITIONS = [f"two_heads_{kind}_{name}" for kind in KINDS for name in ("layer", "head")]
LAST_SIDES = "two_heads_kept"  # session: the last side B of each kind, and which kind it was
OTHER_SENTENCES = {  # what to compare a built-in sentence with; any other one with itself, to be changed
    "The animal didn't cross the street because it was too tired": "The animal didn't cross the "
    "street because it was too wide",
    "the hot dog was": "the dog was",
}
INTRO = {
    "head": "A is the head in the sidebar, B another head of the same model on the same sentence.",
    "layer": "A is the mean of all heads of the layer in the sidebar, B that of another layer. A mean is "
    "the attention of no single head.",
    "sentence": "A is the head in the sidebar on the sentence above, B the same head on another sentence.",
    "model": "A is the head in the sidebar, B a head of another model on the same sentence.",
}

Side = tuple[SideB, "Capture"]


def usual_side(choice: Choice, capture: Capture) -> SideB:
    """The head after A's in the same layer."""
    return SideB("head", choice.layer, (choice.head + 1) % capture.layers[choice.layer].n_heads)


def take_side_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    if not SIDE.take():
        return
    for name in (MODEL, LAST_SIDES, *POSITIONS):
        st.session_state.pop(name, None)
    side = SIDE.current()
    if side.model_id and not may_be_read(side.model_id):
        SIDE.say_not_there()
    elif side.kind:
        _remember(side)
        return
    SIDE.linked()  # nothing of the link is shown, so nothing of it can be missing


def choose_side(choice: Choice, capture: Capture) -> Side | None:
    """The controls of B, and B's text through B's model; None while that can't be had."""
    last = st.session_state.get(LAST_SIDES, {})
    st.session_state.setdefault(KIND, last.get("kind", KINDS[0]))
    kind = st.segmented_control("What differs?", KINDS, key=KIND, required=True, wrap=True)
    draw = {"head": _head, "layer": _layer, "sentence": _sentence, "model": _model}
    return draw[kind or KINDS[0]](choice, capture, last.get(kind))


def say_cut(letter: str, capture: Capture) -> None:
    """Where a text was longer than its model takes: how much was read, and where it stopped."""
    if capture.left_out:
        st.text(
            f"{letter} was cut to the {len(capture.tokens)} tokens that its model takes; left out from: "
            f"… {capture.left_out.strip()[:60]} …"
        )


def _head(choice: Choice, capture: Capture, last: SideB | None) -> Side:
    usual = usual_side(choice, capture)
    return _layer_and_head(capture, comparable_layers(capture, choice.layer), last or usual, usual)


def _layer(choice: Choice, capture: Capture, last: SideB | None) -> Side:
    layers = comparable_layers(capture, choice.layer)
    before = [layer for layer in layers if layer < choice.layer]
    usual = before[-1] if before else layers[min(1, len(layers) - 1)]
    begin = usual if last is None else last.layer
    return _remember(SideB("layer", _pick("layer", "layer", layers, begin, usual))), capture


def _sentence(choice: Choice, _: Capture, last: SideB | None) -> Side | None:
    usual = OTHER_SENTENCES.get(choice.sentence, choice.sentence)
    st.session_state.setdefault(TEXT, last.text if last else usual)
    text = st.text_input(
        "Sentence of B",
        key=TEXT,
        placeholder="Type a second sentence and press Enter",
        max_chars=LONGEST_TEXT,
    ).strip()[:LONGEST_TEXT]
    if not text:
        st.info("Type a second sentence: B has nothing to read yet.", icon=":material/edit:")
        return None
    side = _remember(SideB("sentence", text=text))
    capture = read_or_wait(choice.model_id, text, key="two_heads_b")
    return None if capture is None else (side, capture)


def _model(choice: Choice, _: Capture, last: SideB | None) -> Side | None:
    other = SMOLLM2.key if choice.model_id != SMOLLM2.key else MINILM.key
    st.session_state.setdefault(MODEL, last.model_id if last else other)
    options = dict.fromkeys([*(entry.key for entry in CATALOGUE), st.session_state[MODEL]])
    model_id = st.selectbox(
        "Model of B",
        [option for option in options if option],
        key=MODEL,
        accept_new_options=custom_models_allowed(),
        on_change=_forget_positions,
        help=f"Choose one{or_type_another()}.",
    )
    if not model_id or not may_be_read(model_id):  # a browser may send what the box does not offer
        st.info("Choose a model for B.", icon=":material/neurology:")
        return None
    entry = entry_for(model_id)
    usual = SideB("model", *(entry.showcase if entry else (0, 0)), model_id=model_id)
    begin = _remember(last if last and last.model_id == model_id else usual)
    capture = read_or_wait(model_id, choice.sentence, key="two_heads_b")
    if capture is None:
        return None
    return _layer_and_head(capture, range(len(capture.layers)), begin, usual)


def _layer_and_head(
    capture: Capture, layers: Sequence[int], begin: SideB, usual: SideB
) -> tuple[SideB, Capture]:
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
