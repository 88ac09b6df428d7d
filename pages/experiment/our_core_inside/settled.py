"""Rounding or mistake? The layers in float32 and, on demand, in float64: rounding falls by orders of magnitude, a mistake stays."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.charts.rounding import OURS, WRONG
from attention_core.errors import ReaderError
from attention_core.pretrained import float64, two_runs
from pages.experiment.our_core_inside import runs
from pages.experiment.our_core_inside.exact import Settled, progress, settling
from pages.experiment.our_core_inside.layers import TITLES, layers_chart, lines_of, values
from pages.experiment.our_core_inside.state import QUANTITIES, QUANTITY
from pages.experiment.our_core_inside.state import WRONG as WRONG_KEY
from pages.ui.reader.ready import Subject
from pages.ui.server import faults, models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.wording import scientific

ASKED = "core_float64"  # session: the model and text whose float64 run was asked for
LARGEST = 4e9  # bytes in float64 at a time: beyond, a server would rather stop
NONE = "—"


def settled(subject: Subject, ours: two_runs.Apart) -> None:
    """The switches, the chart, and what float64 says."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        quantity = one_of(
            "What is compared?",
            QUANTITIES,
            key=QUANTITY,
            default="weights",
            format_func=QUANTITIES.__getitem__,
            help_text="The residual stream: the vectors that leave each layer and enter the next. Their "
            "difference is a share of the largest number in them. After the last layer they have passed the "
            "model's final normalisation, where it has one.",
        )
        with_wrong = st.toggle(
            "Add a wrong core: scale off by a thousandth",
            key=WRONG_KEY,
            persist_state="session",
        )
    wrong = _wrong(subject) if with_wrong else None
    found = _float64(subject)
    exact = found.control.runs[:2] if found else None
    layers_chart(lines_of(ours, wrong, exact), quantity)  # type: ignore[arg-type]  # two of two
    if found is None:
        return
    _table(quantity, ours, wrong or _wrong(subject), found)
    _why(quantity, ours, found)


def _wrong(subject: Subject) -> two_runs.Apart:
    return runs.compared(subject.model_id, subject.sentence, runs.WRONG).runs[0]


def _float64(subject: Subject) -> Settled | None:
    """The comparison in float64 if it was asked for and is done; else the way to it is on the page."""
    this = (subject.model_id, subject.sentence)
    if st.session_state.get(ASKED) != this:
        _offer(subject, this)
        return None
    job = settling(*this)
    if not job.is_done:
        progress(*this)
        return None
    error = job.result.exception()
    if error is None:
        return job.result.result()
    if isinstance(error, ReaderError):
        faults.refusal(error, "**The float64 run did not succeed.**")
    else:
        faults.show(error)
    if st.button("Try again", icon=":material/refresh:", key="core_float64_again"):
        settling.clear(*this)
        st.rerun()
    return None


def _offer(subject: Subject, this: tuple[str, str]) -> None:
    n_bytes = float64.bytes_in_float64(models.loaded(subject.model_id))
    size = f"{n_bytes / 1e9:.1f} GB" if n_bytes > 1e8 else f"{n_bytes / 1e6:.1f} MB"
    st.markdown(
        "**Rounding or a mistake?** Run both again with float64 numbers, which have 16 digits instead of 7: "
        "what was rounding must shrink by many orders of magnitude, and what was a mistake stays. "
        f"It takes {size} of memory for a few seconds: one layer at a time is converted."
    )
    if n_bytes > LARGEST:
        st.markdown(
            f"That is more than the {LARGEST / 1e9:.0f} GB that this page takes: choose a smaller model."
        )
        return
    st.button(
        "Settle it in float64",
        icon=":material/balance:",
        key="core_float64_ask",
        on_click=lambda: st.session_state.update({ASKED: this}),
    )


def _table(quantity: str, ours: two_runs.Apart, wrong: two_runs.Apart, found: Settled) -> None:
    """Each core against the library, and against torch where the library rounds: float32, float64, and how many times less."""
    rows = [(OURS, "library", ours, found.library.runs[0])]
    if found.unrounded:
        rows.append((OURS, "torch", ours, found.unrounded.runs[0]))
    rows.append((WRONG, "library", wrong, found.library.runs[1]))
    single = [float(values(a, quantity).max()) for _, _, a, _ in rows]
    double = [float(values(b, quantity).max()) for _, _, _, b in rows]
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


def _why(quantity: str, ours: two_runs.Apart, found: Settled) -> None:
    single, (right, wrong) = values(ours, quantity).max(), found.control.runs[:2]
    left, stays = values(right, quantity).max(), values(wrong, quantity).max()
    if found.unrounded:
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
        f"From float32 to float64 the difference of our core fell{fell} to {scientific(left)}: it was rounding. "
        f"The wrong core’s stays at **{scientific(stays)}**: more digits do not repair a formula."
    )


def _what_remains(quantity: str, found: Settled) -> str:
    remains = scientific(values(found.library.runs[0], quantity).max())
    told = f"Against the **library’s** attention **{remains}** remains even in float64. "
    if found.library.rounds:
        told += (
            "Whose is it? Every single weight that the library handed out in this float64 run is a float32 "
            "number: inside its softmax it rounds to float32 and back. "
        )
    return told + (
        "So there is a second control, **torch’s own** fused attention, which keeps all digits: against "
        f"that, **{scientific(values(found.control.runs[0], quantity).max())}** is left. The chart’s dashed line is this one."
    )
