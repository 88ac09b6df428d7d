"""Would a test have caught it? What every attention keeps to, measured for all ten mistakes, in the toy and in a real layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from attention_core.analysis.broken import NAMES
from attention_core.analysis.invariants import INVARIANTS, RIGHT, Violations, violations_of
from attention_core.toy.equipped import equipped
from attention_core.toy.scenario import Scenario
from pages.experiment.break_it import runs
from pages.experiment.break_it.catalogue import BY_NAME, Break
from pages.experiment.break_it.ranking import Ranked
from pages.experiment.break_it.state import MISTAKE
from pages.experiment.break_it.wording import short
from pages.ui.reader.ready import Subject
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin

TITLES = {
    "row_sums": "row sums",
    "future": "future",
    "shuffle": "shuffle",
    "shift": "shift",
}
TOLD = {
    "row_sums": "max |Σ − 1| over all rows that may see a key",
    "future": "The largest weight on a blocked key",
    "shuffle": "max |Δ context| when keys, values and mask are put in another order together",
    "shift": "max |Δ weight| when each row’s scores get a constant of their own",
}
PASSED, FAILED, NONE = "✓", "✗", "–"
Measured = Mapping[str, Violations]


@dataclass(frozen=True)
class Measurement:
    """One of the two tables: whose it is, and what was measured of each mistake."""

    title: str
    of: Measured


def rules(
    scenario: Scenario, subject: Subject | None, broken: Break, ranked: Ranked | None
) -> None:
    st.markdown(
        "Four rules hold for every attention, whatever its numbers. **Row sums**: each row of weights sums "
        "to 1. **Future**: a blocked key gets 0 (– where none is blocked). **Shuffle**: keys and values in another order, mask "
        "and all, give the same context. **Shift**: a constant added to all scores of a row changes no weight. "
        "Each number is the largest violation found; a click on a row chooses that mistake."
    )
    tables = [Measurement("The toy, in float64", of_toy(scenario))]
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
            _table(table, broken, key=f"break_it_rules_{i}")
    _say_how(tables, scenario, subject)
    _what_passes(tables[-1], ranked)


def of_toy(scenario: Scenario) -> dict[str, Violations]:
    """Each mistake in the toy that has what it needs, every head of it."""
    found = {}
    for name in (RIGHT, *NAMES):
        toy = equipped(scenario, None if name == RIGHT else BY_NAME[name].needs)
        if toy.lacks is None:
            found[name] = violations_of(
                name, toy.q, toy.k, toy.v, toy.mask, None, toy.scale, toy.angles
            )
    return found


def _table(table: Measurement, broken: Break, *, key: str) -> None:
    names = [name for name in (RIGHT, *NAMES) if name in table.of]
    failed = {rule: [table.of[name].broken()[rule] for name in names] for rule in INVARIANTS}
    columns = [
        Column(
            TITLES[rule],
            [_cell(table.of[name], rule) for name in names],
            help=TOLD[rule],
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
    )
    table_twin(
        f"Violations. {table.title}",
        lambda: pd.DataFrame(
            {TITLES[rule]: [getattr(table.of[name], rule) for name in names] for rule in INVARIANTS}
            | {"mean row sum": [table.of[name].mean_row_sum for name in names]},
            index=[_short(name) for name in names],
        ),
        key=f"{key}_twin",
    )


def _short(name: str) -> str:
    return "none: right" if name == RIGHT else BY_NAME[name].short


def _cell(measured: Violations, rule: str) -> str:
    value = getattr(measured, rule)
    if value is None:
        return NONE
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
    if subject is not None and len(subject.capture.tokens) > runs.MOST_MEASURED:
        said.append(f"In the layer, the first {runs.MOST_MEASURED} tokens were measured.")
    st.markdown("  \n".join(said))


def _what_passes(table: Measurement, ranked: Ranked | None) -> None:
    """Mistakes that no rule sees, and what they do to the model all the same."""
    passing = [
        name for name in NAMES if name in table.of and not any(table.of[name].broken().values())
    ]
    if ranked is None:
        return
    harm = {name: ranked.moved[name].amount for name in passing if name in ranked.moved}
    harmful = [name for name, amount in harm.items() if not amount <= ranked.noise]
    if not harmful:
        return
    least, most = (pick(harm[name] for name in harmful) for pick in (min, max))
    notice_this(
        f"**{len(harmful)} mistakes break none of the four rules here** "
        f"({', '.join(BY_NAME[name].short for name in harmful)}), and still move the model’s result by "
        f"{ranked.said(least)} to {ranked.said(most)}. Such tests are worth having, and not enough: "
        "only the comparison with a right attention, number by number, finds these."
    )
