"""Lesson 5: why W_Q and W_K are two. With one matrix for both, every pair would have one score in both directions."""

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.diagonal import asymmetry
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.controls import Choice
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import World, real_world
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import qkv_panel
from pages.ui.widgets.parts import formula
from pages.ui.widgets.wording import number, sub

BOTH_WAYS = "what one word scores for another is not what it gets back."
ONE_WORD = "A single word has nobody to ask: type one more."
ANSWERS = ("the same in both directions", "the first is larger", "the second is larger")


def symmetry(scenario: Scenario, world: World) -> None:
    """Guess one pair, then see all pairs, with two matrices and with one for both."""
    partner = _partner(world)
    if partner is None:
        st.markdown(ONE_WORD)
        return
    one_way, back = _both_ways(_scores(scenario, world.head), world.q_pos, partner)
    st.text(_pair(world, partner))
    answered = predict(
        "One word's query meets the other's key, and the other way round. Are the two scores equal?",
        ANSWERS,
        0 if np.isclose(one_way, back) else 1 if one_way > back else 2,
        lambda: f"The first score is **{number(one_way)}**, the second **{number(back)}**.",
        key="qkv",
        about=(scenario.sentence, world.head, world.q_pos, partner, one_way, back),
    )
    if answered:
        _all_pairs(scenario, world, partner)


def _all_pairs(scenario: Scenario, world: World, partner: int) -> None:
    same = st.toggle("Use W_Q for the keys as well", key="qkv_same", persist_state="session")
    shown = _scores(replace(scenario, W_K=scenario.W_Q) if same else scenario, world.head)
    one_way, back = _both_ways(shown, world.q_pos, partner)
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        Figure(
            "Scores",
            shown,
            rows=world.queries,
            columns=world.keys,
            role="diverging",
            row=world.q_pos,
            cell=(world.q_pos, partner),
            summary=f"{_pair(world, partner)}: {number(one_way)} and {number(back)}.",
        ).draw("qkv_scores")
    with words:
        st.text(_pair(world, partner))
        a, b = sub(world.q_pos), sub(partner)
        formula(
            f":blue[q{a}] · :orange[k{b}] = **{number(one_way)}**  \n"
            f":blue[q{b}] · :orange[k{a}] = **{number(back)}**",
            key="qkv_pair",
        )
        st.markdown(
            f"The largest difference between any two directions is **{number(asymmetry(shown))}**. "
            + (
                "One matrix for both: asking and offering are the same, and the picture is its own "
                "mirror image along the diagonal."
                if same
                else "With two matrices a word can look for something else than it offers. "
                "Switch to one matrix and compare."
            )
        )
        st.markdown(
            "The :violet[weights] would differ even then: each row shares out a whole of its own."
        )


def real_parts(choice: Choice, scenario: Scenario) -> None:
    """The same three parts, as the model learned them."""
    if read_or_wait(choice.model_id, scenario.sentence, key="qkv") is None:
        return
    world = real_world(scenario, choice)
    st.text(world.title)
    qkv_panel(world)
    if world.trace is None or world.queries != world.keys:
        return  # only weights, or a layer whose queries and keys are two texts
    scores = world.trace.scores
    st.markdown(
        f"The scores of this head reach **{number(float(np.abs(scores).max()))}**. The largest "
        "difference between one pair's two directions is "
        f"**{number(asymmetry(scores))}**: {BOTH_WAYS}"
    )


def _scores(scenario: Scenario, head: int) -> np.ndarray:
    return run(scenario).heads.scores[head]


def _partner(world: World) -> int | None:
    """The other word that the query attends to most."""
    others = [k for k in np.argsort(-world.row, kind="stable").tolist() if k != world.q_pos]
    return others[0] if others else None


def _both_ways(scores: np.ndarray, a: int, b: int) -> tuple[float, float]:
    return float(scores[a, b]), float(scores[b, a])


def _pair(world: World, partner: int) -> str:
    a, b = world.queries[world.q_pos], world.queries[partner]
    return f"{a} → {b}   and   {b} → {a}"
