"""What is measured when a word is left out, which words can be, and what attention says of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.against_effect import (
    Group,
    can_be_left_out,
    nearest,
    word_sums,
    words_of_tokens,
)
from attention_core.analysis.value_norms import handed_over
from attention_core.analysis.words import word_of
from pages.explore.beyond_one_layer import runs
from pages.explore.beyond_one_layer.state import Stack
from pages.ui.server import models
from pages.ui.widgets.wording import labels, visible

MOST_WORDS = 64  # each costs one pass of the model
N_NEXT = 10  # the next tokens to choose from


@dataclass(frozen=True)
class Question:
    """A result that the model computes, the token whose attention it ends in, and the words to be left out."""

    q_pos: int
    result: str  # what the effect is a change of, in our words
    sign: str  # what a positive effect means
    groups: list[Group]
    n_words: int  # before the cut to MOST_WORDS
    effect: Callable[[Group], float]  # of leaving the word out; one pass of the model


def question_of(stack: Stack) -> Question:
    """The chosen next token where the model predicts one, else the last vector of the word that asks."""
    capture, model_id, text = stack.capture, stack.choice.model_id, stack.scenario.sentence
    predicts = models.predicts_next(model_id)
    q_pos = len(capture.tokens) - 1 if predicts else stack.world.q_pos
    groups = can_be_left_out(
        words_of_tokens(
            capture.places, stack.scenario.spans, [token.is_special for token in capture.tokens]
        ),
        q_pos,
        asking_goes=predicts,
        causal=capture.layers[stack.layers[-1]].kind == "decoder",
    )
    kept = nearest(groups, q_pos, MOST_WORDS)
    if not predicts:

        def turned(group: Group) -> float:
            return float(1 - runs.cosines(model_id, text, group)[q_pos])

        return Question(
            q_pos,
            "1 − cosine between the last vector of the word that asks with and without the other word",
            "how far it turned",
            kept,
            len(groups),
            turned,
        )
    found = models.next_tokens(model_id, text, N_NEXT)
    wanted = tuple(token.id for token in found)
    place = st.selectbox(
        "Prediction to explain: the probability of the next token",
        range(len(found)),
        format_func=lambda i: f"{visible(found[i].text)}   {found[i].probability:.3f}",
        key="beyond_target",
        width=360,
    )

    def fell(group: Group) -> float:
        return float(
            (runs.probabilities(model_id, text, (), wanted) - runs.probabilities(model_id, text, group, wanted))[place]
        )  # fmt: skip

    return Question(
        q_pos,
        f"probability of the chosen next token, {found[place].probability:.3f} with all words",
        "it fell without the word (negative: it rose)",
        kept,
        len(groups),
        fell,
    )


def names_of(stack: Stack, groups: list[Group]) -> list[str]:
    """What each word is called: as in the sentence; a token of no word by its own name."""
    words = labels(stack.scenario.tokens)
    found = [word_of(stack.capture.places[group[0]], stack.scenario.spans) for group in groups]
    return [
        stack.world.keys[group[0]] if word is None else words[word]
        for word, group in zip(found, groups, strict=True)
    ]


def measures(stack: Stack, question: Question, residual: float) -> dict[str, np.ndarray]:
    """What four kinds of attention say of each word: title → one number a word."""
    world, q_pos = stack.world, question.q_pos
    rows = {
        "last layer": stack.last_layer[q_pos],
        f"layer {stack.choice.layer}, head {world.head}": world.head_weights[q_pos],
    }
    if world.trace is not None:
        own = world.head_weights[None, [q_pos]]
        rows["weight × |v|"] = handed_over(own, world.trace.v[None])[0, 0]
    rows["rollout"] = stack.rolled(q_pos, residual).growth[-1]
    return {title: word_sums(row, question.groups) for title, row in rows.items()}
