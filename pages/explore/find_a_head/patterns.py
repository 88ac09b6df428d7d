"""Which head follows a pattern? Six that any sentence shows, coreference over built-in sentences, induction."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.analysis.head_search import best_first
from pages.explore.find_a_head import runs
from pages.explore.find_a_head.chance import against_chance
from pages.explore.find_a_head.coreference import coreference_panel
from pages.explore.find_a_head.induction import induction_panel
from pages.explore.find_a_head.ranking import head_name, ranking
from pages.explore.find_a_head.untrained import against_untrained, read_by
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import formula, one_of, toy_of_sentence

PATTERNS = {  # on screen → (in `patterns.targets`, where a query i has to look, how a winner is told)
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
        with models.told(choice.model_id, "find_a_head_pattern_model"):
            (coreference_panel if name == COREFERENCE else induction_panel)(choice)


def _in_sentence(name: str, choice: Choice) -> None:
    short, target, told = PATTERNS[name]
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
            "A causal model cannot look ahead, so none of its heads can do this."
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
        f"**{head_name(found.places, best).capitalize()}** wins: it gives {told} "
        f"**{found.scores[best]:.3f}** of its weight."
    )
    against_chance(found, best)
    sentence = toy.current.sentence
    against_untrained(
        choice.model_id,
        ("pattern", short, sentence),
        lambda fresh: runs.pattern_scores(read_by(fresh, sentence), short),
        found.scores,
    )
    ranking(
        found.places,
        found.scores,
        {"× even": [f"{ratio:.1f}" for ratio in found.scores / found.even]},
        name=f"Share of the weight on {told}",
        key="find_a_head_pattern",
    )
