"""What an effect is a change of, in one number: a token's probability, the whole prediction, or how far a vector turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.effects import kl_bits, mean_turned_by, probabilities, turned_by
from attention_core.analysis.run_effects import Effect
from attention_core.pretrained.run import Outcome
from pages.experiment.knock_out.runs import Change, chances, effects, layer_chances
from pages.experiment.knock_out.state import OUT
from pages.ui.reader.ready import Subject
from pages.ui.server import models, runs
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
            return chances(model_id, text, changes, self.followed) - self.before
        return self._of(effects(model_id, text, changes))

    def of_layer(self, instead: str, layer: int, found: Sequence[Effect]) -> np.ndarray:
        """The effects of the heads of a layer, each alone, from what is measured of them."""
        model_id, text = self.subject.model_id, self.subject.sentence
        if self.kind == CHANCE:
            of_each = layer_chances(model_id, text, instead, layer, self.followed, found)
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
    control = runs.control(subject.model_id, subject.sentence)
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
