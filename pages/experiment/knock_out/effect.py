"""What becomes of the result: the effect in one number, the prediction, the chosen head's weights, and whether that is much."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import probabilities, share_as_large
from attention_core.analysis.run_effects import Effect, effect_of
from attention_core.errors import ReaderError
from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.controls import Others, heads_of
from attention_core.experiments.knock_out import Change
from attention_core.pretrained import next_word
from attention_core.pretrained.run import Outcome
from pages.experiment.knock_out import state
from pages.experiment.knock_out.state import OUT, Pair, n_heads
from pages.ui.reader.notices import notice
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.models import control as control_of
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, bars_of, breakdown
from pages.ui.widgets.parts import asked_for, formula, noticed
from pages.ui.widgets.result import NO_NUMBER, result_panel
from pages.ui.widgets.takeaway import Numbers
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
MOST_UNASKED = 1500  # tokens of all runs together; for more the reader is asked
RARE = 0.05
NO_OTHERS = "There are no others to compare with, so nothing can be said."
CHANGES_NOTHING = "It changes nothing here, beyond rounding."
IS_THAT_MUCH = "**Is that a lot?** The same change to others:"
P_VALUE = "p = "


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

    def of(self, changed: Outcome) -> float:
        """The effect of one run whose outcome is there."""
        if self.kind == CHANCE and changed.logits is not None:
            return float(probabilities(changed.logits)[self.followed]) - self.before
        control = self.control
        effect = effect_of(control.states, changed.states, control.logits, changed.logits)
        return float(self._of([effect])[0])

    def of_changes(self, changes: tuple[Change, ...]) -> np.ndarray:
        """The effects of many changes, each in a run of its own."""
        run = self.subject.model_id, self.subject.sentence, changes
        if self.kind == CHANCE:
            return state.chances(*run, self.followed) - self.before
        return self._of(state.effects(*run))

    def of_layer(self, instead: str, layer: int, found: Sequence[Effect]) -> np.ndarray:
        """The effects of the heads of a layer, each alone, from what is measured of them."""
        if self.kind == CHANCE:
            run = self.subject.model_id, self.subject.sentence, instead, layer
            return state.layer_chances(*run, self.followed, found) - self.before
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
            return NO_NUMBER
        if self.is_nothing(effect):
            return "0"
        return signed(effect) if self.is_signed else number(effect)

    def column(self, effects: Sequence[float]) -> Column:
        """Effects with bars."""
        texts, bars = [self.shown(effect) for effect in effects], bars_of(effects)
        return Column("effect", texts, "output", bars, "Bars: the size, whatever the sign")


def yardstick_of(subject: Subject) -> Yardstick:
    """By what the reader measures: the choice is on the page."""
    control = control_of(subject.model_id, subject.sentence)
    kinds = OF_VECTORS if control.logits is None else OF_PREDICTION
    which = OUT.choose("measure", "Effect on", range(len(kinds)), lambda i: TITLES[kinds[i]])
    if control.logits is None:
        return Yardstick(subject, kinds[which], control)
    followed = OUT.current().followed
    followed = int(control.logits.argmax()) if followed is None else followed
    before = float(probabilities(control.logits)[followed])
    return Yardstick(subject, kinds[which], control, followed, before)


def changed_run(subject: Subject, change: Change, without: str = "them") -> ChangedRun:
    """The run with the change, and the weights of the chosen head in it."""
    choice = subject.choice
    with waiting(f"The model runs without {without} …"):
        return state.changed(subject.model_id, subject.sentence, change, choice.layer, choice.head)


def headline(yardstick: Yardstick, own: float) -> None:
    """The effect in large type, each number from this run."""
    kind, world, of_token = yardstick.kind, yardstick.subject.world, ""
    if not np.isfinite(own):
        told = "There is no result any more: **no number**"
    elif kind == CHANCE:
        before = yardstick.before
        times = f", × {(before + own) / before:.3g}" if before else ""
        told = (
            f"probability **{number(before)}** → :red[**{number(before + own)}**]  \n"
            f"effect **{yardstick.shown(own)}**{times}"
        )
        followed = models.token_text(yardstick.subject.model_id, yardstick.followed)
        of_token = FOLLOWED.format(visible(followed))
    elif kind == BITS:
        told = f"the prediction moved by :red[**{yardstick.shown(own)} bits**]"
    else:
        what = "the sentence’s vector" if kind == SENTENCE else "the vector"
        told = f"{what} turned by 1 − cos = :red[**{yardstick.shown(own)}**]"
        of_token = f"of the token that asks: {world.queries[world.q_pos]}" * (kind == TOKEN)
    formula(told, key="knock_out")
    if of_token:
        st.text(of_token)


def result(yardstick: Yardstick, changed: Outcome) -> None:
    """Control | changed | difference of the prediction, and the choice of the token to follow."""
    predicts = yardstick.control.logits is not None
    if predicts:
        st.text_input(
            "Follow another token: click a row, or type it",
            key=TYPED,
            placeholder="a word, then Enter",
            on_change=lambda: _follow(yardstick.subject.model_id),
            help="Of a word that the model cuts into pieces, the first is followed.",
        )
    result_panel(
        yardstick.subject,
        changed,
        key="knock_out_result",
        wanted=yardstick.followed if predicts else None,
        on_pick=lambda token: OUT.change(followed=token),
    )


def _follow(model_id: str) -> None:
    """What was typed; nothing typed: the likeliest token again."""
    typed = st.session_state[TYPED][:LONGEST]
    st.session_state[TYPED] = ""
    try:
        token = next_word.first_token(typed, models.loaded(model_id)) if typed else None
    except ReaderError as error:
        notice(f"“{typed}” {CANNOT_FOLLOW}: {error}.")
    else:
        OUT.change(followed=token)


def weights_panel(
    subject: Subject,
    changed: ChangedRun,
    what_to_see: str,
    *,
    blocked: Collection[Pair] = (),
    pick: Callable[[int, int | None], None] | None = None,
) -> None:
    """`blocked` are the looks that are forbidden in the changed run, `pick` what a click does."""
    world, choice = subject.world, subject.choice
    allowed = np.ones(world.head_weights.shape, dtype=bool)
    if world.blocked is not None:
        allowed &= ~world.blocked
    allowed_then = allowed.copy()
    for look in blocked:
        allowed_then[look] = False
    st.markdown(
        f"**Where layer {choice.layer} · head {choice.head} looks**, the head chosen in the sidebar. "
        f"{what_to_see}"
    )
    name = f"layer {choice.layer}, head {choice.head}"
    three_heatmaps(
        Side("Control", name, world.head_weights, allowed),
        Side("Changed", name, changed.weights, allowed_then),
        Grid(world.queries, world.keys, world.q_pos, world.k_pos, pick or world.pick_cell),
        key="knock_out_weights",
    )


def against_others(
    yardstick: Yardstick,
    own: float,
    others: Others,
    names: Sequence[str],
    *,
    ours: str,
    for_effect: bool = False,
) -> np.ndarray | None:
    """The table and the verdict; the effects of the others, if they are measured.

    `ours` is what is knocked out, `names` the others one by one; `for_effect`: it was picked because of its effect.
    """
    if not others.changes:
        st.markdown(NO_OTHERS)
        return None
    subject = yardstick.subject
    n_tokens = len(models.tokenized(subject.model_id, subject.sentence).ids)
    if len(others.changes) * n_tokens > MOST_UNASKED and not asked_for(
        (subject.model_id, subject.sentence, others.changes),
        f"Measure {others.description}",
        key="knock_out_ask",
        icon="straighten",
    ):
        return None
    with waiting("The others are knocked out in turn …"):
        values = _measured(yardstick, others)
    of_all = {ours: own} | {f"control: {name}": x for name, x in zip(names, values, strict=True)}
    _table(yardstick, of_all, others.description)
    said = f"Others: {others.description}, replaced by the same."
    verdict = _verdict(yardstick, own, values, _chosen(others, for_effect))
    st.markdown(f"{said}\n\n{noticed(verdict)}" if verdict else said)
    return values


def _measured(yardstick: Yardstick, others: Others) -> np.ndarray:
    """Of all other heads of some layers, each layer's own measurement, which the grid shows as well."""
    heads = [head for (head,) in heads_of(others.changes)] if others.are_all else []
    if not heads:
        return yardstick.of_changes(others.changes)
    subject, instead = yardstick.subject, others.changes[0].instead
    of_layer = {}
    for layer in {layer for layer, _ in heads}:
        found = state.measure_layer(
            subject.model_id, subject.sentence, instead, layer, n_heads(subject)[layer]
        )
        of_layer[layer] = yardstick.of_layer(instead, layer, found)
    return np.array([of_layer[layer][head] for layer, head in heads])


def _table(yardstick: Yardstick, effects: Mapping[str, float], description: str) -> None:
    """`effects` by name, ours first."""
    (ours, own), *others = effects.items()
    values = np.array([effect for _, effect in others])
    rows = {
        ours: own,
        "others: mean": float(values.mean()),
        "others: lowest": float(values.min()),
        "others: highest": float(values.max()),
    }
    breakdown(
        [yardstick.column([*rows.values()])],
        key="knock_out_against",
        row_labels=list(rows),
        row_title="knocked out",
        selected=0,
        label=f"The effect of {ours} beside {description}",
        numbers=Numbers(
            "The effects of others",
            lambda: pd.DataFrame({"effect": [*effects.values()]}, index=[*effects]),
        ),
    )


def _chosen(others: Others, for_effect: bool) -> str:
    """Why a p-value would mislead; nothing where one can be given."""
    if for_effect:
        return "It was picked from the ranking, because of its effect."
    if others.are_all:
        return (
            "This page shows the effects of all of them, so it may have been chosen for its effect."
        )
    return ""


def _verdict(yardstick: Yardstick, own: float, values: np.ndarray, chosen: str) -> str:
    n, k = len(values), int((np.abs(values) >= abs(own)).sum())
    if not np.isfinite(own):
        return ""
    if yardstick.is_nothing(own):
        return CHANGES_NOTHING
    if chosen:
        return (
            f"By size it is **number {k + 1} of {n + 1}**: {k} of {n} others do as much or more. {chosen} "
            "A p-value would mislead then, because the largest of many always comes first. Compare the sizes, "
            "and measure the same one on other sentences."
        )
    p, least = share_as_large(own, values), 1 / (n + 1)
    counted = (
        f"**{k} of {n}** others do as much or more: {P_VALUE}({k} + 1) / ({n} + 1) = **{p:.3f}**. With {n} others p cannot "
        f"get below {least:.3f}. It holds for one that was chosen before any effect was known. "
    )
    if p <= RARE:
        verdict = "Then few others do as much in this sentence. Try the same on other sentences."
    elif k == 0:
        verdict = "None does as much, but these are too few others to tell."
    else:
        verdict = "Others do as much, so this one is not special here."
    return counted + verdict
