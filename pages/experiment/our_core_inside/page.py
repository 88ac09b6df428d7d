"""Our core inside: the model run by the library's attention and by ours, compared number by number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.agreement import same_order
from attention_core.analysis.effects import likeliest_of_both, probabilities, turned_by
from attention_core.analysis.source import source_of
from attention_core.attention import attention
from attention_core.errors import ReaderError
from attention_core.experiments import float64_check
from attention_core.heads import grouped_attention
from attention_core.pretrained import proof, seam, two_runs
from attention_core.pretrained.run import Outcome, core_attention
from attention_core.softmax import softmax_steps
from pages.experiment.our_core_inside.layers import (
    MEASURE,
    SHOWS,
    VIEW,
    compared,
    layer_by_layer,
    library_head,
    rounding_error,
)
from pages.ui.reader.real import Subject, subject_or_wait
from pages.ui.server import models
from pages.ui.server.models import predicts
from pages.ui.server.waiting import waited_for, waiting
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.proof_panel import NOT_SETTLED, rounding_explained
from pages.ui.widgets.result import TITLES
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.three_heatmaps import heatmaps_of_head
from pages.ui.widgets.wording import labels, number, scientific, visible

PLACES = {"all": None, "library": 0, "ours": 1, "difference": 2}
N_LIKELIEST = 8
N_PASSES = 7
TIMES = "core_times"  # session: (model, text) and what was measured


def verdict(subject: Subject, ours: two_runs.Apart) -> None:
    """Ours against the library, in float32; where that leaves more than usual, float64 tells before anything is said."""
    n_heads = sum(subject.capture.layers[i].n_heads for i in subject.layers)
    told = (
        f"Our NumPy function was the attention of all **{n_heads} heads** in {len(subject.layers)} layers. "
        f"The library’s own run of the same text differs by at most **{scientific(ours.weights.max())}** in "
        f"a :violet[weight], and in the vectors between the layers by at most "
        f"**{scientific(ours.shares.max())}** of their size. Usual in float32 is below {scientific(proof.TOLERANCE)}."
    )
    if ours.is_usual:
        st.success(told, icon=":material/verified:")
        return
    run = subject.model_id, subject.sentence
    found = waited_for("The library runs the text in float64 …", rounding_error, *run)
    if found is None:
        st.info(f"{told} {NOT_SETTLED}", icon=":material/info:")
    elif found.explains:
        st.success(f"{told} {rounding_explained(found)}", icon=":material/verified:")
    else:
        st.warning(f"{told} {rounding_explained(found)}", icon=":material/warning:")


def heatmaps(subject: Subject) -> None:
    """The switch, and what it shows of the chosen head."""
    world = subject.world
    show = VIEW.choose(
        "show",
        "Whose attention runs the model?",
        list(SHOWS),
        SHOWS.__getitem__,
        help_text="One picture at a time stands always in the same place, so that any change would blink.",
    )
    place = (subject.model_id, subject.sentence, subject.choice.layer, world.head)
    theirs, ours = library_head(*place), world.head_weights
    heatmaps_of_head(world, ("Library", theirs), ("Ours", ours), key="core", shown=PLACES[show])
    st.markdown(
        "The two pictures are the same to the eye. The difference has a scale of its own, which ends at "
        f"**{scientific(np.abs(ours - theirs).max())}**: the last digits, which two programs round in their own ways."
    )


def results(subject: Subject, library: Outcome, ours: Outcome) -> None:
    """Both results and their difference."""
    if library.logits is None or ours.logits is None:
        _vectors(subject, library.states, ours.states)
    else:
        _tokens(subject, library.logits, ours.logits)


def _tokens(subject: Subject, library: np.ndarray, ours: np.ndarray) -> None:
    before, after = probabilities(library), probabilities(ours)
    shown = likeliest_of_both(library, ours, N_LIKELIEST).tolist()
    names = [visible(models.token_text(subject.model_id, token)) for token in shown]
    frame = pd.DataFrame(
        {
            "logit, library": library[shown],
            "logit, ours": ours[shown],
            "logit, difference": (ours - library)[shown],
            "library": before[shown],
            "ours": after[shown],
            "difference": (after - before)[shown],
        },
        index=names,
    )
    texts = {name: [number(x) for x in frame[name]] for name in frame}
    breakdown(
        [
            Column(
                "logit, library",
                texts["logit, library"],
                help="The score before the softmax over all tokens",
            ),
            Column("logit, ours", texts["logit, ours"]),
            Column("Δ logit", [_signed(x) for x in frame["logit, difference"]]),
            *(
                Column(
                    run, texts[run], "output", frame[run].tolist(), "The probability of the token"
                )
                for run in ("library", "ours")
            ),
            Column("Δ", [_signed(x) for x in frame["difference"]]),
        ],
        key="core_tokens",
        row_labels=names,
        row_title="token",
        label=f"{len(names)} likeliest tokens with the library’s attention and with ours: "
        f"{names[0]} {before[shown[0]]:.3f} and {after[shown[0]]:.3f}",
        heading=TITLES[predicts(subject.model_id, subject.sentence)],
        numbers=Numbers("Logits and probabilities, library and ours", lambda: frame),
    )
    alike = same_order(library, ours)
    order = "all" if alike == len(library) else f"the first {alike:,}"
    notice_this(
        f"Of {len(library):,} tokens **{order}** come in the same order. No logit differs by more than "
        f"**{scientific(np.abs(ours - library).max())}**; the largest is {number(np.abs(library).max())}."
    )


def _vectors(subject: Subject, library: np.ndarray, ours: np.ndarray) -> None:
    names = labels([token.text for token in subject.capture.tokens])
    frame = pd.DataFrame(
        {
            "length, library": np.linalg.norm(library, axis=1),
            "length, ours": np.linalg.norm(ours, axis=1),
            "largest difference": np.abs(ours - library).max(axis=1),
            "1 − cos": turned_by(library, ours),
        },
        index=names,
    )
    st.markdown(
        "**The vectors after the last layer.** This model predicts no token here; its result is a vector for "
        "each token."
    )
    plain, tiny = frame.columns[:2], frame.columns[2:]
    breakdown(
        [Column(name, [number(x) for x in frame[name]], "output") for name in plain]
        + [Column(name, [scientific(x) for x in frame[name]]) for name in tiny],
        key="core_vectors",
        row_labels=names,
        row_title="token",
        selected=subject.world.q_pos,
        label=f"The last vectors of {len(names)} tokens with the library’s attention and with ours",
        on_pick=lambda row: subject.world.pick_cell(row, None),
        numbers=Numbers("Last vectors, library and ours", lambda: frame),
    )
    notice_this(
        f"Of {ours.size:,} numbers none differs by more than **{scientific(np.abs(ours - library).max())}**, "
        f"where the largest is {number(np.abs(library).max())}."
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{scientific(value)}"


@st.fragment
def clock(subject: Subject) -> None:
    """A button, and under it what the last click measured."""
    this = (subject.model_id, subject.sentence)
    measured, times = st.session_state.get(TIMES, (None, None))
    again = measured == this
    st.markdown(
        f"{N_PASSES} runs of each, alternating, so that both are affected equally by other load. "
        "One run of each before that does not count."
    )
    if st.button(
        "Measure again" if again else "Measure the time", icon=":material/timer:", key=MEASURE
    ):
        with waiting("Measuring …"):
            ids, loaded = models.tokenized(*this).ids, models.loaded(subject.model_id)
            times = two_runs.turn_about(ids, loaded, N_PASSES)
        st.session_state[TIMES] = (this, times)
        st.rerun()  # the button's name has changed
    if again:
        _times_table(times)


def _times_table(times: two_runs.Times) -> None:
    frame = pd.DataFrame({"library": times.library, "ours": times.ours}) * 1000
    measured = {"median": frame.median(), "fastest": frame.min(), "slowest": frame.max()}
    breakdown(
        [Column(f"{name}, ms", [f"{x:,.1f}" for x in each]) for name, each in measured.items()],
        key="core_clock",
        row_labels=["library", "ours"],
        row_title="attention",
        label=f"Milliseconds of a pass: library {np.median(frame['library']):.1f}, ours {np.median(frame['ours']):.1f}",
        numbers=Numbers(
            "Milliseconds of each pass",
            lambda: frame.set_index(pd.Index([f"pass {i}" for i in range(len(frame))])),
        ),
    )
    notice_this(
        f"A whole pass of the model took **{times.ratio:.2f} times** as long with our core as with the library’s "
        "attention. True of this machine at this moment, with whoever else was using it: measure again."
    )


def source() -> None:
    """Which function calls which, and each with its file and line. The model must be loaded."""
    called = (seam.attend_here, core_attention, grouped_attention, attention, softmax_steps)
    st.markdown(
        "Every layer of the model called **attend_here** in place of its own attention; that called "
        + ", that ".join(f"**{function.__name__}**" for function in called[1:])
        + ". The first knows torch, the last three are NumPy and nothing else."
    )
    with st.expander("Read them", icon=":material/code:", on_change="rerun", key="core_source") as shown:  # fmt: skip
        if not shown.open:
            return
        for function in reversed(called):
            quote = source_of(function)
            changed = " It was changed since this app started." if quote.is_newer else ""
            st.markdown(
                f"**{function.__name__}**: `{quote.file}`, from line {quote.line}.{changed}"
            )
            st.code(quote.text)


def experiment(subject: Subject) -> None:
    VIEW.take()
    try:
        with waiting("Both run the sentence …"):
            both = compared(subject.model_id, subject.sentence, float64_check.OURS)
    except ReaderError as error:  # a family that hides what leaves its layers
        st.text(f"The two runs can't be compared: {error}")
        return
    (ours,) = both.runs
    verdict(subject, ours)
    st.header("The chosen head in both runs", anchor=False)
    heatmaps(subject)
    st.header("Layer by layer", anchor=False)
    layer_by_layer(subject, ours)
    st.header("What the model says", anchor=False)
    results(subject, both.control, ours.outcome)
    st.header("How long it takes", anchor=False)
    clock(subject)
    st.header("The function that ran", anchor=False)
    source()
    VIEW.write()


subject_to_run = subject_or_wait("our_core_inside")
if subject_to_run is not None:
    experiment(subject_to_run)
