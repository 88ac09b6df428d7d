"""The step shown: how well the toy does, the loss, what its matrices have learned, and their gradients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.source import source_of
from attention_core.charts.export import as_spec, on_paper
from attention_core.charts.loss import loss_curve, loss_frame
from attention_core.gradients import (
    attention_backward,
    matrix_backward,
    multi_head_backward,
    softmax_backward,
)
from attention_core.toy.gradient_check import Check, H, check
from attention_core.toy.learned import hands_over, looks_for
from attention_core.toy.learner import cross_entropy_backward, gradients, read
from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.training import batch_of, guessing
from pages.experiment.let_it_learn.state import Scene
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.parts import formula, notice_this, noticed
from pages.ui.widgets.takeaway import Numbers, table_twin
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number, scientific, signed

NOT_SOLVED = "Not solved at this step"
WORSE = "**Worse than guessing, and than before**"
SOLVED_BY_LOOKING = "**Solved, and by looking**"
GUESSED = (
    "Goes by how often each word was right in training and looks at nothing; a uniform head gives each of the "
    "other tokens the same weight"
)
SOLVED = 0.95  # share of right answers
SLACK = 0.01  # of the loss: what is as good as guessing, give or take a little
LOOKS = 0.5  # of the weight: more than on all other keys together
SEEN = {
    "copy": "each *place* looks for the place before it: a stripe next to the diagonal",
    "marked": "*which* looks for ★: one strong cell, whatever the word or the place",
    "pronoun": "each pronoun looks for its own nouns",
}
CELL = "learns_cell"  # session: the table, row and column (of all heads) whose gradient is checked
ROLES: dict[str, Role] = {"E": "diverging", "W_Q": "query", "W_K": "key", "W_V": "value"}
MOVED = {
    "SGD": "w ← w − **{:g}** · ∂L/∂w",
    "Adam": "w ← w − **{:g}** · m / (√v + ε), with m and v the running means of ∂L/∂w and of its square",
}


def verdict_and_measures(scene: Scene) -> None:
    """The one thing to notice at the step shown, then a row per measure; the last column is now − before."""
    training, n_heads = scene.training, scene.n_heads
    heads = [f", head {head}" for head in range(n_heads)] if n_heads > 1 else [""]
    measured = {
        "guessing": guessing(training),
        "before": training.frames[0].measures,
        "now": scene.frame.measures,
    }
    frame = pd.DataFrame(
        {name: [each.accuracy, each.loss, *each.on_intended] for name, each in measured.items()},
        index=["accuracy", "loss", *(f"weight{head}" for head in heads)],
    )
    frame["difference"] = frame["now"] - frame["before"]
    now = frame["now"].tolist()
    st.markdown(
        f"{noticed(_verdict(scene))}\n\n"
        f"**On {len(training.held_out)} sequences that were held out**, step {scene.frame.step} "
        "(weight: on the intended key)"
    )
    breakdown(
        [
            Column("guessing", [number(value) for value in frame["guessing"]], help=GUESSED),
            Column("before", [number(value) for value in frame["before"]]),
            Column("now", [number(value) for value in now], "output"),
            Column("difference", [signed(value) for value in frame["difference"]]),
        ],
        key="learns_figures",
        row_labels=list(frame.index),
        row_title="measure",
        label=f"Step {scene.frame.step}: accuracy {now[0]:.3f}, loss {now[1]:.3f}, weight on the intended key "
        + ", ".join(f"{value:.3f}" for value in now[2:]),
        numbers=Numbers("How well the toy does", lambda: frame),
    )


def _verdict(scene: Scene) -> str:
    now, guess = scene.frame.measures, guessing(scene.training)
    first = scene.training.frames[0].measures
    best = int(now.on_intended.argmax())
    head = f"head {best}" if scene.n_heads > 1 else "its head"
    looked = (
        f"{head} puts **{number(now.on_intended[best])}** of its :violet[weight] on the intended key "
        f"(a uniform head: {number(guess.on_intended[0])})"
    )
    answered = f"**{now.accuracy:.0%}** of the answers are right (guessing: {guess.accuracy:.0%})"
    if scene.frame.step == 0:
        return f"Before training every head looks everywhere alike: {answered}, and {looked}. Click on Train."
    if now.loss > (1 + SLACK) * max(guess.loss, first.loss):
        return (
            f"{WORSE}: the loss is {number(now.loss)}; guessing has "
            f"{number(guess.loss)}, and it began at {number(first.loss)}. Each step is too long and jumps over what it "
            "should find. Try a smaller learning rate."
        )
    if now.accuracy < SOLVED:
        return f"{NOT_SOLVED}: {answered}, and {looked}."
    if now.on_intended[best] < LOOKS:
        return (
            f"**Solved, but not as intended**: {answered}, yet {looked}. The loss asks for right answers only, and the "
            "toy found another way to give them."
        )
    return f"{SOLVED_BY_LOOKING}: {answered}, and {looked}. Nobody told it where."


def loss_panel(scene: Scene) -> None:
    """The loss of every step's batch, that of the held-out sequences at every frame, and where guessing lies."""
    training, guess = scene.training, guessing(scene.training).loss
    steps = np.array([frame.step for frame in training.frames])
    held_out = np.array([frame.measures.loss for frame in training.frames])
    frame = loss_frame(training.losses, steps, held_out, guess, scene.frame.step)
    st.markdown("**Loss**: how wrong the answers are (lower is better)")
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


def learned(scene: Scene) -> None:
    """Both tables of the head shown, at the step shown."""
    task, of_head = scene.training.task, (scene.frame.parameters, scene.n_heads, scene.head)
    st.header("What has it learned?", anchor=False)
    st.markdown(
        "A token is the sum of its symbols, so its score is a sum of cells from the left table, and what it hands "
        f"over a sum of rows of the right one. Solved as intended, {SEEN[task.name]}; and each word hands over "
        "itself: a diagonal on the right."
    )
    left, right = st.columns([5, 4], gap="large")
    with left:
        st.markdown(
            "**Who looks for whom**: :blue[E W_Q] · (:orange[E W_K])ᵀ / √d, what a pair adds to the score"
        )
        figure = _symbol_figure("Who looks for whom", looks_for(*of_head), scene, task.symbols)
        figure.draw("learns_looks_for")
    with right:
        st.markdown(
            "**What is handed over**: :green[E W_V] W_O Eᵀ, what attending to it adds to each word’s logit"
        )
        figure = _symbol_figure("What is handed over", hands_over(*of_head), scene, task.words)
        titled = replace(figure, row_title="value (hands over)", column_title="word answered")
        titled.draw("learns_hands_over")


def _symbol_figure(name: str, values: np.ndarray, scene: Scene, columns: tuple[str, ...]) -> Figure:
    rows = list(scene.training.task.symbols)
    q, k = np.unravel_index(int(values.argmax()), values.shape)
    return Figure(
        name,
        values,
        rows=rows,
        columns=list(columns),
        role="diverging",
        summary=f"Head {scene.head}, step {scene.frame.step}: the largest is {rows[q]} → {columns[k]}, {values[q, k]:.2f}",
    )


@dataclass(frozen=True)
class Picked:
    """One number of one table; `column` counts the columns of all heads."""

    table: str
    row: int
    column: int


def gradients_panel(scene: Scene) -> None:
    """The gradients at the step shown, of the batch that the step reads."""
    training, parameters = scene.training, scene.frame.parameters
    batch = batch_of(training, scene.frame.step)
    reading = read(parameters, scene.n_heads, training.task, batch)
    grads = gradients(parameters, scene.n_heads, batch, reading)
    tables = ["W_Q", "W_K", "W_V", *["E"] * training.settings.learns_E]
    picked = _picked(scene, grads.W_Q, tables)
    st.header("The gradients of this step", anchor=False)
    st.markdown(
        f"∂L/∂w says how fast the loss grows when the number w grows. The batch of step {scene.frame.step}, {len(batch)} "
        "sequences, gives one for each number of each matrix, and the step moves w against it. **Click a cell** to "
        "check it below."
    )
    formula(MOVED[training.settings.optimiser].format(training.settings.rate), key="learns_step")
    with together("learns_gradients", gap="medium") as pictures:
        for table in tables:
            with pictures.column():
                _picture(scene, table, getattr(grads, table), picked)
    cell = picked.row, picked.column
    found = check(parameters, scene.n_heads, training.task, batch, picked.table, cell)
    _check_panel(scene, found, picked)


def _picked(scene: Scene, grad_W_Q: np.ndarray, tables: list[str]) -> Picked:
    """What was clicked, while it is there; else the steepest number of the head's W_Q."""
    picked: Picked | None = st.session_state.get(CELL)
    is_there = picked and picked.table in tables and picked.row < len(scene.training.task.symbols)
    if picked and is_there and picked.column in scene.columns(picked.table):
        return picked
    columns = scene.columns("W_Q")
    steep = np.abs(grad_W_Q[:, columns])
    row, column = np.unravel_index(int(steep.argmax()), steep.shape)
    return Picked("W_Q", int(row), int(column) + columns.start)


def _picture(scene: Scene, table: str, grad: np.ndarray, picked: Picked) -> None:
    columns = scene.columns(table)
    own = grad[:, columns]
    of_head = f" of head {scene.head}" if scene.n_heads > 1 and table != "E" else ""
    norm = float(np.linalg.norm(own))

    def pick(row: int, column: int | None) -> None:
        if column is not None:
            st.session_state[CELL] = Picked(table, row, column + columns.start)

    Figure(
        f"Gradient of {table}{of_head}",
        own,
        rows=list(scene.training.task.symbols),
        columns=scene.column_names(table),
        row_title="symbol",
        column_title="word" if table == "W_V" else "dimension",
        role=ROLES[table],
        cell=(picked.row, picked.column - columns.start) if picked.table == table else None,
        decimals=4,
        prints_numbers=False,
        summary=f"Step {scene.frame.step}, norm {norm:.3g}.",
        heading=f"∂L/∂{table}",
        note=f"{of_head} · norm {number(norm)}".lstrip(" ·"),
    ).draw(f"learns_gradient_{table}", on_pick=pick)


def _check_panel(scene: Scene, found: Check, picked: Picked) -> None:
    row = scene.training.task.symbols[picked.row]
    place = picked.column - scene.columns(picked.table).start
    column = scene.column_names(picked.table)[place]
    st.markdown(
        f"**One of them checked by trying**: w is the number of {picked.table} in row *{row}*, column *{column}*, "
        f"and h = {H}"
    )
    steps = {
        "w": found.value,
        "L(w + h)": found.loss_above,
        "L(w − h)": found.loss_below,
        "by trying": found.numeric,
        "by hand": found.by_hand,
    }
    numbers, words = st.columns(2, gap="large")
    with numbers:
        breakdown(
            [Column("all digits", [repr(x).replace("-", "−") for x in steps.values()])],
            key="learns_check",
            row_labels=list(steps),
            row_title="number",
            footer=["relative diff.", scientific(found.relative)],
            label=f"Gradient of {picked.table}, {row}, {column}: {found.numeric!r} by trying, {found.by_hand!r} by hand",
        )
    with words:
        notice_this(_agreement(found))


def _agreement(found: Check) -> str:
    if not found.by_hand and not found.numeric:
        return "This number plays no part in this batch: both ways its gradient is exactly 0. Click another cell."
    agree = int(-np.log10(max(found.relative, 1e-15)))
    return (
        "**By trying**: make this one number larger by h, read the batch, note the loss; make it smaller by h instead, "
        "note the loss; subtract the second from the first and divide by 2h. That takes two readings for each number. "
        "**By hand**: the backward pass gets all of them from one reading. "
        f"Here both agree to about {agree} digits; the rest is rounding, because the two losses are nearly "
        "equal, and the bend of the curve between w − h and w + h."
    )


def source_panel(optimiser: str) -> None:
    """From the loss back to the matrices, in the order it runs, then the step."""
    with st.expander(
        "The code that ran: backward pass and step", on_change="rerun", key="learns_source"
    ) as shown:
        if not shown.open:
            return
        for function in (
            gradients,
            cross_entropy_backward,
            multi_head_backward,
            attention_backward,
            softmax_backward,
            matrix_backward,
            OPTIMISERS[optimiser],
        ):
            source = source_of(function)
            st.markdown(f"`{source.file}`, from line {source.line}")
            st.code(source.text)
