"""How bad each mistake is for this model and sentence, and which rules of attention it breaks; its runs, cached for all readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.broken import NAMES, ROPE
from attention_core.analysis.invariants import INVARIANTS, RIGHT, Violations
from attention_core.experiments import changed_run, mistakes
from attention_core.experiments.changed_run import ChangedRun
from attention_core.experiments.mistakes import MOST_MEASURED, ByMistake, Moved
from attention_core.pretrained import rope as ropes
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.layers import LayerCapture
from attention_core.toy.equipped import equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it.catalogue import BY_NAME, MISTAKE, Break
from pages.experiment.break_it.cell import short, shown
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import asked_for, notice_this, noticed, one_by_one
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number, visible

MOST_AT_ONCE = 96  # tokens up to which all runs go through the model as one batch
NO_TOKEN, NOT_HERE = "none", "not in this model"
UNITS = (
    "How far the mean of all vectors, which stands for the sentence, turned: 1 minus the cosine",
    "Kullback–Leibler divergence: what it costs to expect the changed prediction where the control’s is true",
)  # of vectors, of a prediction
NOISE = 1e-5  # bits, or 1 − cos: what rounding alone moves
RULES = {
    "row_sums": "max |Σ − 1| over all rows that may see a key",
    "future": "The largest weight on a blocked key",
    "shuffle": "max |Δ context| when keys, values and mask are put in another order together",
    "shift": "max |Δ weight| when each row’s scores get a constant of their own",
}
NO_MISTAKE = "none: right"
PASSED, FAILED, NO_VALUE = "✓", "✗", "–"
UNCHANGED = "They change nothing here: {}. "
UNSEEN = "**{} mistakes break none of the four rules here** ({})"
FIRST_TOKENS = f"In the layer, the first {MOST_MEASURED} tokens were measured."
NEEDS = {name: each.needs for name, each in BY_NAME.items()}


@cached(max_entries=8)
def rope(model_id: str) -> ropes.Rope:
    """How the model turns q and k, or why this is not known."""
    return ropes.rope_of(models.loaded(model_id).engine)


def why_not(model_id: str, name: str) -> str:
    """Why a mistake can't be made in this model; "" if it can."""
    return rope(model_id).why_not if name == ROPE else ""


@cached(max_entries=32)
def broken_run(
    model_id: str, text: str, name: str, layers: tuple[int, ...], layer: int, head: int
) -> ChangedRun:
    """The run with the mistake in `layers`, and in it the weights of one head."""
    ids, attend = models.tokenized(model_id, text).ids, _attend(model_id, text, name, layers)
    return changed_run.changed_run(ids, models.loaded(model_id), attend, layer, head)


@cached(max_entries=128)
def moved_by(
    model_id: str, text: str, names: tuple[str, ...], layers: tuple[int, ...]
) -> tuple[Moved, ...]:
    """How far each of these mistakes moves the result, all in one pass."""
    ids = models.tokenized(model_id, text).ids
    attends = [_attend(model_id, text, name, layers) for name in names]
    return mistakes.moved_by(ids, models.loaded(model_id), models.control(model_id, text), attends)


@cached(max_entries=32)
def violations_in(model_id: str, text: str, layer: int) -> dict[str, Violations]:
    """The rules that the right attention and each mistake break on what a real layer was handed."""
    captured = models.captured(model_id, text).layers[layer]
    assert isinstance(captured, LayerCapture)  # the model is reached through the seam
    names = [name for name in NAMES if not why_not(model_id, name)]
    angles = rope(model_id).angles(captured.q.shape[1])
    return mistakes.violations_in_layer(captured, names, angles)


def _attend(model_id: str, text: str, name: str, layers: tuple[int, ...]) -> Attend:
    angles = rope(model_id).angles(len(models.tokenized(model_id, text).ids))
    return mistakes.with_mistake(name, layers, angles)


@dataclass(frozen=True)
class Place:
    """Where in the model the mistake is made."""

    subject: Subject
    layers: tuple[int, ...]
    title: str  # "all 6 layers", "layer 5": goes on after "in "

    @property
    def is_one(self) -> bool:
        return len(self.layers) == 1


@dataclass(frozen=True)
class Ranking:
    """What each mistake that can be made in this model does to its result."""

    place: Place
    moved: Mapping[str, Moved]
    kind: str  # "next", "mask", "nothing": what the model predicts

    @property
    def unit(self) -> str:
        return "1 − cos" if self.kind == "nothing" else "KL, bits"

    def with_unit(self, amount: float) -> str:
        return number(amount) if self.kind == "nothing" else f"{number(amount)} bits"


def measure_all(place: Place) -> Ranking | None:
    """None for a long text, until the reader asks for it."""
    text = place.subject.model_id, place.subject.sentence
    names = tuple(name for name in NAMES if not why_not(text[0], name))
    n_tokens = len(models.tokenized(*text).ids)
    moved: list[Moved] = []
    if n_tokens <= MOST_AT_ONCE:
        with waiting("All mistakes in one pass of the model …"):
            moved += moved_by(*text, names, place.layers)
    elif asked_for(
        text,
        f"Measure all {len(names)} on these {n_tokens} tokens",
        key="break_it_measure",
        icon="speed",
        help_text="A long text takes the model a while, ten times over.",
    ):
        moved += one_by_one(
            names, lambda name: moved_by(*text, (name,), place.layers)[0], "Mistake"
        )
    else:
        return None
    return Ranking(place, dict(zip(names, moved, strict=True)), models.predicts(*text))


def ranking(ranked: Ranking, broken: Break) -> None:
    """The table, and what the model survives."""
    left, right = st.columns([4, 3], gap="large")
    with left:
        _ranking_table(ranked, broken)
    with right:
        _survived(ranked)


def _ranking_table(ranked: Ranking, broken: Break) -> None:
    names = mistakes.worst_first(ranked.moved)
    moved = [ranked.moved.get(name) for name in names]
    amounts = [each.amount if each else None for each in moved]
    most = max([NOISE, *(a for a in amounts if a is not None and np.isfinite(a))])
    bars = [0.0 if a is None else a / most if np.isfinite(a) else 1.0 for a in amounts]
    texts = [NOT_HERE if amount is None else shown(amount) for amount in amounts]
    model_id = ranked.place.subject.model_id
    likeliest = [
        visible(models.token_text(model_id, each.likeliest))
        if each and each.likeliest is not None
        else NO_TOKEN
        for each in moved
    ]
    columns = [Column(ranked.unit, texts, "output", bars, UNITS[ranked.kind != "nothing"])]
    if ranked.kind != "nothing":
        columns.append(Column("likeliest token", likeliest, help="With the mistake"))
    breakdown(
        columns,
        key="break_it_ranking",
        row_labels=[BY_NAME[name].short for name in names],
        row_title="mistake",
        selected=names.index(broken.name),
        label=f"How far each of {len(ranked.moved)} mistakes in {ranked.place.title} moves the result, worst "
        f"first: {BY_NAME[names[0]].short} {texts[0]}",
        on_pick=lambda row: MISTAKE.change(which=names[row]),
        numbers=Numbers(
            "How bad each mistake is",
            lambda: pd.DataFrame(
                {ranked.unit: amounts, "likeliest token": likeliest},
                index=[BY_NAME[name].title for name in names],
            ),
        ),
    )


def _survived(ranked: Ranking) -> None:
    """What is left as it was: the likeliest token, where one is predicted; all, where nothing changes."""
    subject = ranked.place.subject
    unchanged = [BY_NAME[name].short for name, each in ranked.moved.items() if each.amount <= NOISE]
    nothing = UNCHANGED.format(", ".join(unchanged)) if unchanged else ""
    st.markdown("Worst first, the control would have 0. " + nothing + "A click chooses a mistake.")
    logits = models.control(subject.model_id, subject.sentence).logits
    if logits is None:
        return
    token = int(logits.argmax())
    kept = sum(each.likeliest == token for each in ranked.moved.values())
    st.text(f"The control’s likeliest token: {visible(models.token_text(subject.model_id, token))}")
    notice_this(
        f"With **{kept} of {len(ranked.moved)}** mistakes, made in {ranked.place.title}, it is still the "
        "likeliest. "
        + (
            "One layer of many can be wrong unnoticed: what the others do carries the sentence past it."
            if ranked.place.is_one and kept > len(ranked.moved) // 2
            else "A model with a wrong attention need not fall silent: it goes on to say something."
        )
    )


def rules(
    scenario: Scenario, subject: Subject | None, broken: Break, ranked: Ranking | None
) -> None:
    st.markdown(
        "Four rules hold for every attention, whatever its numbers. **Row sums**: each row of weights sums "
        "to 1. **Future**: a blocked key gets 0 (– where none is blocked). **Shuffle**: keys and values in another order, mask "
        "and all, give the same context. **Shift**: a constant added to all scores of a row changes no weight. "
        "Each number is the largest violation found; a click on a row chooses that mistake."
    )
    tables = {"The toy, in float64": mistakes.violations_in_toy(scenario, NEEDS)}
    if subject is not None:
        layer = subject.choice.layer
        found = violations_in(subject.model_id, subject.sentence, layer)
        tables[f"Layer {layer}, all its heads, in float32"] = found
    with together("break_it_rules") as places:
        for i, (title, of_mistake) in enumerate(tables.items()):
            with places.column():
                _rules_table(title, of_mistake, broken, key=f"break_it_rules_{i}")
        if subject is None:
            with places.column():
                pass  # its place stays free
    said = _how([*tables.values()], scenario, subject)
    passing = _what_passes([*tables.values()][-1], ranked)
    st.markdown(f"{said}\n\n{noticed(passing)}" if passing else said)


def _rules_table(title: str, of_mistake: ByMistake, broken: Break, *, key: str) -> None:
    names = [name for name in (RIGHT, *NAMES) if name in of_mistake]
    measured = [of_mistake[name] for name in names]
    failed = {rule: [each.broken()[rule] for each in measured] for rule in INVARIANTS}
    titles = {rule: rule.replace("_", " ") for rule in INVARIANTS}
    breakdown(
        [
            Column(
                titles[rule],
                [_cell(each, rule) for each in measured],
                help=RULES[rule],
                strong=failed[rule],
            )
            for rule in INVARIANTS
        ],
        key=key,
        row_labels=[_short(name) for name in names],
        row_title="mistake",
        selected=names.index(broken.name) if broken.name in names else None,
        label=f"Violations of four rules by {len(names) - 1} mistakes and by the right attention. "
        f"{title}: {sum(map(sum, failed.values()))} broken",
        heading=title,
        on_pick=lambda row: MISTAKE.change(which=names[row]) if names[row] != RIGHT else None,
        numbers=Numbers(
            f"Violations. {title}",
            lambda: pd.DataFrame(
                {titles[rule]: [getattr(each, rule) for each in measured] for rule in INVARIANTS}
                | {"mean row sum": [each.mean_row_sum for each in measured]},
                index=[_short(name) for name in names],
            ),
        ),
    )


def _short(name: str) -> str:
    return NO_MISTAKE if name == RIGHT else BY_NAME[name].short


def _cell(measured: Violations, rule: str) -> str:
    value = getattr(measured, rule)
    if value is None:
        return NO_VALUE
    return f"{FAILED if measured.broken()[rule] else PASSED} {short(value)}"


def _how(tables: list[ByMistake], scenario: Scenario, subject: Subject | None) -> str:
    of_right = zip(("float64", "float32"), tables, strict=False)
    limits = [f"{short(table[RIGHT].tolerance)} in {kind}" for kind, table in of_right]
    axis = tables[0]["wrong-axis"]
    assert axis.row_sums is not None  # the toy has no sink
    said = [
        f"{FAILED} marks a violation above {' and '.join(limits)}, which rounding alone does not reach: a float32 keeps about "
        "seven digits, so a score of 100 is stored to a few millionths, and weights can agree no better than that.",
        f"A careless test looks at the mean of the row sums: for *softmax over queries* in the toy it is "
        f"**{axis.mean_row_sum:.3f}**, although a row is off by {short(axis.row_sums)}.",
    ]
    if any(equipped(scenario, each.needs).added for each in BY_NAME.values()):
        said.append("Where the toy lacked what a mistake needs, it has it here, as above.")
    if subject is not None and len(subject.capture.tokens) > MOST_MEASURED:
        said.append(FIRST_TOKENS)
    return "  \n".join(said)


def _what_passes(table: ByMistake, ranked: Ranking | None) -> str:
    """Mistakes that no rule sees, and what they do to the model all the same."""
    moved = ranked.moved if ranked is not None else {}
    passing = [name for name in NAMES if name in table and not any(table[name].broken().values())]
    harm = {name: moved[name].amount for name in passing if name in moved}
    harmful = [name for name, amount in harm.items() if not amount <= NOISE]
    if ranked is None or not harmful:
        return ""
    least, most = (pick(harm[name] for name in harmful) for pick in (min, max))
    return (
        UNSEEN.format(len(harmful), ", ".join(BY_NAME[name].short for name in harmful))
        + f", and still move the model’s result by "
        f"{ranked.with_unit(least)} to {ranked.with_unit(most)}. Such tests are worth having, and not enough: "
        "only the comparison with a right attention, number by number, finds these."
    )
