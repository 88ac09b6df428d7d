"""Which head finds the noun that a pronoun means? Measured on built-in sentences, held against coins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.head_patterns import (
    Coreference,
    at_least,
    best_of_coins,
    coreference,
    corrected,
)
from attention_core.analysis.head_search import best_first
from pages.ui.controls import Choice
from pages.ui.explore.find_a_head import runs
from pages.ui.explore.find_a_head.chance import RARE
from pages.ui.explore.find_a_head.ranking import head_name, ranking
from pages.ui.parts import formula, notice_this, one_by_one


def coreference_panel(choice: Choice) -> None:
    """All heads by how much better they find the right noun than the other one. The model must be loaded."""
    model_id = choice.model_id
    formula(
        "score of a head = mean over sentences of its :violet[**weight**] "
        ":blue[pronoun] → :orange[its noun] − :violet[**weight**] :blue[pronoun] → :orange[the other noun]",
        key="find_a_head_pattern",
    )
    numbers = list(range(len(SENTENCES)))
    first = runs.pronoun(model_id, 0)
    if first.places.is_causal:
        numbers = [i for i in numbers if SENTENCES[i].is_decided_before]
    read = one_by_one(numbers, lambda i: runs.pronoun(model_id, i), "The model reads sentence")
    found = coreference(np.stack([p.noun for p in read]), np.stack([p.rival for p in read]))
    _about_sentences(numbers, first.places.is_causal)
    n, n_heads = found.n_sentences, len(first.places)
    best, surest = int(best_first(found.score)[0]), int(found.wins.argmax())
    p = np.array([corrected(at_least(int(wins), n), n_heads) for wins in found.wins])
    st.markdown(
        f"**{head_name(first.places, best).capitalize()}** has the best score, **{found.score[best]:.3f}**: the pronoun "
        f"gives its noun {found.noun[best]:.3f}, the other noun {found.rival[best]:.3f}. Its noun gets "
        f"more in **{found.wins[best]} of {n}** sentences."
    )
    notice_this(
        f"By chance: a score of 0, and half of the sentences. But {n_heads} heads were tried: if each tossed "
        f"a coin, the best would be right in about {best_of_coins(n, n_heads):.1f} of {n}. "
        f"{head_name(first.places, surest).capitalize()} is right most often, in {found.wins[surest]}: "
        f"p = {_p(at_least(int(found.wins[surest]), n))} for one head (exact binomial, one-sided), "
        f"× {n_heads} heads tried (Bonferroni) = {_p(p[surest])}. "
        + ("" if surest == best else f"For the best score it is {_p(p[best])}. ")
        + f"{int((p < RARE).sum())} of {n_heads} heads stay below {RARE}."
    )
    ranking(
        first.places,
        found.score,
        {
            "noun": found.noun,
            "other": found.rival,
            "right": [f"{wins}/{n}" for wins in found.wins],
            "p × heads": [_p(value) for value in p],
        },
        name="Coreference score",
        key="find_a_head_coreference",
        role="diverging",
    )
    _each_sentence(numbers, read, choice, found)


def _about_sentences(numbers: list[int], is_causal: bool) -> None:
    firsts = sum(SENTENCES[i].noun_is_first for i in numbers)
    left_out = len(SENTENCES) - len(numbers)
    st.markdown(
        f"{len(numbers)} built-in sentences, in pairs: with the same words around it the pronoun means once the "
        f"one noun, once the other (the first of the two in {firsts}). So a head that always prefers "
        "the first, or the nearer, is right in half of them."
        + (
            f" This model reads from left to right: {left_out} sentences are left out in which the "
            "noun, or the word that decides, comes after the pronoun."
            if is_causal
            else ""
        )
    )


def _each_sentence(
    numbers: list[int], read: list[runs.Pronoun], choice: Choice, found: Coreference
) -> None:
    places = read[0].places
    ours = places.index(choice.layer, choice.head)
    head = int(best_first(found.score)[0]) if ours is None else ours
    with st.expander(
        f"Every sentence, in {head_name(places, head)}",
        icon=":material/list:",
        on_change="rerun",
        key="find_a_head_sentences",
    ) as shown:
        if not shown.open:
            return
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "sentence": SENTENCES[i].text,
                        "pronoun": SENTENCES[i].pronoun,
                        "means": SENTENCES[i].noun,
                        "→ noun": each.noun[head],
                        "not": SENTENCES[i].rival,
                        "→ other": each.rival[head],
                        "right": bool(each.noun[head] > each.rival[head]),
                    }
                    for i, each in zip(numbers, read, strict=True)
                ]
            ),
            hide_index=True,
            column_config={
                "→ noun": st.column_config.NumberColumn(format="%.3f"),
                "→ other": st.column_config.NumberColumn(format="%.3f"),
            },
            alt="The weight of each pronoun on either noun, in the chosen head",
        )


def _p(value: float) -> str:
    return f"{value:.2g}"
