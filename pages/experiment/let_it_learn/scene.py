"""One step of the training, one head, one held-out sequence: the weights, how well the toy does, and the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.loss import loss_curve, loss_frame
from attention_core.toy.learner import Parameters, read
from attention_core.toy.tasks import Sequences, tokens_of
from attention_core.toy.training import Frame, Measures, Training, guessing
from pages.experiment.let_it_learn.state import Run, shown_frame
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.takeaway import Numbers, matrix_frame, table_twin
from pages.ui.widgets.wording import labels, number, signed, summary

N_EXAMPLES = 8  # held-out sequences to choose from
NOT_SOLVED = "Not solved at this step"
WORSE = "**Worse than guessing, and than before**"
SOLVED_BY_LOOKING = "**Solved, and by looking**"
GUESSED = (
    "Goes by how often each word was right in training and looks at nothing; an even head gives each of the "
    "other tokens the same weight"
)
SOLVED = 0.95  # share of right answers
SLACK = 0.01  # of the loss: what is as good as guessing, give or take a little
LOOKS = 0.5  # of the weight: more than on all other keys together


@dataclass(frozen=True, eq=False)
class Scene:
    training: Training
    frame: Frame
    head: int
    example: Sequences  # a single one

    @property
    def n_heads(self) -> int:
        return self.training.settings.n_heads

    @property
    def tokens(self) -> list[str]:
        return labels(tokens_of(self.training.task, self.example, 0))

    @property
    def asks(self) -> np.ndarray:
        """The positions of the queries that must answer: the rows of the pictures."""
        return np.flatnonzero(self.example.asked[0])

    @property
    def queries(self) -> list[str]:
        return [self.tokens[q_pos] for q_pos in self.asks]

    @property
    def intended(self) -> np.ndarray:
        """1 where each query should look."""
        return np.eye(len(self.tokens))[self.example.intended[0, self.asks]]

    @property
    def allowed(self) -> np.ndarray:
        """No token may look at itself."""
        return ~np.eye(len(self.tokens), dtype=bool)[self.asks]

    def weights(self, parameters: Parameters) -> np.ndarray:
        reading = read(parameters, self.n_heads, self.training.task, self.example)
        return reading.layer.heads.weights[0, self.head, self.asks]


def choose_scene(run: Run) -> Scene:
    """The film's frame, and the two pickers for the rest."""
    training = run.training
    texts = [" ".join(tokens_of(training.task, training.held_out, i)) for i in range(N_EXAMPLES)]
    n_heads, head = training.settings.n_heads, 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if n_heads > 1:
            head = one_of("Head shown", range(n_heads), key=f"learns_head_of_{n_heads}")
        i = st.selectbox(
            "A held-out sequence",
            range(N_EXAMPLES),
            format_func=texts.__getitem__,
            key="learns_example",
        )
    return Scene(training, shown_frame(run), head, training.held_out[i : i + 1])


def heatmaps(scene: Scene) -> None:
    """Rows are the queries that must answer, columns all keys."""
    frames, step = scene.training.frames, scene.frame.step
    sides = (
        ("Before", "step 0", scene.weights(frames[0].parameters)),
        ("Now", f"step {step}", scene.weights(scene.frame.parameters)),
        ("Intended", "the toy never sees this", scene.intended),
    )
    of_head = f" of head {scene.head}" if scene.n_heads > 1 else ""
    for place, (title, note, weights) in zip(st.columns(3, gap="medium"), sides, strict=True):
        with place:
            Figure(
                f"{title}: weights{of_head}",
                weights,
                rows=scene.queries,
                columns=scene.tokens,
                blocked=~scene.allowed,
                summary=summary(scene.queries[-1], weights[-1], scene.tokens),
                heading=title,
                note=note,
            ).draw(f"learns_heatmap_{title}")


def measures_table(scene: Scene) -> None:
    """A row per measure; the last column is now − before."""
    step = scene.frame.step
    names = _names(scene.n_heads)
    guess, before, now = (
        _values_of(measures)
        for measures in (
            guessing(scene.training),
            scene.training.frames[0].measures,
            scene.frame.measures,
        )
    )
    columns = {"guessing": guess, "before": before, "now": now, "difference": now - before}
    st.markdown(
        f"**On {len(scene.training.held_out)} sequences that were held out**, step {step} "
        "(weight: on the intended key)"
    )
    breakdown(
        [
            Column("guessing", [number(value) for value in guess], help=GUESSED),
            Column("before", [number(value) for value in before]),
            Column("now", [number(value) for value in now], "output"),
            Column("difference", [signed(value) for value in now - before]),
        ],
        key="learns_figures",
        row_labels=names,
        row_title="measure",
        label=f"Step {step}: accuracy {now[0]:.3f}, loss {now[1]:.3f}, weight on the intended key "
        + ", ".join(f"{value:.3f}" for value in now[2:]),
        numbers=Numbers(
            "How well the toy does",
            lambda: matrix_frame(np.array(list(columns.values())).T, names, list(columns)),
        ),
    )


def _names(n_heads: int) -> list[str]:
    if n_heads == 1:
        return ["accuracy", "loss", "weight"]
    return ["accuracy", "loss", *(f"weight, head {head}" for head in range(n_heads))]


def _values_of(measures: Measures) -> np.ndarray:
    return np.array([measures.accuracy, measures.loss, *measures.on_intended])


def verdict(scene: Scene) -> None:
    """The one thing to notice at the step shown."""
    now, guess = scene.frame.measures, guessing(scene.training)
    first = scene.training.frames[0].measures
    best = int(now.on_intended.argmax())
    head = f"head {best}" if scene.n_heads > 1 else "its head"
    looked = (
        f"{head} puts **{number(now.on_intended[best])}** of its :violet[weight] on the intended key "
        f"(an even head: {number(guess.on_intended[0])})"
    )
    answered = f"**{now.accuracy:.0%}** of the answers are right (guessing: {guess.accuracy:.0%})"
    if scene.frame.step == 0:
        notice_this(
            f"Before training every head looks everywhere alike: {answered}, and {looked}. Click on Train."
        )
    elif now.loss > (1 + SLACK) * max(guess.loss, first.loss):
        notice_this(
            f"{WORSE}: the loss is {number(now.loss)}; guessing has "
            f"{number(guess.loss)}, and it began at {number(first.loss)}. Each step is too long and jumps over what it "
            "should find. Try a smaller learning rate."
        )
    elif now.accuracy < SOLVED:
        notice_this(f"{NOT_SOLVED}: {answered}, and {looked}.")
    elif now.on_intended[best] < LOOKS:
        notice_this(
            f"**Solved, but not as intended**: {answered}, yet {looked}. The loss asks for right answers only, and the "
            "toy found another way to give them."
        )
    else:
        notice_this(f"{SOLVED_BY_LOOKING}: {answered}, and {looked}. Nobody told it where.")


def loss_panel(scene: Scene) -> None:
    """The loss of every step's batch, that of the held-out sequences at every frame, and where guessing lies."""
    training, guess = scene.training, guessing(scene.training).loss
    steps = np.array([frame.step for frame in training.frames])
    held_out = np.array([frame.measures.loss for frame in training.frames])
    frame = loss_frame(training.losses, steps, held_out, guess, scene.frame.step)
    st.markdown("**Loss**: how wrong the answers are, less is better")
    st.vega_lite_chart(
        frame,
        _spec(),
        height=300,
        key="learns_loss",
        alt=f"Loss on held-out sequences from {held_out[0]:.3f} before training to {held_out[-1]:.3f} after "
        f"{steps[-1]} steps; guessing has {guess:.3f}",
    )
    table_twin(
        "Loss of the training",
        lambda: pd.DataFrame(
            {
                "batch of the step": pd.Series(training.losses),
                "held out": pd.Series(held_out, index=steps),
            }
        ).rename_axis("step"),
        key="learns_loss_twin",
        chart=lambda: on_paper(loss_curve(), frame),
    )


@cached(max_entries=1)
def _spec() -> dict[str, Any]:
    return as_spec(loss_curve())
