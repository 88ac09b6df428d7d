"""What becomes of the result: the effect in one number, the prediction, and the weights of the chosen head."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.effects import kl_bits, mean_turned_by, probabilities, turned_by
from attention_core.analysis.run_effects import Effect
from attention_core.errors import ReaderError
from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.knock_out import Change
from attention_core.pretrained import next_word
from attention_core.pretrained.run import Outcome
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.state import OUT, Pair
from pages.ui.reader.notices import notice
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.models import control as control_of
from pages.ui.widgets.parts import formula
from pages.ui.widgets.result import result_panel
from pages.ui.widgets.three_heatmaps import Grid, Side, three_heatmaps
from pages.ui.widgets.wording import number, signed, visible

CHANCE, BITS, SENTENCE, TOKEN = "chance", "bits", "sentence", "token"
OF_PREDICTION, OF_VECTORS = (CHANCE, BITS), (SENTENCE, TOKEN)
TITLES = {
    CHANCE: "the followed token",
    BITS: "the whole prediction",
    SENTENCE: "the sentence’s vector",
    TOKEN: "the asking token’s vector",
}
EFFECTS = {
    CHANCE: "how much the probability of the followed token rises (+) or falls (−)",
    BITS: "how far the whole prediction moves: KL divergence from the control, in bits",
    SENTENCE: "how far the mean of all last vectors turns: 1 − cos",
    TOKEN: "how far the last vector of the token that asks turns: 1 − cos",
}
ROUNDING = 1e-6  # what two runs of the same may differ by; of a probability, relative to it
RELATIVE = 1e-4
FOLLOWED = "of the token that is followed: {}"
CANNOT_FOLLOW = "cannot be followed"
TYPED = "knock_out_typed"
LONGEST = 60  # characters of a typed token


@dataclass(frozen=True)
class Yardstick:
    """One way to measure, with the control's own values."""

    subject: Subject
    kind: str
    control: Outcome
    followed: int = 0  # the token, where the model predicts one
    before: float = float("nan")  # the control's probability of it

    @property
    def is_signed(self) -> bool:
        return self.kind == CHANCE

    @property
    def token(self) -> str:
        """The followed token as a reader sees it: to be shown literally."""
        return visible(models.token_text(self.subject.model_id, self.followed))

    def of(self, changed: Outcome) -> float:
        """The effect of one run whose outcome is there."""
        if self.kind in OF_VECTORS or self.control.logits is None or changed.logits is None:
            if self.kind == TOKEN:
                q_pos = self.subject.world.q_pos
                return float(turned_by(self.control.states[q_pos], changed.states[q_pos]))
            return mean_turned_by(self.control.states, changed.states)
        if self.kind == BITS:
            return float(kl_bits(self.control.logits, changed.logits))
        return float(probabilities(changed.logits)[self.followed]) - self.before

    def of_changes(self, changes: tuple[Change, ...]) -> np.ndarray:
        """The effects of many changes, each in a run of its own."""
        model_id, text = self.subject.model_id, self.subject.sentence
        if self.kind == CHANCE:
            return runs.chances(model_id, text, changes, self.followed) - self.before
        return self._of(runs.effects(model_id, text, changes))

    def of_layer(self, instead: str, layer: int, found: Sequence[Effect]) -> np.ndarray:
        """The effects of the heads of a layer, each alone, from what is measured of them."""
        model_id, text = self.subject.model_id, self.subject.sentence
        if self.kind == CHANCE:
            of_each = runs.layer_chances(model_id, text, instead, layer, self.followed, found)
            return of_each - self.before
        return self._of(found)

    def _of(self, found: Sequence[Effect]) -> np.ndarray:
        if self.kind == SENTENCE:
            return np.array([effect.turned_mean for effect in found])
        if self.kind == TOKEN:
            return np.array([effect.turned[self.subject.world.q_pos] for effect in found])
        return np.array([effect.bits for effect in found], dtype=float)

    def is_nothing(self, effect: float) -> bool:
        """Whether it is not more than rounding."""
        return abs(effect) < (RELATIVE * self.before if self.is_signed else ROUNDING)

    def shown(self, effect: float) -> str:
        if not np.isfinite(effect):
            return "no number"
        if self.is_nothing(effect):
            return "0"
        return signed(effect) if self.is_signed else number(effect)


def yardstick_of(subject: Subject) -> Yardstick:
    """By what the reader measures: the choice is on the page."""
    control = control_of(subject.model_id, subject.sentence)
    kinds = OF_VECTORS if control.logits is None else OF_PREDICTION
    which = OUT.choose(
        "measure",
        "Effect on",
        range(len(kinds)),
        lambda i: TITLES[kinds[i]],
    )
    if control.logits is None:
        return Yardstick(subject, kinds[which], control)
    followed = OUT.current().followed
    followed = int(control.logits.argmax()) if followed is None else followed
    before = float(probabilities(control.logits)[followed])
    return Yardstick(subject, kinds[which], control, followed, before)


def headline(yardstick: Yardstick, own: float) -> None:
    """The effect in large type, each number from this run."""
    if not np.isfinite(own):
        formula("There is no result any more: **no number**", key="knock_out")
    elif yardstick.kind == CHANCE:
        before = yardstick.before
        times = f", × {(before + own) / before:.3g}" if before else ""
        formula(
            f"probability **{number(before)}** → :red[**{number(before + own)}**]  \n"
            f"effect **{yardstick.shown(own)}**{times}",
            key="knock_out",
        )
        st.text(FOLLOWED.format(yardstick.token))
    elif yardstick.kind == BITS:
        formula(f"the prediction moved by :red[**{yardstick.shown(own)} bits**]", key="knock_out")
    else:
        what = "the sentence’s vector" if yardstick.kind == SENTENCE else "the vector"
        formula(f"{what} turned by 1 − cos = :red[**{yardstick.shown(own)}**]", key="knock_out")
        if yardstick.kind != SENTENCE:
            world = yardstick.subject.world
            st.text(f"of the token that asks: {world.queries[world.q_pos]}")


def result(yardstick: Yardstick, changed: Outcome) -> None:
    """Control | changed | difference of the prediction, and the choice of the token to follow."""
    predicts = yardstick.control.logits is not None
    if predicts:
        _follow(yardstick)
    result_panel(
        yardstick.subject,
        changed,
        key="knock_out_result",
        wanted=yardstick.followed if predicts else None,
        on_pick=lambda token: OUT.change(followed=token),
    )


def _follow(yardstick: Yardstick) -> None:
    model_id = yardstick.subject.model_id

    def take() -> None:
        typed = st.session_state[TYPED]
        st.session_state[TYPED] = ""
        try:
            OUT.change(
                followed=next_word.first_token(typed[:LONGEST], models.loaded(model_id))
                if typed
                else None
            )
        except ReaderError as error:
            notice(f"“{typed[:LONGEST]}” {CANNOT_FOLLOW}: {error}.")

    st.text_input(
        "Follow another token: click a row, or type it",
        key=TYPED,
        placeholder="a word, then Enter",
        on_change=take,
        help="Of a word that the model cuts into pieces, the first is followed.",
    )


def weights_panel(
    subject: Subject,
    changed: ChangedRun,
    what_to_see: str,
    *,
    blocked: Collection[Pair] = (),
    pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """`blocked` are the looks that are forbidden in the changed run, `pick` what a click does."""
    world = subject.world
    allowed = np.ones(world.head_weights.shape, dtype=bool)
    if world.blocked is not None:
        allowed &= ~world.blocked
    allowed_then = allowed.copy()
    for q_pos, k_pos in blocked:
        allowed_then[q_pos, k_pos] = False
    st.markdown(
        f"**Where layer {subject.choice.layer} · head {subject.choice.head} looks**, the head chosen in the sidebar. "
        f"{what_to_see}"
    )
    name = f"layer {subject.choice.layer}, head {subject.choice.head}"
    three_heatmaps(
        Side("Control", name, world.head_weights, allowed),
        Side("Changed", name, changed.weights, allowed_then),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, pick or world.pick_cell),
        key="knock_out_weights",
    )
