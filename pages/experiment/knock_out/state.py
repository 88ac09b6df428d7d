"""What this reader has knocked out, in the link as "heads.h5-11_3-1.imean" or "looks.l10-2.slayer"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.reader.link_codec import number, option, pairs
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import Subject
from pages.ui.server import models

Pair = tuple[int, int]

HEADS, LOOKS, WORD, PRONOUN = PARTS = ("heads", "looks", "word", "pronoun")
INSTEAD_OF_HEAD = ("zero", "uniform", "mean")
INSTEAD_OF_LOOK = ("blocked", "zero", "uniform")
WHERE = ("head", "layer", "all")
OTHERS = ("layers", "model")
MEASURED = (HEADS, LOOKS, WORD)  # the parts with an effect on a prediction or a vector
OWNER = "knock_out_owner"  # session: the model and sentence that it was chosen for


@dataclass(frozen=True)
class KnockOut:
    """What is out, in each part of the page. None: what is usual, which follows the sidebar."""

    part: str = option(*PARTS)
    heads: tuple[Pair, ...] | None = pairs("h", only=(HEADS,))  # (layer, head)
    of_head: str = option(*INSTEAD_OF_HEAD, mark="i", only=(HEADS, PRONOUN))  # its replacement
    others: str = option(*OTHERS, mark="o", only=(HEADS,))  # where the control's heads come from
    looks: tuple[Pair, ...] | None = pairs("l", only=(LOOKS,))  # (q_pos, k_pos)
    where: str = option(*WHERE, mark="s", only=(LOOKS,))  # in which heads looks are cut
    word: int | None = number(mark="w", only=(WORD,))  # the position of a token
    of_look: str = option(*INSTEAD_OF_LOOK, mark="c", only=(LOOKS, WORD))
    followed: int | None = number(
        mark="f", only=MEASURED
    )  # the token whose probability is measured
    measure: int = option(0, 1, mark="m", only=MEASURED)  # which of the two that the result offers


OUT = PageState("out", KnockOut, keys="knock_out", shown="knock_out_part")


def fit(subject: Subject) -> None:
    """Forget what was chosen for another model or sentence; of a link, what does not exist."""
    now, before = (subject.model_id, subject.sentence), st.session_state.get(OWNER)
    st.session_state[OWNER] = now
    if OUT.linked():
        OUT.fit(**_exists(subject))
    elif before and before != now:
        OUT.change(looks=None, word=None)
        if before[0] != now[0]:
            OUT.change(heads=None, followed=None)


def _exists(subject: Subject) -> dict[str, bool]:
    """Whether this model and sentence have what a field names."""
    out, n = OUT.current(), len(subject.world.keys)
    logits = models.control(subject.model_id, subject.sentence).logits
    n_vocabulary = 0 if logits is None else len(logits)
    return {
        "heads": set(out.heads or ()) <= set(all_heads(subject)),
        "looks": all(max(look) < n for look in out.looks or ()),
        "word": (out.word or 0) < n,
        "followed": out.followed is None or out.followed < n_vocabulary,
    }


def all_heads(subject: Subject) -> list[Pair]:
    """Every (layer, head) whose text looks at itself."""
    layers = subject.capture.layers
    return [(i, head) for i in subject.layers for head in range(layers[i].n_heads)]


def heads_out(subject: Subject) -> tuple[Pair, ...]:
    """The heads that are out: usually the one chosen in the sidebar."""
    heads = OUT.current().heads
    return ((subject.choice.layer, subject.choice.head),) if heads is None else heads


def looks_out(subject: Subject) -> tuple[Pair, ...]:
    """The looks that are cut: usually the chosen cell."""
    looks, world = OUT.current().looks, subject.world
    return ((world.q_pos, world.k_pos),) if looks is None else looks


def word_out(subject: Subject) -> int:
    """The token that is out: usually the key of the chosen cell."""
    word = OUT.current().word
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
        on_click=lambda: OUT.change(**{field: ()}),
    )
    st.button(
        f"Only {chosen}",
        icon=":material/my_location:",
        key=f"knock_out_{field}_only",
        disabled=out == (usual,),
        on_click=lambda: OUT.change(**{field: None}),
    )
