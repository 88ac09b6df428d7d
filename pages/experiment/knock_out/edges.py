"""Edges cut, each from a query to a key, or all that lead to one token. The page calls an edge a look."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.controls import other_edges, other_tokens
from attention_core.experiments.knock_out import EdgesCut, TokenOut
from pages.contents import tool
from pages.experiment.knock_out.effect import (
    EFFECTS,
    IS_THAT_MUCH,
    Yardstick,
    against_others,
    changed_run,
    headline,
    result,
    weights_panel,
    yardstick_of,
)
from pages.experiment.knock_out.state import (
    INSTEAD_OF_LOOK,
    OUT,
    WHERE,
    Pair,
    all_heads,
    back_buttons,
    looks_out,
    toggled,
    word_out,
)
from pages.ui.reader.real import Subject
from pages.ui.widgets.breakdown import Column, bars_of, breakdown
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.takeaway import Numbers, table_twin
from pages.ui.widgets.wording import number

INSTEAD = {"blocked": "blocked", "zero": "weight 0", "uniform": "an even weight"}
WHAT_IS_DONE = {
    "blocked": "The score becomes −∞, as if the mask forbade the look. Softmax shares the weight out to the row’s other keys, so the row still sums to 1.",
    "zero": "The weight becomes 0 after softmax and nobody gets it: the row is short by exactly that weight.",
    "uniform": "The weight becomes what a uniform head would give, after softmax: the row no longer sums to 1.",
}
NOTHING_CUT = "**Nothing is cut.** Click a cell."
IN_HEADS = {"head": "the chosen head", "layer": "its layer", "all": "all heads"}
LAST_TOKEN = (
    "No token comes after the last one, so nobody could look at it: nothing is cut. What the model predicts "
    "from here is read off this very token."
)


def edges_part(subject: Subject) -> None:
    """The heatmaps are where looks are chosen, so they come first."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_look", "Replaced by", INSTEAD_OF_LOOK, INSTEAD.__getitem__)
        where = OUT.choose("where", "In", WHERE, IN_HEADS.__getitem__)
        yardstick = yardstick_of(subject)
    st.markdown(WHAT_IS_DONE[instead])
    change = EdgesCut(looks_out(subject), _heads(subject, where), instead)
    changed = changed_run(subject, change)
    weights_panel(
        subject,
        changed,
        "Click a cell to cut that look, or to put it back.",
        blocked=change.edges if instead == "blocked" else (),
        pick=lambda q_pos, k_pos: _pick(subject, q_pos, k_pos),
    )
    own = yardstick.of(changed.outcome)
    left, right = st.columns(2, gap="large")
    with left:
        _cut(subject, change, changed)
        if change.edges:
            _against_other_edges(yardstick, own, change)
    with right:
        headline(yardstick, own)
        result(yardstick, changed.outcome)


def _heads(subject: Subject, where: str) -> tuple[Pair, ...] | None:
    layer, head = subject.choice.layer, subject.choice.head
    if where == "layer":
        return tuple(each for each in all_heads(subject) if each[0] == layer)
    return ((layer, head),) if where == "head" else None


def _pick(subject: Subject, q_pos: int, k_pos: int | None) -> None:
    """A label chooses who asks; a cell is cut or put back, unless the mask forbids it anyway."""
    world, looks = subject.world, looks_out(subject)
    is_blocked = world.blocked is not None and k_pos is not None and world.blocked[q_pos, k_pos]
    if k_pos is not None and not is_blocked:
        OUT.change(looks=toggled(looks, (q_pos, k_pos)))
    world.pick_cell(q_pos, k_pos)


def _cut(subject: Subject, change: EdgesCut, changed: ChangedRun) -> None:
    """The list of the looks that are cut, with what became of their weights and rows."""
    world, looks = subject.world, list(change.edges)
    with st.container(horizontal=True, vertical_alignment="center"):
        told = "**Cut.** Click a row to put it back." if looks else NOTHING_CUT
        st.markdown(told, width="content")
        back_buttons("looks", "the chosen cell", change.edges, (world.q_pos, world.k_pos))
    if not looks:
        return
    names = [_name(subject, (look,)) for look in looks]
    frame = pd.DataFrame(
        {
            "control": np.array([world.head_weights[look] for look in looks]),
            "changed": np.array([changed.weights[look] for look in looks]),
            "row sum": np.array([changed.weights[q_pos].sum() for q_pos, _ in looks]),
        },
        index=names,
    )
    texts = {name: [number(value) for value in frame[name]] for name in frame}
    breakdown(
        [
            Column("control", texts["control"], "weights", frame["control"].tolist()),
            Column("changed", texts["changed"], "weights", frame["changed"].tolist()),
            Column("row sum", texts["row sum"], help="Of the changed row"),
        ],
        key="knock_out_cut",
        row_labels=names,
        row_title="look",
        label=f"{len(looks)} looks are cut in {IN_HEADS[OUT.current().where]}: {names[0]}, weight "
        f"{texts['control'][0]} in the control, {texts['changed'][0]} now",
        on_pick=lambda row: OUT.change(looks=toggled(looks_out(subject), looks[row])),
        numbers=Numbers("Looks that are cut", lambda: frame),
    )


def _against_other_edges(yardstick: Yardstick, own: float, change: EdgesCut) -> None:
    subject, edges = yardstick.subject, change.edges
    st.markdown(IS_THAT_MUCH)
    others = other_edges(change, len(subject.world.keys), subject.world.blocked)
    against_others(
        yardstick,
        own,
        others,
        [_name(subject, each.edges) for each in others.changes if isinstance(each, EdgesCut)],
        ours=_name(subject, edges) if len(edges) == 1 else f"these {len(edges)} looks",
    )


def _name(subject: Subject, edges: tuple[Pair, ...]) -> str:
    world = subject.world
    return ", ".join(f"{world.queries[q_pos]} → {world.keys[k_pos]}" for q_pos, k_pos in edges)


def word_part(subject: Subject) -> None:
    """A token that no other can look at, in any layer; it is chosen in the sentence, lit by what each token does to the result."""
    with st.container(horizontal=True, gap="medium"):
        instead = OUT.choose("of_look", "Every look at it is", INSTEAD_OF_LOOK, INSTEAD.__getitem__)
        yardstick = yardstick_of(subject)
    word, names = word_out(subject), subject.world.keys
    n = len(names)
    change = TokenOut(word, n, instead)
    changed = changed_run(subject, change, without="it")
    own = yardstick.of(changed.outcome)
    sentence = st.container()
    left, right = st.columns(2, gap="large")
    others = other_tokens(change)
    tokens = [each.token for each in others.changes if isinstance(each, TokenOut)]
    with left:
        headline(yardstick, own)
        st.markdown(IS_THAT_MUCH)
        values = against_others(
            yardstick, own, others, [names[i] for i in tokens], ours=names[word]
        )
        _what_it_is(subject, word)
    with right:
        result(yardstick, changed.outcome)
    with sentence:
        known = {} if values is None else dict(zip(tokens, values.tolist(), strict=True))
        _sentence(yardstick, word, known | {word: own})
    weights_panel(
        subject,
        changed,
        "The column of the token that is out is empty, but for its own row.",
        blocked=[(q_pos, word) for q_pos in range(n) if q_pos != word and instead == "blocked"],
    )


def _sentence(yardstick: Yardstick, word: int, effects: dict[int, float]) -> None:
    st.markdown(
        f"**Click a token to knock it out.** Light and number: {EFFECTS[yardstick.kind]}, with that token out."
    )
    subject = yardstick.subject
    names, tokens = subject.world.keys, subject.capture.tokens
    lights = bars_of([effects.get(i, 0.0) for i in range(len(tokens))])
    notes = [yardstick.shown(effects[i]) if i in effects else "" for i in range(len(tokens))]
    spotlight(
        [
            Lit(token.text, light, note, faint=token.is_special)
            for token, light, note in zip(tokens, lights, notes, strict=True)
        ],
        key="knock_out_sentence",
        label=f"The sentence, each token with the effect of knocking it out. Out is {names[word]}: {notes[word]}",
        selected=word,
        large=False,
        on_pick=lambda i: OUT.change(word=i),
    )
    measured = sorted(effects)
    table_twin(
        "Effect of each token",
        lambda: pd.DataFrame(
            {"effect": [effects[i] for i in measured]}, index=[names[i] for i in measured]
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
