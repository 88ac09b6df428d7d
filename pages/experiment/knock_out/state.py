"""What this reader has knocked out, in the link as "heads.h5-11_3-1.imean", and the runs without it, cached for all readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from attention_core.analysis.run_effects import Effect
from attention_core.experiments import changed_run, knock_out, pronouns
from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.knock_out import Change, HeadsOut
from attention_core.experiments.pronouns import Piece
from attention_core.pretrained.interventions import Attend
from pages.ui.reader.link_codec import number, option, pairs
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.cache import Pieces, cached
from pages.ui.server.models import control, mean_contexts
from pages.ui.server.waiting import queue_shown

Pair = tuple[int, int]

HEADS, LOOKS, WORD, PRONOUN = PARTS = ("heads", "looks", "word", "pronoun")
INSTEAD_OF_HEAD = ("zero", "uniform", "mean")
INSTEAD_OF_LOOK = ("blocked", "zero", "uniform")
WHERE = ("head", "layer", "all")
OTHERS = ("layers", "model")
MEASURED = (HEADS, LOOKS, WORD)  # the parts with an effect on a prediction or a vector
PATIENCE = 0.4  # seconds of measuring between two pictures
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
    logits = control(subject.model_id, subject.sentence).logits
    n_vocabulary = 0 if logits is None else len(logits)
    return {
        "heads": set(out.heads or ()) <= set(all_heads(subject)),
        "looks": all(max(look) < n for look in out.looks or ()),
        "word": (out.word or 0) < n,
        "followed": out.followed is None or out.followed < n_vocabulary,
    }


def n_heads(subject: Subject) -> dict[int, int]:
    """Of each layer whose text looks at itself."""
    return {layer: subject.capture.layers[layer].n_heads for layer in subject.layers}


def all_heads(subject: Subject) -> list[Pair]:
    """Every (layer, head) of these layers."""
    return [(layer, head) for layer, n in n_heads(subject).items() for head in range(n)]


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


@cached(max_entries=16)
def changed(model_id: str, text: str, change: Change, layer: int, head: int) -> ChangedRun:
    """The run with the change, and in it the weights of one head."""
    ids, attend = models.tokenized(model_id, text).ids, _attend(model_id, change)
    return changed_run.changed_run(ids, models.loaded(model_id), attend, layer, head)


@cached(max_entries=64)
def effects(model_id: str, text: str, changes: tuple[Change, ...]) -> tuple[Effect, ...]:
    """The effect of each change, beside the control."""
    return _effects(model_id, text, changes)


@cached(max_entries=8)
def measured_heads(model_id: str, text: str, instead: str) -> Pieces[int, tuple[Effect, ...]]:
    """Layer → the effect of each of its heads, alone. Empty at first: `measure_layer` fills it, for all readers."""
    return Pieces()


def measure_layer(
    model_id: str, text: str, instead: str, layer: int, n_heads: int
) -> tuple[Effect, ...]:
    """The heads of a layer are the rows of one batch."""
    measured = measured_heads(model_id, text, instead)
    found = measured.now().get(layer)
    if found is None:
        changes = [HeadsOut(((layer, head),), instead) for head in range(n_heads)]
        found = measured.keep(layer, _effects(model_id, text, changes))
    return found


@cached(max_entries=512)
def layer_chances(
    model_id: str, text: str, instead: str, layer: int, token: int, _found: Sequence[Effect]
) -> np.ndarray:
    """The probability of a token without each head of a layer, whose effects are `_found`."""
    return knock_out.chances(_found, token, models.loaded(model_id))


@cached(max_entries=64)
def chances(model_id: str, text: str, changes: tuple[Change, ...], token: int) -> np.ndarray:
    """The probability of a token with each change."""
    return knock_out.chances(effects(model_id, text, changes), token, models.loaded(model_id))


@cached(max_entries=6)
def leanings(model_id: str, instead: str) -> Pieces[Piece, np.ndarray]:
    """What `pronouns.leanings` gives for each layer and text. Empty at first, filled for all readers."""
    return Pieces()


def measure_leanings(
    model_id: str, instead: str, piece: Piece, text: pronouns.Text, n_heads: int
) -> None:
    """One text, with all heads and without each head of one layer."""
    loaded, means = models.loaded(model_id), _means(model_id, instead)
    found = pronouns.leanings(text, loaded, piece[0], n_heads, instead, means)
    leanings(model_id, instead).keep(piece, found)


def _effects(model_id: str, text: str, changes: Sequence[Change]) -> tuple[Effect, ...]:
    attends = [_attend(model_id, change) for change in changes]
    ids, loaded = models.tokenized(model_id, text).ids, models.loaded(model_id)
    return knock_out.effects(ids, loaded, control(model_id, text), attends)


def _attend(model_id: str, change: Change) -> Attend:
    means = _means(model_id, change.instead) if isinstance(change, HeadsOut) else ()
    return knock_out.attend_of(change, means)


def _means(model_id: str, instead: str) -> tuple[np.ndarray, ...]:
    return mean_contexts(model_id) if instead == "mean" else ()


@dataclass(frozen=True)
class Measuring:
    """Pieces to be measured, and where the measured ones are kept.

    Each run of the page measures a few and then runs again, so that Stop is heard and the picture fills.
    """

    name: str  # part of the keys
    owner: Hashable  # what it is about: for another one, measuring has to be begun anew
    pieces: Sequence[Any]
    done: Pieces[Any, Any]
    measure: Callable[[Any], object]  # puts the piece into `done`
    piece: str  # what is counted: "Layer"

    @property
    def left(self) -> list[Any]:
        return [piece for piece in self.pieces if piece not in self.done]

    @property
    def is_running(self) -> bool:
        return bool(self.left) and st.session_state.get(self._flag) == self.owner

    @property
    def _flag(self) -> str:
        return f"knock_out_{self.name}_running"

    @property
    def was_begun(self) -> bool:
        """By this reader: what others have measured is there as well, but nobody has stopped it here."""
        return st.session_state.get(f"{self._flag}_once") == self.owner

    def begin(self) -> None:
        st.session_state[self._flag] = st.session_state[f"{self._flag}_once"] = self.owner

    def stop(self) -> None:
        st.session_state.pop(self._flag, None)


def measuring_buttons(measuring: Measuring, label: str, n_drawn: int | None = None) -> None:
    """A button to begin; while it runs, a bar and a button to stop; after that, one to go on.

    `n_drawn` says how many pieces the picture beside it has: another run may measure one more meanwhile.
    """
    n = len(measuring.pieces)
    n_left = len(measuring.left) if n_drawn is None else n - n_drawn
    if not n_left:
        return
    running = measuring.is_running
    go_on = f"Go on: {n_left} of {n} are left" if measuring.was_begun else label
    # the same two places in both states: what is left over is cleared only when a run ends, and measuring ends late
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Stop" if running else go_on,
            icon=":material/stop_circle:" if running else ":material/straighten:",
            key=f"knock_out_{measuring.name}_{'stop' if running else 'begin'}",
            on_click=measuring.stop if running else measuring.begin,
        )
        bar = st.empty()
        if running:
            bar.progress((n - n_left) / n, f"{measuring.piece} {n - n_left + 1} of {n} …")


def measure_more(measuring: Measuring) -> None:
    """Last of all on the page: a few more pieces, then the page runs again and shows them."""
    if not measuring.left:
        measuring.stop()
    if not measuring.is_running:
        return
    begun = time.monotonic()
    for piece in measuring.left:
        try:
            with queue_shown():
                measuring.measure(piece)
        except BaseException:
            measuring.stop()  # else every run would fail at it again
            raise
        if time.monotonic() - begun > PATIENCE:
            break
    st.rerun()
