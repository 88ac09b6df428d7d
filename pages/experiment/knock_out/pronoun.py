"""Does the coreference head matter? It attends from the pronoun to its noun; here its effect is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import n_as_large, share_as_large
from attention_core.analysis.pronoun_prompts import ANIMAL
from attention_core.experiments.head_effects import HeadEffects
from attention_core.experiments.pronouns import (
    Answer,
    Texts,
    answer_of,
    texts_for,
    weight_on_noun,
    words_of,
)
from attention_core.pretrained.catalogue import entry_for
from pages.experiment.knock_out.effect import RARE
from pages.experiment.knock_out.heads import INSTEAD, WHAT_IS_DONE, effects_grid
from pages.experiment.knock_out.state import (
    INSTEAD_OF_HEAD,
    OUT,
    Measuring,
    Pair,
    leanings,
    measure_leanings,
    measuring_buttons,
    n_heads,
)
from pages.ui.reader.controls import look_at_head
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.widgets.parts import formula, noticed
from pages.ui.widgets.wording import number, signed

NO_HEAD_NAMED = "The lessons name no head of this model"
CANNOT_BE_ASKED = "This model cannot be asked: both nouns begin with the same token in every text."
SCORED = "{} sentences in which one noun is right"
NOT_SPECIAL = "So on these texts it does **not** stand out"
LEANING = {  # whether the model is asked by its prediction → the formula, and what it says
    True: (
        "leaning = log₂ ( :red[**p**](the noun that is meant) / :red[**p**](the other noun) ), in bits",
        "p is the probability of the next word after, for example, *The dogs chased the car until it (the* …: "
        "a model that has understood *it* goes on with *car*. 0: both alike; one bit more: twice as likely.",
    ),
    False: (
        "leaning = cos( :red[**pronoun**], the noun that is meant ) − cos( :red[**pronoun**], the other noun )",
        "of their vectors after the last layer. This model predicts no next word; but a model that has "
        "understood the pronoun may give it a vector more like that of its noun. 0: both alike.",
    ),
}


@dataclass(frozen=True)
class Question:
    """What the model is asked, and the head that is in question."""

    subject: Subject
    instead: str
    asked: Texts
    head: Pair
    is_known: bool  # whether the lessons name this head

    def measuring(self, layers: list[int], name: str) -> Measuring:
        model_id, instead, texts = self.subject.model_id, self.instead, self.asked.texts

        def measure(piece: Pair) -> None:
            layer, i = piece
            measure_leanings(model_id, instead, piece, texts[i], n_heads(self.subject)[layer])

        return Measuring(
            name,
            (model_id, instead),
            [(layer, i) for layer in layers for i in range(len(texts))],
            leanings(model_id, instead),
            measure,
            "Pass",
        )


def question_of(subject: Subject, instead: str) -> Question:
    model_id, entry = subject.model_id, entry_for(subject.model_id)
    is_known = entry is not None and entry.weights is not None
    head = entry.showcase if entry and is_known else (subject.choice.layer, subject.choice.head)
    by_prediction = models.predicts_next(model_id) and not models.why_no_head(model_id)
    return Question(subject, instead, texts_for(by_prediction), head, is_known)


def pronoun_part(subject: Subject) -> Measuring:
    """The question, the measurement behind a button, and the answer in the words that the numbers allow."""
    instead = OUT.choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
    question = question_of(subject, instead)
    layer, n_of_layer = question.head[0], n_heads(subject)
    _question_panel(question)
    own = question.measuring([layer], "pronoun")
    others = question.measuring(subject.layers, "pronoun_all")
    answer = answer_of(question.asked, n_of_layer, leanings(subject.model_id, instead).now())
    if layer not in answer.n_heads:
        measuring_buttons(
            own,
            f"Measure: {len(question.asked.texts)} texts, each without one of the {n_of_layer[layer]} heads of layer {layer}",
        )
        return own
    lesson(question, answer)
    means = answer.means()
    if means:
        scored(question, answer, means)
    else:
        st.markdown(CANNOT_BE_ASKED)
    measuring_buttons(
        others,
        f"Hold it against the heads of all {len(subject.layers)} layers: {len(others.left)} passes more",
    )
    if means:
        all_heads_panel(question, means)
    every_text(question, answer)
    return others


def _question_panel(question: Question) -> None:
    model_id, (layer, head) = question.subject.model_id, question.head
    whose = (
        f"**Layer {layer} · head {head}** is the one in which the lessons show how a pronoun finds its noun"
        if question.is_known
        else f"{NO_HEAD_NAMED}, so it is the chosen one: **layer {layer} · head {head}**"
    )
    weights = models.layer_weights(model_id, ANIMAL.text, layer)[head]
    weight = weight_on_noun(ANIMAL, models.captured(model_id, ANIMAL.text).places, weights)
    gives = f": there, *it* gives *animal* **{number(weight)}** of its weight" if weight is not None else ""  # fmt: skip
    st.markdown(
        f"{whose}{gives}. That is where it looks. Does the model **need** it to know what the pronoun means? It is asked with texts "
        "in which the pronoun means one of two nouns, with all heads and without this one."
    )
    leaning, meaning = LEANING[question.asked.by_prediction]
    formula(leaning, key="knock_out_pronoun")
    st.markdown(f"{meaning}\n\n{WHAT_IS_DONE[question.instead]}")


def lesson(question: Question, answer: Answer) -> None:
    """The sentence of the lessons alone: one line for each way it is asked."""
    by_prediction = question.asked.by_prediction
    until = ", up to where nothing tells yet which is right" if by_prediction else ""
    st.markdown(f"**The sentence of the lessons**{until}")
    in_layer = [head for head in answer.heads if head[0] == question.head[0]]
    places = st.columns(len(question.asked.of_lesson), gap="medium")
    for i, place in zip(question.asked.of_lesson, places, strict=True):
        control = float(answer.control((i,))[0])
        change = float(answer.changes(question.head, (i,))[0])
        if not np.isfinite(control):
            continue
        sizes = [abs(float(answer.changes(head, (i,))[0])) for head in in_layer]
        rank = 1 + sum(size > abs(change) for size in sizes)
        text, wanted, rival = words_of(question.asked.texts[i])
        with place.container(border=True):
            st.text(f"{text} …" if by_prediction else text)
            st.markdown(
                f"*{wanted}* against *{rival}*: leaning **{signed(control)}** with all heads, "
                f":red[**{signed(control + change)}**] without this one: **{signed(change)}**. By size that is "
                f"number {rank} of the {len(in_layer)} heads of its layer."
            )


def scored(question: Question, answer: Answer, means: dict[Pair, float]) -> None:
    """The mean over all texts with a right answer, and what follows."""
    control = answer.control(answer.known)
    changes = answer.changes(question.head, answer.known)
    n, own = len(changes), means[question.head]
    right, fell = int((control > 0).sum()), int((changes < 0).sum())
    sizes = answer.means(sizes=True)
    size = sizes.pop(question.head)
    st.markdown(
        f"**{SCORED.format(n)}**\n\n"
        f"With all heads the model leans to the right noun in **{right} of {n}**, by **{signed(float(control.mean()))}** on "
        f"average. Without layer {question.head[0]} · head {question.head[1]} the leaning changes by "
        f":red[**{signed(own)}**] on average; it falls in **{fell} of {n}**.\n\n"
        f"Whatever the direction, it moves the leaning by **{number(size)}** in a sentence, on average; "
        f"{sum(each >= size for each in sizes.values())} of {len(sizes)} other heads move it as much or more.\n\n"
        + noticed(_verdict(question, means, len(answer.n_heads), float(control.mean())))
    )


def _verdict(question: Question, means: dict[Pair, float], n_layers: int, control: float) -> str:
    """The words follow the numbers."""
    head, own = question.head, means[question.head]
    rest = np.array([mean for each, mean in means.items() if each != head])
    n, k = len(rest), n_as_large(own, rest)
    whose = "of its layer" if n_layers == 1 else f"of {n_layers} layers"
    counted = (
        f"**{k} of {n}** other heads {whose}, taken out alone, move the mean as much or more. "
        f"By size it is number {k + 1} of {n + 1}. "
    )
    if (
        n_layers > 1
    ):  # early layers move everything, so the head's own layer is the fairer comparison
        near = np.array([x for each, x in means.items() if each[0] == head[0] and each != head])
        counted += f"(In its own layer: {n_as_large(own, near)} of {len(near)}.) "
    if not question.is_known:
        return counted + (
            "You chose this head, perhaps for its effect. A p-value would mislead then, because the largest of many "
            "always comes first."
        )
    p, least = share_as_large(own, rest), 1 / (n + 1)
    counted += (
        f"The lessons named it before any effect was measured, so p = ({k} + 1) / ({n} + 1) = **{p:.3f}**; "
        f"with {n} others p cannot get below {least:.3f}. "
    )
    if p > RARE and k == 0:
        return counted + "None moves it as much. Measure all heads to tell more."
    if p > RARE:
        return counted + (
            f"{NOT_SPECIAL} in helping to find the right noun: attending to it is one thing, and "
            "what comes out of the model another. Other heads may do the same work."
        )
    if own > 0:
        return counted + (
            "So it matters, but the other way: the model leans to the right noun **more** without it."
        )
    verdict = counted + "So **yes, on these texts it matters**: few heads do as much. "
    if control > abs(own):
        verdict += (
            f"But it is not alone: it makes up {abs(own) / control:.0%} of the mean leaning, and the rest is left "
            "without it."
        )
    return verdict


def all_heads_panel(question: Question, means: dict[Pair, float]) -> None:
    """The grid, the rank of the head in question, and the table twin."""
    found = HeadEffects(n_heads(question.subject), means)
    order, (layer, head) = [*found.ranked], question.head
    rank, largest = order.index(question.head) + 1, order[0]
    st.markdown(
        f"**Mean change without each head.** Ochre: without it the model leans less to the right noun. "
        f"Layer {layer} · head {head} is framed: by size number **{rank} of {len(means)}**. "
        f"The largest: layer {largest[0]} · head {largest[1]}, {signed(means[largest])}."
    )
    effects_grid(
        found,
        key="knock_out_pronoun_grid",
        title="Mean change without each head",
        on_paper=("Mean change of the leaning without each head", "change"),
        name="mean change",
        shown=signed,
        label=f"Mean change of the leaning without each of {len(means)} heads; layer {layer} head {head}: "
        f"{signed(means[question.head])}, number {rank} by size.",
        on_pick=lambda picked: look_at_head(picked[1], picked[0]),
        selected=question.head,
        diverging=True,
        hint="choose the head",
    )


def every_text(question: Question, answer: Answer) -> None:
    with st.expander(
        "Every text", icon=":material/list:", on_change="rerun", key="knock_out_pronoun_texts"
    ) as shown:
        if not shown.open:
            return
        every = tuple(range(len(question.asked.texts)))
        control, changes = answer.control(every), answer.changes(question.head, every)
        words = [words_of(text) for text in question.asked.texts]
        frame = pd.DataFrame(words, columns=["text", "meant", "other"]).assign(
            **{"leaning": control, "without the head": control + changes, "change": changes}
        )
        numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in frame.columns[3:]}
        st.dataframe(
            frame,
            hide_index=True,
            column_config=numbers,
            alt="The leaning of each text, with all heads and without the one in question",
        )
