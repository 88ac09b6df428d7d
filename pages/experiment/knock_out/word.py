"""A token knocked out: it stays where it is, but no other token can look at it, in any layer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.experiments.controls import other_tokens
from attention_core.experiments.knock_out import TokenOut
from pages.contents import tool
from pages.experiment.knock_out import runs
from pages.experiment.knock_out.controls import against_others, is_that_much
from pages.experiment.knock_out.edges import INSTEAD
from pages.experiment.knock_out.effect import (
    EFFECTS,
    Yardstick,
    headline,
    result,
    weights_panel,
    yardstick_of,
)
from pages.experiment.knock_out.state import INSTEAD_OF_LOOK, OUT, word_out
from pages.ui.reader.real import Subject
from pages.ui.server.waiting import waiting
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.takeaway import table_twin

LAST_TOKEN = (
    "No token comes after the last one, so nobody could look at it: nothing is cut. What the model predicts "
    "from here is read off this very token."
)


def word_part(subject: Subject) -> None:
    """The sentence to choose in, lit by what each of its tokens does to the result."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_look", "Every look at it is", INSTEAD_OF_LOOK, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    word, choice, names = word_out(subject), subject.choice, subject.world.keys
    n = len(names)
    change = TokenOut(word, n, instead)
    with waiting("The model runs without it …"):
        changed = runs.changed(
            subject.model_id, subject.sentence, change, choice.layer, choice.head
        )
    own = yardstick.of(changed.outcome)
    sentence = st.container()
    left, right = st.columns(2, gap="large")
    others = other_tokens(change)
    tokens = [each.token for each in others.changes if isinstance(each, TokenOut)]
    with left:
        headline(yardstick, own)
        is_that_much()
        values = against_others(
            yardstick, own, others, [names[i] for i in tokens], ours=names[word]
        )
        _what_it_is(subject, word)
    with right:
        result(yardstick, changed.outcome)
    with sentence:
        known = {} if values is None else dict(zip(tokens, values.tolist(), strict=True))
        _sentence(subject, yardstick, word, known | {word: own})
    weights_panel(
        subject,
        changed,
        "The column of the token that is out is empty, but for its own row.",
        blocked=[(q_pos, word) for q_pos in range(n) if q_pos != word and instead == "blocked"],
    )


def _sentence(subject: Subject, yardstick: Yardstick, word: int, effects: dict[int, float]) -> None:
    st.markdown(
        f"**Click a token to knock it out.** Light and number: {EFFECTS[yardstick.kind]}, with that token out."
    )
    names = subject.world.keys
    largest = max((abs(effect) for effect in effects.values()), default=0.0) or 1.0
    spotlight(
        [
            Lit(
                token.text,
                float(np.nan_to_num(abs(effects.get(i, 0.0)) / largest)),
                yardstick.shown(effects[i]) if i in effects else "",
                faint=token.is_special,
            )
            for i, token in enumerate(subject.capture.tokens)
        ],
        key="knock_out_sentence",
        label=f"The sentence, each token with the effect of knocking it out. Out is {names[word]}: "
        f"{yardstick.shown(effects[word])}",
        selected=word,
        large=False,
        on_pick=lambda i: OUT.change(word=i),
    )
    table_twin(
        "Effect of each token",
        lambda: pd.DataFrame(
            {"effect": [effects[i] for i in sorted(effects)]},
            index=[names[i] for i in sorted(effects)],
        ),
        key="knock_out_sentence_twin",
    )


def _what_it_is(subject: Subject, word: int) -> None:
    """What is left of the token, and how that differs from a text without it."""
    is_last = word == len(subject.world.keys) - 1
    is_causal = subject.capture.layers[subject.layers[0]].kind == "decoder"
    if is_causal and is_last:
        st.markdown(LAST_TOKEN)
    st.markdown(
        "The token still stands there: it keeps its place and its own vector, looks at the others, and at itself. "
        "**Leaving the word out of the text** is another question: then the later words move up, and the "
        "sentence reads differently. That is asked under:"
    )
    st.page_link(tool("beyond-one-layer").file, label="Beyond one layer", icon=":material/layers:")
