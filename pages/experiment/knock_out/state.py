"""What this reader has knocked out: kept for the session, taken from the link, and fitted to the model and sentence at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from pages.experiment.knock_out.link import LINK, USUAL, KnockOut, Pair, read, written
from pages.ui.reader.notices import notice
from pages.ui.reader.ready import Subject
from pages.ui.server import runs

T = TypeVar("T")
KEPT = "knock_out_kept"  # session: the KnockOut
OWNER = "knock_out_owner"  # session: the model and sentence it is for; not there while only a link has said it
WIDGETS = [f"knock_out_{name}" for name in ("part", "of_head", "of_look", "where", "measure", "others")]  # fmt: skip
NOT_THERE = "This link knocks out something that is not there, so the usual is shown."


def take_from_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    link = LINK.news(is_new=WIDGETS[0] not in st.session_state)
    if link is None:
        return
    for name in (*WIDGETS, OWNER):
        st.session_state.pop(name, None)
    try:
        st.session_state[KEPT] = read(link) if link else USUAL
    except ValueError:
        st.session_state[KEPT] = USUAL
        say_not_there()


def write_to_link() -> None:
    if said := LINK.write(written(kept())):
        st.markdown(said)


def kept() -> KnockOut:
    return st.session_state.get(KEPT, USUAL)


def keep(**changes: Any) -> None:
    st.session_state[KEPT] = replace(kept(), **changes)


def choose(
    field: str,
    label: str,
    options: Sequence[T],
    told: Callable[[T], str] = str,
    help_text: str | None = None,
) -> T:
    """A control for one field of the KnockOut. It is gone when the page is left; what it chose is kept."""
    key = f"knock_out_{field}"
    if st.session_state.get(key) not in options:
        value = getattr(kept(), field)
        st.session_state[key] = value if value in options else options[0]
    value = st.segmented_control(
        label, options, key=key, format_func=told, required=True, wrap=True, help=help_text
    )
    value = options[0] if value is None else value
    keep(**{field: value})
    return value


def fit(subject: Subject) -> None:
    """Forget what was chosen for another model or sentence; of a link, what is not there."""
    now, before = (subject.model_id, subject.sentence), st.session_state.get(OWNER)
    st.session_state[OWNER] = now
    if before is None:
        usual = _unfit(subject)
        if usual:
            say_not_there()
            keep(**dict.fromkeys(usual))
    elif before != now:
        keep(looks=None, word=None)
        if before[0] != now[0]:
            keep(heads=None, followed=None)


def _unfit(subject: Subject) -> list[str]:
    """The fields that name what this model or sentence does not have."""
    out, n = kept(), len(subject.world.keys)
    logits = runs.control(subject.model_id, subject.sentence).logits
    n_vocabulary = 0 if logits is None else len(logits)
    found = {
        "heads": set(out.heads or ()) <= set(all_heads(subject)),
        "looks": all(max(look) < n for look in out.looks or ()),
        "word": (out.word or 0) < n,
        "followed": out.followed is None or out.followed < n_vocabulary,
    }
    return [field for field, fits in found.items() if not fits]


def all_heads(subject: Subject) -> list[Pair]:
    """Every (layer, head) whose text looks at itself."""
    layers = subject.capture.layers
    return [(i, head) for i in subject.layers for head in range(layers[i].n_heads)]


def heads_out(subject: Subject) -> tuple[Pair, ...]:
    """The heads that are out: usually the one chosen in the sidebar."""
    heads = kept().heads
    return ((subject.choice.layer, subject.choice.head),) if heads is None else heads


def looks_out(subject: Subject) -> tuple[Pair, ...]:
    """The looks that are cut: usually the chosen cell."""
    looks, world = kept().looks, subject.world
    return ((world.q_pos, world.k_pos),) if looks is None else looks


def word_out(subject: Subject) -> int:
    """The token that is out: usually the key of the chosen cell."""
    word = kept().word
    return subject.world.k_pos if word is None else word


def toggled(pairs: Sequence[Pair], pair: Pair) -> tuple[Pair, ...]:
    """With the pair, if it was not there; else without it."""
    return tuple(sorted(set(pairs) ^ {pair}))


def back_buttons(field: str, chosen: str, out: tuple[Pair, ...], usual: Pair) -> None:
    """Nothing is out any more, or only what the sidebar and the pictures have chosen."""
    st.button(
        "Put all back",
        icon=":material/undo:",
        key=f"knock_out_{field}_back",
        disabled=not out,
        on_click=lambda: keep(**{field: ()}),
    )
    st.button(
        f"Only {chosen}",
        icon=":material/my_location:",
        key=f"knock_out_{field}_only",
        disabled=out == (usual,),
        on_click=lambda: keep(**{field: None}),
    )


def say_not_there() -> None:
    """Here and now, and on top of the page from the next run on, until it is dismissed."""
    st.text(NOT_THERE)
    notice(NOT_THERE)
