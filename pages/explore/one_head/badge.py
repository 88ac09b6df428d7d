"""How much special tokens and the first token take: of the weight, and of what is handed over."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.special_tokens import Taken, taken
from attention_core.analysis.value_norms import handed_over
from pages.explore.one_head.subject import Subject


@dataclass(frozen=True)
class Sink:
    """Some keys and what they take. `handed` is None where the values are not known."""

    name: str
    n_keys: int
    weight: Taken
    handed: Taken | None


def sinks(subject: Subject) -> list[Sink]:
    """The tokens that the model added, if any, and the first token."""
    world = subject.world
    special = [i for i, is_special in enumerate(subject.special_keys) if is_special]
    all_keys = np.ones(world.head_weights.shape, dtype=bool)
    allowed = all_keys if world.blocked is None else ~world.blocked
    handed = (
        None
        if world.trace is None
        else handed_over(world.trace.weights[None], world.trace.v[None])[0]
    )
    return [
        Sink(
            name,
            len(keys),
            taken(world.head_weights, keys, world.q_pos, allowed),
            None if handed is None else taken(handed, keys, world.q_pos, allowed),
        )
        for name, keys in (("special tokens", special), ("the first token", [0]))
        if keys
    ]


def badge(subject: Subject) -> None:
    """One line for each kind of sink, over all rows of the head."""
    n_keys = len(subject.world.keys)
    for sink in sinks(subject):
        even = f" ({sink.n_keys} of {n_keys} keys)"
        line = f":violet-badge[{sink.name}: {percent(sink.weight.in_all_rows)} of the weight]"
        if sink.handed is not None:
            line += f" :green-badge[{percent(sink.handed.in_all_rows)} of what is handed over]"
        st.markdown(line + even)
    if subject.world.trace is not None:
        st.markdown(
            "In all rows of this head. Handed over is weight × length of the value, see *Values*."
        )


def sinks_table(subject: Subject) -> None:
    """The same for the chosen row as well."""
    table = {}
    for sink in sinks(subject):
        rows = {
            "of the weight, this row": sink.weight.in_row,
            "of the weight, all rows": sink.weight.in_all_rows,
        }
        if sink.handed is not None:
            rows |= {
                "handed over, this row": sink.handed.in_row,
                "handed over, all rows": sink.handed.in_all_rows,
            }
        table[sink.name] = {name: percent(share) for name, share in rows.items()}
    st.table(pd.DataFrame(table).T)


def percent(share: float) -> str:
    """0.1234 → 12.3 %."""
    if np.isnan(share):
        return "not defined (no row can choose)"
    return f"{100 * share:.1f} %"
