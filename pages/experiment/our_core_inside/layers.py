"""Our run and the library's, cached for all readers, and how far they are apart in each layer, in float32 and float64."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
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
from pages.ui.reader.link_codec import flag, option
from pages.ui.reader.page_state import PageState
from pages.ui.reader.real import Subject
from pages.ui.server import faults, models, settings
from pages.ui.server.cache import cached
from pages.ui.server.jobs import BackgroundJob, Report
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import scientific

Lines = Mapping[Line, "two_runs.Apart"]  # whose core, in which precision
MEASURE = "core_measure"  # a button that is always drawn: its state is gone when the page is left
SHOWS = {"all": "all three", "library": "library", "ours": "ours", "difference": "difference"}
QUANTITIES = {"weights": "weights", "states": "residual stream"}
TITLES = {"weights": "max |Δ weight|", "states": "max |Δ vector| ÷ size"}
ROLES = {"weights": "weights", "states": "output"}
ASKED = "core_float64"  # session: the model and text whose float64 run was asked for
NONE = "—"
ONLY_ROUNDING = "it was rounding"
ROUNDS_INSIDE = "inside its softmax it rounds to float32 and back"
TORCH_S_OWN = "**torch’s own**"
TOO_LARGE = "choose a smaller model"

_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="float64")


@dataclass(frozen=True)
class View:
    """Which picture, which quantity, and whether a wrong core is beside ours; in the link as "all.states.wrong"."""

    show: str = option(*SHOWS)
    quantity: str = option(*QUANTITIES)
    wrong: bool = flag("wrong")


VIEW = PageState("core", View, keys="core", shown=MEASURE)


@cached(max_entries=16)
def compared(model_id: str, text: str, core: str) -> two_runs.Compared:
    """One core against the library's own attention, in float32.

    Raises ReaderError where a family does not hand out the vectors between its layers.
    """
    ids, attend = models.tokenized(model_id, text).ids, float64_check.cores()[core]
    return two_runs.compare(ids, models.loaded(model_id), [attend])


@cached(max_entries=16)
def library_head(model_id: str, text: str, layer: int, head: int) -> np.ndarray:
    """The weights of one head in the library's own run: (n_q, n_k)."""
    ids = models.tokenized(model_id, text).ids
    return two_runs.library_weights(ids, models.loaded(model_id), layer, head)


@cached(max_entries=16)
def rounding_error(model_id: str, text: str) -> proof.Rounding | None:
    """The distance of both float32 runs to float64; None where that can't be run."""
    return proof.rounding(models.captured(model_id, text), models.loaded(model_id))


# not @cached: a job has no result yet, so the budget could not count it
@st.cache_resource(max_entries=16, show_spinner=False)
def float64_job(model_id: str, text: str) -> BackgroundJob[Float64Check]:
    """Start the check, or find it done. Returns at once; one job runs at a time."""
    job = BackgroundJob(partial(_float64_check, model_id, text))
    _one_at_a_time.submit(job.run)
    return job


def _float64_check(model_id: str, text: str, report: Report) -> Float64Check:
    """Asks for the model only now: a job that waits must not hold it."""
    ids = models.tokenized(model_id, text).ids
    return float64_check.float64_check(ids, models.loaded(model_id), report)


@cached(max_entries=2)
def _spec(quantity: str, normal: float) -> dict[str, Any]:
    return as_spec(rounding(normal, TITLES[quantity], ROLES[quantity]))


def _values(apart: two_runs.Apart, quantity: str) -> np.ndarray:
    """The differences of each layer that the page speaks of."""
    return apart.weights if quantity == "weights" else apart.shares


def _chart(lines: Lines, quantity: str) -> None:
    """A line for each run; the table twin has all that was measured."""
    frame = rounding_frame({line: _values(apart, quantity) for line, apart in lines.items()})
    told = ", ".join(
        f"{core} in {precision} at most {scientific(_values(apart, quantity).max())}"
        for (core, precision), apart in lines.items()
    )
    st.vega_lite_chart(
        frame,
        _spec(quantity, proof.TOLERANCE),
        height=400,
        key="core_layers",
        alt=f"{TITLES[quantity]} in each layer: {told}",
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


@st.fragment
def layer_by_layer(subject: Subject, ours: two_runs.Apart) -> None:
    """The switches, the chart, and what float64 says. A fragment: nothing around it follows the switches but the link."""
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
    lines: dict[Line, two_runs.Apart] = {}
    for i, (core, single) in enumerate({OURS: ours, WRONG: wrong}.items()):
        if single is not None:
            lines[core, SINGLE] = single
            if found is not None:
                lines[core, DOUBLE] = found.exact.runs[i]
    _chart(lines, quantity)
    if found is not None:
        _check_table(quantity, ours, wrong or _wrong(subject), found)
        _why(quantity, ours, found)
    VIEW.write()


def _wrong(subject: Subject) -> two_runs.Apart:
    return compared(subject.model_id, subject.sentence, float64_check.WRONG).runs[0]


def _check_or_offer(subject: Subject) -> Float64Check | None:
    """The comparison in float64 if it was asked for and is done; else the way to it is on the page."""
    this = (subject.model_id, subject.sentence)
    if st.session_state.get(ASKED) != this:
        _offer(subject, this)
        return None
    job = float64_job(*this)
    if not job.is_done:
        _progress(*this)
        return None
    if (error := job.result.exception()) is None:
        return job.result.result()
    if isinstance(error, ReaderError):
        faults.refusal(error, "**The float64 run did not succeed.**")
    else:
        faults.show(error)
    if st.button("Try again", icon=":material/refresh:", key="core_float64_again"):
        float64_job.clear(*this)
        st.rerun()
    return None


@st.fragment(run_every=0.4)
def _progress(model_id: str, text: str) -> None:
    """Say what is being done; once there is a result, run the whole page again."""
    job = float64_job(model_id, text)
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
    cores, controls, *runs = zip(*rows, strict=True)
    single, double = ([float(_values(run, quantity).max()) for run in each] for each in runs)
    in_float32 = [
        NONE if control == "torch" else scientific(x)
        for x, control in zip(single, controls, strict=True)
    ]
    breakdown(
        [
            Column("against", list(controls), help="Whose attention is the control"),
            Column("float32", in_float32, help=f"{TITLES[quantity]} of all layers"),
            Column("float64", [scientific(x) for x in double]),
            Column("times smaller", [_times(a, b) for a, b in zip(single, double, strict=True)]),
        ],
        key="core_settled",
        row_labels=cores,
        row_title="attention",
        label=f"{TITLES[quantity]} in float32 and in float64: our core "
        f"{scientific(single[0])} and {scientific(double[-2])}, the wrong one {scientific(double[-1])}",
    )


def _times(single: float, double: float) -> str:
    if not single or not double:
        return NONE
    return f"{single / double:,.0f}" if single / double >= 10 else f"{single / double:.2f}"


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
