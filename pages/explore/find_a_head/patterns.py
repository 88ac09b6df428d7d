"""Which head follows a pattern? Six that any sentence shows, coreference over built-in sentences, induction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.coreference_sentences import KINDS, SENTENCES
from attention_core.analysis.head_patterns import Coreference, FlipTest, coreference, flip_test
from attention_core.analysis.head_search import best_first
from attention_core.experiments.find_a_head import (
    N_SEQUENCES,
    Pronoun,
    mean_induction,
    pattern_scores,
)
from attention_core.experiments.reading import Places
from pages.explore.find_a_head import runs
from pages.explore.find_a_head.ranking import RARE, against_chance, head_name, ranking, short
from pages.explore.find_a_head.untrained import against_untrained, captured_by
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import formula, notice_this, one_by_one, one_of, toy_of_sentence


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
    test = flip_test(
        np.stack([each.noun - each.rival for each in read]),
        [SENTENCES[i].contrast for i in numbers],
    )
    _winner(first.places, found, test)
    ranking(
        first.places,
        found.score,
        {
            "noun": found.noun,
            "other": found.rival,
            "right": [f"{wins}/{found.n_sentences}" for wins in found.wins],
            "both": [f"{both}/{found.n_sentences // 2}" for both in found.both],
            "p": [_p(value) for value in test.p],
        },
        name="Coreference score",
        key="find_a_head_coreference",
        role="diverging",
    )
    head = _shown_head(first.places, choice, found)
    _by_kind(numbers, read, first.places, head)
    _each_sentence(numbers, read, first.places, head)


def _winner(places: Places, found: Coreference, test: FlipTest) -> None:
    """The best head, and how often chance would bring one as good."""
    n, n_heads, best = found.n_sentences, len(places), int(best_first(found.score)[0])
    st.markdown(
        f"**{head_name(places, best).capitalize()}** has the best score, **{found.score[best]:.3f}**: the pronoun "
        f"gives its noun {found.noun[best]:.3f}, the other noun {found.rival[best]:.3f}. Its noun gets "
        f"more in **{found.wins[best]} of {n}** sentences, and in both sentences of a pair in "
        f"**{found.both[best]} of {n // 2}** pairs."
    )
    tried = f"all {test.n_patterns:,}" if test.exact else f"{test.n_patterns:,} random"
    notice_this(
        f"A head that ignores the reference would score 0 on average. The best of {n_heads} heads reaches "
        f"{found.score[best]:.3f} or more by chance with **p = {_p(test.p[best])}**. For that, the two sentences of a "
        f"pair change places at random, in {tried} ways, and the best of all heads is taken each time. Pairs with the "
        f"same change of words change places together: there are {test.n_contrasts} different contrasts, so p "
        f"cannot be smaller than {_p(test.least)}. {int((test.p < RARE).sum())} of {n_heads} heads stay below {RARE}."
    )


def _about_sentences(numbers: list[int], is_causal: bool) -> None:
    left_out = len(SENTENCES) - len(numbers)
    st.markdown(
        f"{len(numbers)} built-in sentences, in pairs. One changed word makes the pronoun refer to the other noun. "
        "So a head that always prefers the first noun, or the nearer one, is right in half of them."
        + (
            f" This model reads from left to right: {left_out} sentences are left out in which the "
            "noun, or the word that decides, comes after the pronoun."
            if is_causal
            else ""
        )
    )


def _shown_head(places: Places, choice: Choice, found: Coreference) -> int:
    """The chosen head or, where it is not measured, the best one."""
    ours = places.index(choice.layer, choice.head)
    return int(best_first(found.score)[0]) if ours is None else ours


def _by_kind(numbers: list[int], read: list[Pronoun], places: Places, head: int) -> None:
    """The same score for each kind of sentence: a head may only match gender, for one."""
    rows = []
    for kind in KINDS:
        here = [each for i, each in zip(numbers, read, strict=True) if SENTENCES[i].kind == kind]
        if here:
            noun, rival = (np.array([each[head] for each in all_of]) for all_of in (
                [each.noun for each in here], [each.rival for each in here]
            ))  # fmt: skip
            rows.append((kind, float((noun - rival).mean()), int((noun > rival).sum()), len(here)))
    breakdown(
        [
            Column("score", [short(score) for _, score, _, _ in rows]),
            Column("right", [f"{right}/{n}" for _, _, right, n in rows]),
        ],
        key="find_a_head_kinds",
        row_labels=[kind for kind, _, _, _ in rows],
        row_title="decided by",
        label=f"Coreference by kind of sentence, in {head_name(places, head)}",
    )
    st.markdown(f"By what decides the reference, in **{head_name(places, head)}**.")


def _each_sentence(numbers: list[int], read: list[Pronoun], places: Places, head: int) -> None:
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
                        "refers to": SENTENCES[i].noun,
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


def induction_panel(choice: Choice) -> None:
    """All heads by their induction score, beside the same without a repetition. The model must be loaded."""
    formula(
        "A B C … A :blue[**?**]: score of a head = mean :violet[**weight**] from a "
        ":blue[word's second place] to :orange[what followed its first]",
        key="find_a_head_pattern",
    )
    seed = st.number_input(
        "Seed: which random words", 0, 999, 0, key="find_a_head_seed", persist_state="session",
        width=220,
    )  # fmt: skip
    with waiting("The model reads random words …"):
        found = runs.induction(choice.model_id, int(seed))
    st.markdown(
        f"{found.n_words} random words of the model's vocabulary, then the same {found.n_words} again; mean over "
        f"{N_SEQUENCES} such sequences (Olsson et al. 2022). A head that scores high has found where it "
        "has seen this word before and looks at what came next: in a causal model, a way to copy. "
        "*Control*: the same places in a sequence that repeats nothing."
    )
    best = int(best_first(found.scores)[0])
    assert found.control is not None
    st.markdown(
        f"**{head_name(found.places, best).capitalize()}** wins with **{found.scores[best]:.3f}**; without a repetition the "
        f"same places get {found.control[best]:.3f}."
    )
    against_chance(found, best)
    against_untrained(
        choice.model_id,
        ("induction", int(seed)),
        lambda fresh: mean_induction(fresh, int(seed)),
        found.scores,
    )
    ranking(
        found.places,
        found.scores,
        {
            "control": found.control,
            "× even": [f"{ratio:.1f}" for ratio in found.scores / found.even],
        },
        name="Induction score",
        key="find_a_head_induction",
    )


PATTERNS = {  # on screen → (in `patterns.targets`, where a query i has to look, what a winner looks at)
    "previous token": ("previous", "i − 1", "the token before"),
    "next token": ("next", "i + 1", "the token after"),
    "itself": ("itself", "i", "itself"),
    "same word": (
        "same word",
        "the other places of the same text, in upper or lower case",
        "the same text elsewhere",
    ),
    "first token": ("first", "the first token", "the first token"),
    "last token": ("last", "the last token", "the last token"),
}
NO_HEAD_LOOKS_AHEAD = "A causal model cannot look ahead, so none of its heads can do this."
COREFERENCE, INDUCTION = "coreference", "induction"


def patterns_panel(choice: Choice) -> None:
    """Choose a pattern; then all heads by its score."""
    name = one_of(
        "Pattern",
        [*PATTERNS, COREFERENCE, INDUCTION],
        key="find_a_head_pattern",
        default=COREFERENCE,
    )
    if name in PATTERNS:
        _in_sentence(name, choice)
    elif model_or_wait(choice.model_id, key="find_a_head_model") is not None:
        with models.errors_shown(choice.model_id, "find_a_head_pattern_model"):
            (coreference_panel if name == COREFERENCE else induction_panel)(choice)


def _in_sentence(name: str, choice: Choice) -> None:
    short, target, on_what = PATTERNS[name]
    formula(
        f"score of a head = mean over :blue[queries i] of its :violet[**weight**] from i to "
        f":orange[{target}]",
        key="find_a_head_pattern",
    )
    toy = toy_of_sentence()
    if toy is None:
        return
    read = read_or_wait(choice.model_id, toy.current.sentence, key="find_a_head_model")
    if read is None:
        return
    with waiting("All heads are measured …"):
        found = runs.patterns(choice.model_id, toy.current.sentence)[short]
    if np.isnan(found.scores).all():
        ahead = found.places.is_causal and short in ("next", "last")
        st.info(
            NO_HEAD_LOOKS_AHEAD
            if ahead
            else "There is no place in this sentence where a head could do this.",
            icon=":material/info:",
        )
        return
    st.markdown(
        f"Measured on your sentence, token by token ({len(read.tokens)} of them). Queries that have no such "
        "key are not counted. The first and the last token belong to *first* and *last* alone: many "
        "heads leave there what they have no use for."
    )
    best = int(best_first(found.scores)[0])
    st.markdown(
        f"**{head_name(found.places, best).capitalize()}** wins: it gives {on_what} "
        f"**{found.scores[best]:.3f}** of its weight."
    )
    against_chance(found, best)
    sentence = toy.current.sentence
    against_untrained(
        choice.model_id,
        ("pattern", short, sentence),
        lambda fresh: pattern_scores(captured_by(fresh, sentence), short),
        found.scores,
    )
    ranking(
        found.places,
        found.scores,
        {"× even": [f"{ratio:.1f}" for ratio in found.scores / found.even]},
        name=f"Share of the weight on {on_what}",
        key="find_a_head_pattern",
    )
