"""How bad each mistake is for this model and sentence, and which rules of attention it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.broken import NAMES
from attention_core.analysis.invariants import INVARIANTS, RIGHT, Violations
from attention_core.experiments.mistakes import (
    MOST_MEASURED,
    ByMistake,
    Moved,
    violations_in_toy,
    worst_first,
)
from attention_core.toy.equipped import equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it import runs
from pages.experiment.break_it.catalogue import BY_NAME, Break
from pages.experiment.break_it.cell import short, shown
from pages.experiment.break_it.state import MISTAKE
from pages.experiment.break_it.worlds import Place
from pages.ui.reader.real import Subject
from pages.ui.server import models
from pages.ui.server.models import control, predicts
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_by_one
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import number, visible

MOST_AT_ONCE = 96  # tokens up to which all runs go through the model as one batch
MEASURED = "break_it_measured"  # session: the long text that the reader had measured
NO_TOKEN, NOT_HERE = "none", "not in this model"
UNITS = (
    "How far the mean of all vectors, which stands for the sentence, turned: 1 minus the cosine",
    "Kullback–Leibler divergence: what it costs to expect the changed prediction where the control’s is true",
)  # of vectors, of a prediction
NOISE = 1e-5  # bits, or 1 − cos: what rounding alone moves
RULES = {
    "row_sums": "row sums",
    "future": "future",
    "shuffle": "shuffle",
    "shift": "shift",
}
RULE_HELP = {
    "row_sums": "max |Σ − 1| over all rows that may see a key",
    "future": "The largest weight on a blocked key",
    "shuffle": "max |Δ context| when keys, values and mask are put in another order together",
    "shift": "max |Δ weight| when each row’s scores get a constant of their own",
}
PASSED, FAILED, NO_VALUE = "✓", "✗", "–"
UNCHANGED = "They change nothing here: {}. "
UNSEEN = "**{} mistakes break none of the four rules here** ({})"
FIRST_TOKENS = f"In the layer, the first {MOST_MEASURED} tokens were measured."
NEEDS = {name: each.needs for name, each in BY_NAME.items()}


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
    model_id, text = place.subject.model_id, place.subject.sentence
    names = tuple(name for name in NAMES if not runs.why_not(model_id, name))
    n_tokens = len(models.tokenized(model_id, text).ids)
    if n_tokens <= MOST_AT_ONCE:
        with waiting("All mistakes in one pass of the model …"):
            moved = runs.moved_by(model_id, text, names, place.layers)
    elif st.session_state.get(MEASURED) == (model_id, text):
        found = one_by_one(
            names, lambda name: runs.moved_by(model_id, text, (name,), place.layers), "Mistake"
        )
        moved = tuple(each for (each,) in found)
    else:
        st.button(
            f"Measure all {len(names)} on these {n_tokens} tokens",
            icon=":material/speed:",
            key="break_it_measure",
            on_click=lambda: st.session_state.update({MEASURED: (model_id, text)}),
            help="A long text takes the model a while, ten times over.",
        )
        return None
    return Ranking(place, dict(zip(names, moved, strict=True)), predicts(model_id, text))


def ranking(ranked: Ranking, broken: Break) -> None:
    """The table, and what the model survives."""
    left, right = st.columns([4, 3], gap="large")
    with left:
        _ranking_table(ranked, broken)
    with right:
        _survived(ranked)


def _ranking_table(ranked: Ranking, broken: Break) -> None:
    names = worst_first(ranked.moved)
    amounts = [ranked.moved[name].amount if name in ranked.moved else None for name in names]
    most = max([NOISE, *(a for a in amounts if a is not None and np.isfinite(a))])
    bars = [_share(amount, most) for amount in amounts]
    texts, likeliest = [_amount(amount) for amount in amounts], _likeliest(ranked, names)
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


def _amount(amount: float | None) -> str:
    if amount is None:
        return NOT_HERE
    return shown(amount)


def _share(amount: float | None, most: float) -> float:
    if amount is None:
        return 0.0
    return amount / most if np.isfinite(amount) else 1.0


def _likeliest(ranked: Ranking, names: Sequence[str]) -> list[str]:
    found = (ranked.moved[name].likeliest if name in ranked.moved else None for name in names)
    model_id = ranked.place.subject.model_id
    return [NO_TOKEN if i is None else visible(models.token_text(model_id, i)) for i in found]


def _survived(ranked: Ranking) -> None:
    """What is left as it was: the likeliest token, where one is predicted; all, where nothing changes."""
    subject = ranked.place.subject
    unchanged = [BY_NAME[name].short for name, each in ranked.moved.items() if each.amount <= NOISE]
    nothing = UNCHANGED.format(", ".join(unchanged)) if unchanged else ""
    st.markdown("Worst first, the control would have 0. " + nothing + "A click chooses a mistake.")
    logits = control(subject.model_id, subject.sentence).logits
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


@dataclass(frozen=True)
class Measurement:
    """One of the two tables: whose it is, and what was measured of each mistake."""

    title: str
    of: ByMistake


def rules(
    scenario: Scenario, subject: Subject | None, broken: Break, ranked: Ranking | None
) -> None:
    st.markdown(
        "Four rules hold for every attention, whatever its numbers. **Row sums**: each row of weights sums "
        "to 1. **Future**: a blocked key gets 0 (– where none is blocked). **Shuffle**: keys and values in another order, mask "
        "and all, give the same context. **Shift**: a constant added to all scores of a row changes no weight. "
        "Each number is the largest violation found; a click on a row chooses that mistake."
    )
    tables = [Measurement("The toy, in float64", violations_in_toy(scenario, NEEDS))]
    if subject is not None:
        layer = subject.choice.layer
        tables.append(
            Measurement(
                f"Layer {layer}, all its heads, in float32",
                runs.violations_in(subject.model_id, subject.sentence, layer),
            )
        )
    for i, (place, table) in enumerate(zip(st.columns(2, gap="large"), tables, strict=False)):
        with place:
            _rules_table(table, broken, key=f"break_it_rules_{i}")
    _say_how(tables, scenario, subject)
    _what_passes(tables[-1], ranked)


def _rules_table(table: Measurement, broken: Break, *, key: str) -> None:
    names = [name for name in (RIGHT, *NAMES) if name in table.of]
    failed = {rule: [table.of[name].broken()[rule] for name in names] for rule in INVARIANTS}
    columns = [
        Column(
            RULES[rule],
            [_cell(table.of[name], rule) for name in names],
            help=RULE_HELP[rule],
            strong=failed[rule],
        )
        for rule in INVARIANTS
    ]
    st.markdown(f"**{table.title}**")
    breakdown(
        columns,
        key=key,
        row_labels=[_short(name) for name in names],
        row_title="mistake",
        selected=names.index(broken.name) if broken.name in names else None,
        label=f"Violations of four rules by {len(names) - 1} mistakes and by the right attention. "
        f"{table.title}: {sum(map(sum, failed.values()))} broken",
        on_pick=lambda row: MISTAKE.change(which=names[row]) if names[row] != RIGHT else None,
        numbers=Numbers(
            f"Violations. {table.title}",
            lambda: pd.DataFrame(
                {
                    RULES[rule]: [getattr(table.of[name], rule) for name in names]
                    for rule in INVARIANTS
                }
                | {"mean row sum": [table.of[name].mean_row_sum for name in names]},
                index=[_short(name) for name in names],
            ),
        ),
    )


def _short(name: str) -> str:
    return "none: right" if name == RIGHT else BY_NAME[name].short


def _cell(measured: Violations, rule: str) -> str:
    value = getattr(measured, rule)
    if value is None:
        return NO_VALUE
    return f"{FAILED if measured.broken()[rule] else PASSED} {short(value)}"


def _say_how(tables: list[Measurement], scenario: Scenario, subject: Subject | None) -> None:
    limits = [f"{short(table.of[RIGHT].tolerance)} in {kind}" for table, kind in zip(tables, ("float64", "float32"), strict=False)]  # fmt: skip
    axis = tables[0].of["wrong-axis"]
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
    st.markdown("  \n".join(said))


def _what_passes(table: Measurement, ranked: Ranking | None) -> None:
    """Mistakes that no rule sees, and what they do to the model all the same."""
    passing = [
        name for name in NAMES if name in table.of and not any(table.of[name].broken().values())
    ]
    if ranked is None:
        return
    harm = {name: ranked.moved[name].amount for name in passing if name in ranked.moved}
    harmful = [name for name, amount in harm.items() if not amount <= NOISE]
    if not harmful:
        return
    least, most = (pick(harm[name] for name in harmful) for pick in (min, max))
    notice_this(
        UNSEEN.format(len(harmful), ", ".join(BY_NAME[name].short for name in harmful))
        + f", and still move the model’s result by "
        f"{ranked.with_unit(least)} to {ranked.with_unit(most)}. Such tests are worth having, and not enough: "
        "only the comparison with a right attention, number by number, finds these."
    )
