"""Side B in the link, as one parameter: "head.5.3", "layer.2", "sentence.the dog was", "model.13.8.SmolLM2".

By hand and in one piece, because each write is one more entry in the browser's history. The usual
side B is not written: so the browser's Back leads out of the page.
"""

from dataclasses import dataclass
from time import monotonic

import streamlit as st

KINDS = ("head", "layer", "sentence", "model")
PARAMETER = "b"
LINKED = "two_heads_link"  # session: what the link says, and when that was written
UNDER_WAY = 1.0  # seconds that a request may take
LONGEST = 1500  # characters of a sentence that goes into the link


@dataclass(frozen=True)
class SideB:
    """What B is, as far as it differs from A: only what its kind needs is meant."""

    kind: str
    layer: int = 0
    head: int = 0
    text: str = ""
    model_id: str = ""


def written(side: SideB) -> str:
    """The side as the link says it."""
    return {
        "head": f"head.{side.layer}.{side.head}",
        "layer": f"layer.{side.layer}",
        "sentence": f"sentence.{side.text}",
        "model": f"model.{side.layer}.{side.head}.{side.model_id}",
    }[side.kind]


def read(link: str) -> SideB:
    """The side that a link says. Raises ValueError if it says none."""
    kind, _, rest = link.partition(".")
    if kind == "sentence" and rest.strip():
        return SideB(kind, text=rest)
    if kind == "layer":
        return SideB(kind, _position(rest))
    if kind in ("head", "model"):
        layer, head, *model_id = rest.split(".", 2) if kind == "model" else rest.split(".")
        if kind == "model" and model_id and model_id[0].strip():
            return SideB(kind, _position(layer), _position(head), model_id=model_id[0].strip())
        if kind == "head" and not model_id:
            return SideB(kind, _position(layer), _position(head))
    raise ValueError(f"no side B: {link!r}")


def moved_link(is_new: bool) -> str | None:
    """What the link says, if that is news: the page opens, or the browser went back or on ("" = the usual side B).

    A request that was under way while the link was written still has the old one: that is no news.
    """
    link = st.query_params.get(PARAMETER)
    last, when = st.session_state.get(LINKED, (None, 0.0))
    moved = link != last and monotonic() - when > UNDER_WAY
    if not (link is not None if is_new else moved):
        return None
    st.session_state[LINKED] = link, 0.0
    return link or ""


def write_to_link(side: SideB, usual: SideB) -> bool:
    """Last of all: what a run writes before the next click cuts it short is lost. False if it does not fit."""
    link = None if side == usual else written(side)
    fits = link is None or len(link) <= LONGEST
    if not fits:
        link = None
    if st.query_params.get(PARAMETER) != link:
        if link is None:
            del st.query_params[PARAMETER]
        else:
            st.query_params[PARAMETER] = link
        st.session_state[LINKED] = link, monotonic()
    return fits


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise ValueError(f"no layer or head: {text!r}")
    return int(text)
