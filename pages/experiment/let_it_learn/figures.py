"""How well the toy does on what it was not trained on: guessing | before | now | difference, and the loss, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.loss import loss_curve, loss_frame
from attention_core.toy.training import Measures, guessing
from pages.experiment.let_it_learn.scene import Scene
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import number, signed

GUESSED = (
    "Goes by how often each word was right in training and looks at nothing; an even head gives each of the "
    "other tokens the same weight"
)
SOLVED = 0.95  # share of right answers
SLACK = 0.01  # of the loss: what is as good as guessing, give or take a little
LOOKS = 0.5  # of the weight: more than on all other keys together


def figures(scene: Scene) -> None:
    """A row per measure; the last column is now − before."""
    step = scene.frame.step
    names = _names(scene.n_heads)
    guess, before, now = (
        _values(measures)
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
    )
    table_twin(
        "How well the toy does",
        lambda: matrix_frame(np.array(list(columns.values())).T, names, list(columns)),
        key="learns_figures_twin",
    )


def _names(n_heads: int) -> list[str]:
    if n_heads == 1:
        return ["accuracy", "loss", "weight"]
    return ["accuracy", "loss", *(f"weight, head {head}" for head in range(n_heads))]


def _values(measures: Measures) -> np.ndarray:
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
            f"**Worse than guessing, and than before**: the loss is {number(now.loss)}; guessing has "
            f"{number(guess.loss)}, and it began at {number(first.loss)}. Each step is too long and jumps over what it "
            "should find. Try a smaller learning rate."
        )
    elif now.accuracy < SOLVED:
        notice_this(f"Not solved at this step: {answered}, and {looked}.")
    elif now.on_intended[best] < LOOKS:
        notice_this(
            f"**Solved, but not as intended**: {answered}, yet {looked}. The loss asks for right answers only, and the "
            "toy found another way to give them."
        )
    else:
        notice_this(f"**Solved, and by looking**: {answered}, and {looked}. Nobody told it where.")


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
