"""Does the coreference head matter? It looks from the pronoun to its noun; here it is measured whether the model needs that."""

from __future__ import annotations

import streamlit as st

from attention_core.analysis.pronoun_prompts import ANIMAL
from attention_core.analysis.words import sum_over_words, tokens_of
from attention_core.toy.words import word_spans
from pages.experiment.knock_out.heads import INSTEAD, TOLD
from pages.experiment.knock_out.measuring import Work, controls
from pages.experiment.knock_out.pronoun_answer import every_text, lesson, scored
from pages.experiment.knock_out.pronoun_picture import all_heads_panel
from pages.experiment.knock_out.pronoun_runs import Question, answer_of, question_of
from pages.experiment.knock_out.state import INSTEAD_OF_HEAD, OUT
from pages.ui.reader.ready import Subject
from pages.ui.server import models
from pages.ui.widgets.parts import formula
from pages.ui.widgets.wording import number


def pronoun_part(subject: Subject) -> Work:
    """The question, the measurement behind a button, and the answer in the words that the numbers allow."""
    instead = OUT.choose("of_head", "Replaced by", INSTEAD_OF_HEAD, INSTEAD.__getitem__)
    question = question_of(subject, instead)
    layer = question.head[0]
    _question(question)
    st.markdown(TOLD[instead])
    own = question.work([layer], "pronoun")
    others = question.work(subject.layers, "pronoun_all")
    answer = answer_of(question)
    n_heads = subject.capture.layers[layer].n_heads
    if answer is None:
        controls(
            own,
            f"Measure: {len(question.texts)} texts, each without one of the {n_heads} heads of layer {layer}",
        )
        return own
    lesson(answer)
    scored(answer)
    n_more = len(others.left)
    controls(
        others,
        f"Hold it against the heads of all {len(subject.layers)} layers: {n_more} passes more",
    )
    all_heads_panel(answer)
    every_text(answer)
    return others


def _question(question: Question) -> None:
    layer, head = question.head
    whose = (
        f"**Layer {layer} · head {head}** is the one in which the lessons show how a pronoun finds its noun"
        if question.is_known
        else f"The lessons name no head of this model, so it is the chosen one: **layer {layer} · head {head}**"
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
    if question.by_prediction:
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
