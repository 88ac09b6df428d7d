"""How far the two runs are apart in each layer, in float32 and, on demand, in float64: rounding shrinks, a mistake stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.rounding import (
    DOUBLE,
    OURS,
    SINGLE,
    WRONG,
    Line,
    rounding,
    rounding_frame,
)
from attention_core.errors import ReaderError
from attention_core.experiments import float64_check
from attention_core.experiments.float64_check import Float64Check
from attention_core.pretrained import float64, proof, two_runs
from pages.experiment.our_core_inside import runs
from pages.experiment.our_core_inside.state import QUANTITIES, VIEW
from pages.ui.reader.real import Subject
from pages.ui.server import faults, models, settings
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import scientific

Lines = Mapping[Line, "two_runs.Apart"]  # whose core, in which precision
TITLES = {"weights": "max |Δ weight|", "states": "max |Δ vector| ÷ size"}
ROLES = {"weights": "weights", "states": "output"}
ASKED = "core_float64"  # session: the model and text whose float64 run was asked for
NONE = "—"
ONLY_ROUNDING = "it was rounding"
ROUNDS_INSIDE = "inside its softmax it rounds to float32 and back"
TORCH_S_OWN = "**torch’s own**"
TOO_LARGE = "choose a smaller model"


@cached(max_entries=2)
def _spec(quantity: str, normal: float) -> dict[str, Any]:
    return as_spec(rounding(normal, TITLES[quantity], ROLES[quantity]))


def _values(apart: two_runs.Apart, quantity: str) -> np.ndarray:
    """The differences of each layer that the page speaks of."""
    return apart.weights if quantity == "weights" else apart.shares


def _chart(lines: Lines, quantity: str) -> None:
    """A line for each run; the table twin has all that was measured."""
    frame = rounding_frame({line: _values(apart, quantity) for line, apart in lines.items()})
    title = f"{TITLES[quantity]} in each layer"
    told = ", ".join(
        f"{core} in {precision} at most {scientific(_values(apart, quantity).max())}"
        for (core, precision), apart in lines.items()
    )
    st.vega_lite_chart(
        frame,
        _spec(quantity, proof.TOLERANCE),
        height=400,
        key="core_layers",
        alt=f"{title}: {told}",
    )
    st.markdown("The scale is in powers of ten. Solid lines: float32, dashed lines: float64.")
    table_twin(
        "Differences layer by layer",
        lambda: _differences_frame(lines),
        key="core_layers_twin",
        chart=lambda: on_paper(rounding(proof.TOLERANCE, TITLES[quantity], ROLES[quantity]), frame),
    )


def _differences_frame(lines: Lines) -> pd.DataFrame:
    columns = {}
    for (core, precision), apart in lines.items():
        run = f"{core}, {precision}"
        columns[f"max |Δ weight|: {run}"] = apart.weights
        columns[f"max |Δ vector|: {run}"] = apart.states
        columns[f"max |vector| of the library: {run}"] = apart.sizes
        columns[f"share of the size: {run}"] = apart.shares
    n_layers = len(next(iter(lines.values())).weights)
    return pd.DataFrame(columns, index=[f"layer {i}" for i in range(n_layers)])


def _lines_of(
    ours: two_runs.Apart,
    wrong: two_runs.Apart | None,
    exact: tuple[two_runs.Apart, two_runs.Apart] | None,
) -> dict[Line, two_runs.Apart]:
    """What is to be drawn: ours always, the wrong core if wished, in float64 once that was measured."""
    cores = {OURS: (ours, exact[0] if exact else None)}
    if wrong is not None:
        cores[WRONG] = (wrong, exact[1] if exact else None)
    return {
        (core, precision): apart
        for core, both in cores.items()
        for precision, apart in zip((SINGLE, DOUBLE), both, strict=True)
        if apart is not None
    }


def layer_by_layer(subject: Subject, ours: two_runs.Apart) -> None:
    """The switches, the chart, and what float64 says."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        quantity = VIEW.choose(
            "quantity",
            "What is compared?",
            list(QUANTITIES),
            QUANTITIES.__getitem__,
            help_text="The residual stream: the vectors that leave each layer and enter the next. Their "
            "difference is a share of the largest number in them. After the last layer they have passed the "
            "model's final normalisation, where it has one.",
        )
        with_wrong = VIEW.draw("wrong", st.toggle, "Add a wrong core: scale off by a thousandth")
    wrong = _wrong(subject) if with_wrong else None
    found = _check_or_offer(subject)
    exact = found.exact.runs[:2] if found else None
    _chart(_lines_of(ours, wrong, exact), quantity)  # type: ignore[arg-type]  # two of two
    if found is None:
        return
    _check_table(quantity, ours, wrong or _wrong(subject), found)
    _why(quantity, ours, found)


def _wrong(subject: Subject) -> two_runs.Apart:
    return runs.compared(subject.model_id, subject.sentence, float64_check.WRONG).runs[0]


def _check_or_offer(subject: Subject) -> Float64Check | None:
    """The comparison in float64 if it was asked for and is done; else the way to it is on the page."""
    this = (subject.model_id, subject.sentence)
    if st.session_state.get(ASKED) != this:
        _offer(subject, this)
        return None
    job = runs.float64_job(*this)
    if not job.is_done:
        _progress(*this)
        return None
    error = job.result.exception()
    if error is None:
        return job.result.result()
    if isinstance(error, ReaderError):
        faults.refusal(error, "**The float64 run did not succeed.**")
    else:
        faults.show(error)
    if st.button("Try again", icon=":material/refresh:", key="core_float64_again"):
        runs.float64_job.clear(*this)
        st.rerun()
    return None


@st.fragment(run_every=0.4)
def _progress(model_id: str, text: str) -> None:
    """Say what is being done; once there is a result, run the whole page again."""
    job = runs.float64_job(model_id, text)
    if job.is_done:
        st.rerun()
    with st.container(border=True):
        st.markdown(f"{job.stage} … {job.seconds:.0f} s")


def _offer(subject: Subject, this: tuple[str, str]) -> None:
    n_bytes = float64.bytes_in_float64(models.loaded(subject.model_id))
    size = f"{n_bytes / 1e9:.1f} GB" if n_bytes > 1e8 else f"{n_bytes / 1e6:.1f} MB"
    st.markdown(
        "**Rounding or a mistake?** Run both again with float64 numbers, which have 16 digits instead of 7: "
        "what was rounding must shrink by many orders of magnitude, and what was a mistake stays. "
        f"It takes {size} of memory for a few seconds: one layer at a time is converted."
    )
    if n_bytes > settings.MOST_BYTES_IN_FLOAT64:
        st.markdown(
            f"That is more than the {settings.MOST_BYTES_IN_FLOAT64 / 1e9:.0f} GB that this page takes: "
            f"{TOO_LARGE}."
        )
        return
    st.button(
        "Settle it in float64",
        icon=":material/balance:",
        key="core_float64_ask",
        on_click=lambda: st.session_state.update({ASKED: this}),
    )


def _check_table(
    quantity: str, ours: two_runs.Apart, wrong: two_runs.Apart, found: Float64Check
) -> None:
    """Each core against the library, and against torch where the library rounds: float32, float64, and how many times less."""
    rows = [(OURS, "library", ours, found.library.runs[0])]
    if found.torch:
        rows.append((OURS, "torch", ours, found.torch.runs[0]))
    rows.append((WRONG, "library", wrong, found.library.runs[1]))
    single = [float(_values(a, quantity).max()) for _, _, a, _ in rows]
    double = [float(_values(b, quantity).max()) for _, _, _, b in rows]
    in_float32 = [NONE if control == "torch" else scientific(x) for x, (_, control, _, _) in zip(single, rows, strict=True)]  # fmt: skip
    breakdown(
        [
            Column(
                "against",
                [control for _, control, _, _ in rows],
                help="Whose attention is the control",
            ),
            Column("float32", in_float32, None, None, f"{TITLES[quantity]} of all layers"),
            Column("float64", [scientific(x) for x in double]),
            Column("times smaller", [_times(a, b) for a, b in zip(single, double, strict=True)]),
        ],
        key="core_settled",
        row_labels=[core for core, _, _, _ in rows],
        row_title="attention",
        label=f"{TITLES[quantity]} in float32 and in float64: our core "
        f"{scientific(single[0])} and {scientific(double[-2])}, the wrong one {scientific(double[-1])}",
    )


def _times(single: float, double: float) -> str:
    return "—" if not single or not double else f"{single / double:,.0f}" if single / double >= 10 else f"{single / double:.2f}"  # fmt: skip


def _why(quantity: str, ours: two_runs.Apart, found: Float64Check) -> None:
    single, (right, wrong) = _values(ours, quantity).max(), found.exact.runs[:2]
    left, stays = _values(right, quantity).max(), _values(wrong, quantity).max()
    if found.torch:
        st.markdown(_what_remains(quantity, found))
    if not right.is_exact:
        st.warning(
            f"In float64 **{scientific(left)}** is left: more than float64 rounds. Something differs.",
            icon=":material/warning:",
        )
        return
    if not single:
        notice_this("There was nothing to round: both give the same numbers to the last digit.")
        return
    fell = f" by **{np.log10(single / left):.0f} orders of magnitude**" if left else ""
    notice_this(
        f"From float32 to float64 the difference of our core fell{fell} to {scientific(left)}: {ONLY_ROUNDING}. "
        f"The wrong core’s stays at **{scientific(stays)}**: more digits do not repair a formula."
    )


def _what_remains(quantity: str, found: Float64Check) -> str:
    remains = scientific(_values(found.library.runs[0], quantity).max())
    told = f"Against the **library’s** attention **{remains}** remains even in float64. "
    if found.library.rounds:
        told += (
            "Whose is it? Every single weight that the library handed out in this float64 run is a float32 "
            f"number: {ROUNDS_INSIDE}. "
        )
    return told + (
        f"So there is a second control, {TORCH_S_OWN} fused attention, which keeps all digits: against "
        f"that, **{scientific(_values(found.exact.runs[0], quantity).max())}** is left. The chart’s dashed line is this one."
    )
