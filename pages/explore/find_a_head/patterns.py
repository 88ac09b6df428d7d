"""Which head follows a pattern? Six that any sentence shows, coreference over built-in sentences, induction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.coreference_sentences import KINDS, SENTENCES
from attention_core.analysis.head_patterns import Coreference, FlipTest, coreference, flip_test
from attention_core.analysis.head_search import best_first
from attention_core.experiments import find_a_head
from attention_core.experiments.find_a_head import (
    N_SEQUENCES,
    HeadScores,
    Pronoun,
    mean_induction,
    pattern_scores,
)
from attention_core.experiments.reading import Places
from pages.explore.find_a_head.ranking import (
    RARE,
    Ranking,
    against_chance,
    against_untrained,
    captured_by,
    head_name,
    short,
)
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import (
    details,
    formula,
    notice_this,
    one_by_one,
    one_of,
    toy_of_sentence,
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


@cached(max_entries=8)
def in_sentence(model_id: str, sentence: str) -> dict[str, HeadScores]:
    """Every pattern that the sentence shows. The model must be loaded, here and below."""
    return find_a_head.patterns(models.captured(model_id, sentence))


@cached(max_entries=4 * len(SENTENCES))
def pronoun(model_id: str, i: int) -> Pronoun:
    return find_a_head.pronoun(models.loaded(model_id), i)


@cached(max_entries=8)
def induction(model_id: str, seed: int) -> HeadScores:
    return find_a_head.induction(models.loaded(model_id), seed)


def coreference_panel(choice: Choice) -> None:
    """All heads by how much better they find the right noun than the other one. The model must be loaded."""
    model_id = choice.model_id
    formula(
        "score of a head = mean over sentences of its :violet[**weight**] "
        ":blue[pronoun] → :orange[its noun] − :violet[**weight**] :blue[pronoun] → :orange[the other noun]",
        key="find_a_head_pattern",
    )
    numbers = list(range(len(SENTENCES)))
    first = pronoun(model_id, 0)
    if first.places.is_causal:
        numbers = [i for i in numbers if SENTENCES[i].is_decided_before]
    read = one_by_one(numbers, lambda i: pronoun(model_id, i), "The model reads sentence")
    noun, rival = (np.stack([getattr(each, of) for each in read]) for of in ("noun", "rival"))
    found = coreference(noun, rival)
    test = flip_test(noun - rival, [SENTENCES[i].contrast for i in numbers])
    _about_sentences(numbers, first.places.is_causal)
    _winner(first.places, found, test)
    Ranking(
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
    ).draw()
    ours = first.places.index(choice.layer, choice.head)
    head = (
        int(best_first(found.score)[0]) if ours is None else ours
    )  # the best where ours is not measured
    _by_kind(numbers, read, first.places, head)
    details(
        f"Every sentence, in {head_name(first.places, head)}",
        lambda: _each_sentence(numbers, read, head),
        key="find_a_head_sentences",
        icon=":material/list:",
    )


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
    left_out = (
        f" This model reads from left to right: {len(SENTENCES) - len(numbers)} sentences are left out in which the "
        "noun, or the word that decides, comes after the pronoun."
    )
    st.markdown(
        f"{len(numbers)} built-in sentences, in pairs. One changed word makes the pronoun refer to the other noun. "
        "So a head that always prefers the first noun, or the nearer one, is right in half of them."
        + (left_out if is_causal else "")
    )


def _by_kind(numbers: list[int], read: list[Pronoun], places: Places, head: int) -> None:
    """The same score for each kind of sentence: a head may only match gender, for one."""
    more: dict[str, list[float]] = {}
    for i, each in zip(numbers, read, strict=True):
        more.setdefault(SENTENCES[i].kind, []).append(each.noun[head] - each.rival[head])
    rows = {kind: np.array(more[kind]) for kind in KINDS if kind in more}
    breakdown(
        [
            Column("score", [short(each.mean()) for each in rows.values()]),
            Column("right", [f"{(each > 0).sum()}/{len(each)}" for each in rows.values()]),
        ],
        key="find_a_head_kinds",
        row_labels=list(rows),
        row_title="decided by",
        label=f"Coreference by kind of sentence, in {head_name(places, head)}",
    )
    st.markdown(f"By what decides the reference, in **{head_name(places, head)}**.")


def _each_sentence(numbers: list[int], read: list[Pronoun], head: int) -> None:
    rows = [
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
    three_decimals = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={"→ noun": three_decimals, "→ other": three_decimals},
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
        found = induction(choice.model_id, int(seed))
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
    Ranking(
        found.places,
        found.scores,
        {
            "control": found.control,
            "× even": [f"{ratio:.1f}" for ratio in found.scores / found.even],
        },
        name="Induction score",
        key="find_a_head_induction",
    ).draw()


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


def _in_sentence(shown: str, choice: Choice) -> None:
    name, target, on_what = PATTERNS[shown]
    formula(
        f"score of a head = mean over :blue[queries i] of its :violet[**weight**] from i to "
        f":orange[{target}]",
        key="find_a_head_pattern",
    )
    toy = toy_of_sentence()
    if toy is None:
        return
    sentence = toy.current.sentence
    read = read_or_wait(choice.model_id, sentence, key="find_a_head_model")
    if read is None:
        return
    with waiting("All heads are measured …"):
        found = in_sentence(choice.model_id, sentence)[name]
    if np.isnan(found.scores).all():
        ahead = found.places.is_causal and name in ("next", "last")
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
        "heads park unused weight there."
    )
    best = int(best_first(found.scores)[0])
    st.markdown(
        f"**{head_name(found.places, best).capitalize()}** wins: it gives {on_what} "
        f"**{found.scores[best]:.3f}** of its weight."
    )
    against_chance(found, best)
    against_untrained(
        choice.model_id,
        ("pattern", name, sentence),
        lambda fresh: pattern_scores(captured_by(fresh, sentence), name),
        found.scores,
    )
    Ranking(
        found.places,
        found.scores,
        {"× even": [f"{ratio:.1f}" for ratio in found.scores / found.even]},
        name=f"Share of the weight on {on_what}",
        key="find_a_head_pattern",
    ).draw()
