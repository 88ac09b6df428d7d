"""Does the coreference head matter? It attends from the pronoun to its noun; here its effect is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import share_as_large
from attention_core.analysis.pronoun_prompts import ANIMAL, Prompt
from attention_core.analysis.words import sum_over_words, tokens_of
from attention_core.experiments.pronouns import Answer, Texts, answer_of, texts_for
from attention_core.pretrained.catalogue import entry_for
from attention_core.toy.words import word_spans
from pages.experiment.knock_out.controls import RARE
from pages.experiment.knock_out.heads import (
    INSTEAD,
    UNKNOWN,
    WHAT_IS_DONE,
    layers_on_paper,
    ranked_frame,
)
from pages.experiment.knock_out.runs import Measuring, leanings, measure_leanings, measuring_buttons
from pages.experiment.knock_out.state import INSTEAD_OF_HEAD, OUT, Pair
from pages.ui.reader.controls import look_at_head
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.widgets.head_grid import layer_grid
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number, signed

NO_HEAD_NAMED = "The lessons name no head of this model"
CANNOT_BE_ASKED = "This model cannot be asked: both nouns begin with the same token in every text."
SCORED = "{} sentences in which one noun is right"
NOT_SPECIAL = "So on these texts it does **not** stand out"


@dataclass(frozen=True)
class Question:
    """What the model is asked, and the head that is in question."""

    subject: Subject
    instead: str
    asked: Texts
    head: Pair
    is_known: bool  # whether the lessons name this head

    @property
    def n_heads(self) -> dict[int, int]:
        layers = self.subject.capture.layers
        return {layer: layers[layer].n_heads for layer in self.subject.layers}

    def measuring(self, layers: list[int], name: str) -> Measuring:
        model_id, instead, texts = self.subject.model_id, self.instead, self.asked.texts
        return Measuring(
            name,
            (model_id, instead),
            [(layer, i) for layer in layers for i in range(len(texts))],
            leanings(model_id, instead),
            lambda piece: measure_leanings(
                model_id, instead, piece, texts[piece[1]], self.n_heads[piece[0]]
            ),
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
    layer = question.head[0]
    _question_panel(question)
    st.markdown(WHAT_IS_DONE[instead])
    own = question.measuring([layer], "pronoun")
    others = question.measuring(subject.layers, "pronoun_all")
    answer = answer_of(question.asked, question.n_heads, leanings(subject.model_id, instead).now())
    n_heads = subject.capture.layers[layer].n_heads
    if layer not in answer.n_heads:
        measuring_buttons(
            own,
            f"Measure: {len(question.asked.texts)} texts, each without one of the {n_heads} heads of layer {layer}",
        )
        return own
    lesson(question, answer)
    scored(question, answer)
    n_more = len(others.left)
    measuring_buttons(
        others,
        f"Hold it against the heads of all {len(subject.layers)} layers: {n_more} passes more",
    )
    all_heads_panel(question, answer)
    every_text(question, answer)
    return others


def _question_panel(question: Question) -> None:
    layer, head = question.head
    whose = (
        f"**Layer {layer} · head {head}** is the one in which the lessons show how a pronoun finds its noun"
        if question.is_known
        else f"{NO_HEAD_NAMED}, so it is the chosen one: **layer {layer} · head {head}**"
    )
    weight = _weight(question)
    st.markdown(
        whose
        + (
            "."
            if weight is None
            else f": there, *it* gives *animal* **{number(weight)}** of its weight."
        )
        + " That is where it looks. Does the model **need** it to know what the pronoun means? It is asked with texts "
        "in which the pronoun means one of two nouns, with all heads and without this one."
    )
    if question.asked.by_prediction:
        formula(
            "leaning = log₂ ( :red[**p**](the noun that is meant) / :red[**p**](the other noun) ), in bits",
            key="knock_out_pronoun",
        )
        st.markdown(
            "p is the probability of the next word after, for example, *The dogs chased the car until it (the* …: "
            "a model that has understood *it* goes on with *car*. 0: both alike; one bit more: twice as likely."
        )
    else:
        formula(
            "leaning = cos( :red[**pronoun**], the noun that is meant ) − cos( :red[**pronoun**], the other noun )",
            key="knock_out_pronoun",
        )
        st.markdown(
            "of their vectors after the last layer. This model predicts no next word; but a model that has "
            "understood the pronoun may give it a vector more like that of its noun. 0: both alike."
        )


def _weight(question: Question) -> float | None:
    """What the pronoun of the lesson's sentence gives its noun in this head."""
    text, (layer, head) = ANIMAL.text, question.head
    capture = models.captured(question.subject.model_id, text)
    noun = ANIMAL.place(ANIMAL.noun)
    q, k = (tokens_of(place, capture.places) for place in (ANIMAL.place(ANIMAL.pronoun), noun))
    if not q or not k:
        return None
    weights = models.layer_weights(question.subject.model_id, text, layer)[head]
    words = word_spans(text)
    return float(sum_over_words(weights[q[-1]], capture.places, words)[words.index(noun)])


def lesson(question: Question, answer: Answer) -> None:
    """The sentence of the lessons alone: one line for each way it is asked."""
    st.markdown(
        "**The sentence of the lessons**"
        + (", up to where nothing tells yet which is right" if question.asked.by_prediction else "")
    )
    layer = question.head[0]
    in_layer = [head for head in answer.heads if head[0] == layer]
    places = st.columns(len(question.asked.of_lesson), gap="medium")
    for i, place in zip(question.asked.of_lesson, places, strict=True):
        control = float(answer.control((i,))[0])
        change = float(answer.changes(question.head, (i,))[0])
        if not np.isfinite(control):
            continue
        sizes = [abs(float(answer.changes(head, (i,))[0])) for head in in_layer]
        rank = 1 + sum(size > abs(change) for size in sizes)
        text, wanted, rival = _words(question, i)
        with place.container(border=True):
            st.text(f"{text} …" if question.asked.by_prediction else text)
            st.markdown(
                f"*{wanted}* against *{rival}*: leaning **{signed(control)}** with all heads, "
                f":red[**{signed(control + change)}**] without this one: **{signed(change)}**. By size that is "
                f"number {rank} of the {len(in_layer)} heads of its layer."
            )


def scored(question: Question, answer: Answer) -> None:
    """The mean over all texts with a right answer, and what follows."""
    means = answer.means()
    if not means:
        st.markdown(CANNOT_BE_ASKED)
        return
    control = answer.control(answer.known)
    changes = answer.changes(question.head, answer.known)
    n, own = len(changes), means[question.head]
    rest = np.array([mean for head, mean in means.items() if head != question.head])
    right, fell = int((control > 0).sum()), int((changes < 0).sum())
    st.markdown(f"**{SCORED.format(n)}**")
    st.markdown(
        f"With all heads the model leans to the right noun in **{right} of {n}**, by **{signed(float(control.mean()))}** on "
        f"average. Without layer {question.head[0]} · head {question.head[1]} the leaning changes by "
        f":red[**{signed(own)}**] on average; it falls in **{fell} of {n}**."
    )
    sizes = answer.means(sizes=True)
    size = sizes[question.head]
    n_sizes = sum(each >= size for each in sizes.values()) - 1
    st.markdown(
        f"Whatever the direction, it moves the leaning by **{number(size)}** in a sentence, on average; "
        f"{n_sizes} of {len(rest)} other heads move it as much or more."
    )
    notice_this(_verdict(question, answer, own, rest, float(control.mean())))


def _verdict(
    question: Question, answer: Answer, own: float, rest: np.ndarray, control: float
) -> str:
    """The words follow the numbers."""
    n, k = len(rest), int((np.abs(rest) >= abs(own)).sum())
    whose = "of its layer" if len(answer.n_heads) == 1 else f"of {len(answer.n_heads)} layers"
    counted = (
        f"**{k} of {n}** other heads {whose}, taken out alone, move the mean as much or more. "
        f"By size it is number {k + 1} of {n + 1}. "
    )
    if len(answer.n_heads) > 1:
        counted += _in_its_layer(question, answer, own)
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


def _in_its_layer(question: Question, answer: Answer, own: float) -> str:
    """Early layers move everything, so the head's own layer is the fairer comparison."""
    head = question.head
    others = [mean for each, mean in answer.means().items() if each[0] == head[0] and each != head]
    k = sum(abs(mean) >= abs(own) for mean in others)
    return f"(In its own layer: {k} of {len(others)}.) "


def _words(question: Question, i: int) -> tuple[str, str, str]:
    """The text, the word that is right, and the other one."""
    text = question.asked.texts[i]
    if isinstance(text, Prompt):
        return text.text, text.wanted, text.rival
    return text.text, text.noun, text.rival


def every_text(question: Question, answer: Answer) -> None:
    with st.expander(
        "Every text", icon=":material/list:", on_change="rerun", key="knock_out_pronoun_texts"
    ) as shown:
        if not shown.open:
            return
        every = tuple(range(len(question.asked.texts)))
        control, changes = answer.control(every), answer.changes(question.head, every)
        words = [_words(question, i) for i in every]
        frame = pd.DataFrame(
            {
                "text": [text for text, _, _ in words],
                "meant": [meant for _, meant, _ in words],
                "other": [other for _, _, other in words],
                "leaning": control,
                "without the head": control + changes,
                "change": changes,
            }
        )
        numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in frame.columns[3:]}
        st.dataframe(
            frame,
            hide_index=True,
            column_config=numbers,
            alt="The leaning of each text, with all heads and without the one in question",
        )


def all_heads_panel(question: Question, answer: Answer) -> None:
    """The grid, the rank of the head in question, and the table twin."""
    means = answer.means()
    if not means:
        return
    layers = question.subject.layers
    n_heads = max(question.subject.capture.layers[layer].n_heads for layer in layers)
    values = np.full((len(layers), n_heads), np.nan)
    for (layer, head), mean in means.items():
        values[layers.index(layer), head] = mean
    order = sorted(means, key=lambda head: -abs(means[head]))
    rank, high = order.index(question.head) + 1, abs(means[order[0]]) or 1.0
    layer, head = question.head
    st.markdown(
        f"**Mean change without each head.** Ochre: without it the model leans less to the right noun. "
        f"Layer {layer} · head {head} is framed: by size number **{rank} of {len(means)}**. "
        f"The largest: layer {order[0][0]} · head {order[0][1]}, {signed(means[order[0]])}."
    )
    layer_grid(
        values,
        key="knock_out_pronoun_grid",
        layers=layers,
        name="mean change",
        texts=[[UNKNOWN if np.isnan(v) else signed(float(v)) for v in row] for row in values],
        high=high,
        high_text=number(high),
        label=f"Mean change of the leaning without each of {len(means)} heads; layer {layer} head {head}: "
        f"{signed(means[question.head])}, number {rank} by size.",
        on_pick=lambda row, picked: look_at_head(picked, layers[row]),
        selected=(layers.index(layer), head),
        diverging=True,
        unknown=UNKNOWN,
        hint="choose the head",
        numbers=Numbers(
            "Mean change without each head",
            lambda: ranked_frame({each: means[each] for each in order}, "mean change"),
            lambda: layers_on_paper(
                values, layers, "Mean change of the leaning without each head", "change"
            ),
        ),
    )
