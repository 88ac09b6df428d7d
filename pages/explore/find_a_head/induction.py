"""Which head looks at what came next the last time? Measured on random words, repeated."""

import streamlit as st

from attention_core.analysis.head_search import best_first
from pages.explore.find_a_head import runs
from pages.explore.find_a_head.chance import against_chance
from pages.explore.find_a_head.ranking import head_name, ranking
from pages.explore.find_a_head.untrained import against_untrained
from pages.ui.reader.controls import Choice
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import formula


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
        f"{runs.N_SEQUENCES} such sequences (Olsson et al. 2022). A head that scores high has found where it "
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
        lambda fresh: runs.mean_induction(fresh, int(seed)),
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
