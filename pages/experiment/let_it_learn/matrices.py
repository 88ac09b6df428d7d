"""The matrices of the step shown: what they have learned, their gradients, and the code that computes them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.source import source_of
from attention_core.gradients import (
    attention_backward,
    matrix_backward,
    multi_head_backward,
    softmax_backward,
)
from attention_core.toy.gradient_check import Check, H, check
from attention_core.toy.learned import hands_over, looks_for
from attention_core.toy.learner import Parameters, cross_entropy_backward, gradients, read
from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.training import batch_of
from pages.experiment.let_it_learn.scene import Scene
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.wording import number, scientific

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


def learned(scene: Scene) -> None:
    """Both tables of the head shown, at the step shown."""
    task, parameters = scene.training.task, scene.frame.parameters
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
        _symbol_table(
            looks_for(parameters, scene.n_heads, scene.head),
            scene,
            task.symbols,
            "learns_looks_for",
            "Who looks for whom",
            ("query (asks)", "key (offers)"),
        )
    with right:
        st.markdown(
            "**What is handed over**: :green[E W_V] W_O Eᵀ, what a look at it adds to each word’s logit"
        )
        _symbol_table(
            hands_over(parameters, scene.n_heads, scene.head),
            scene,
            task.words,
            "learns_hands_over",
            "What is handed over",
            ("value (hands over)", "word answered"),
        )


def _symbol_table(
    values: np.ndarray,
    scene: Scene,
    columns: tuple[str, ...],
    key: str,
    name: str,
    titles: tuple[str, str],
) -> None:
    rows = list(scene.training.task.symbols)
    q, k = np.unravel_index(int(values.argmax()), values.shape)
    Figure(
        name,
        values,
        rows=rows,
        columns=list(columns),
        row_title=titles[0],
        column_title=titles[1],
        role="diverging",
        summary=f"Head {scene.head}, step {scene.frame.step}: the largest is {rows[q]} → {columns[k]}, {values[q, k]:.2f}",
    ).draw(key)


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
    picked = _picked(scene, grads, tables)
    st.header("The gradients of this step", anchor=False)
    st.markdown(
        f"∂L/∂w says how fast the loss grows when the number w grows. The batch of step {scene.frame.step}, {len(batch)} "
        "sequences, gives one for each number of each matrix, and the step moves w against it. **Click a cell** to "
        "check it below."
    )
    formula(MOVED[training.settings.optimiser].format(training.settings.rate), key="learns_step")
    for place, table in zip(st.columns(len(tables), gap="medium"), tables, strict=True):
        with place:
            _picture(scene, table, getattr(grads, table), picked)
    _check_panel(
        scene, check(parameters, scene.n_heads, training.task, batch, *_cell(picked)), picked
    )


def _cell(picked: Picked) -> tuple[str, tuple[int, int]]:
    return picked.table, (picked.row, picked.column)


def _picked(scene: Scene, grads: Parameters, tables: list[str]) -> Picked:
    """What was clicked, while it is there; else the steepest number of the head's W_Q."""
    picked = st.session_state.get(CELL)
    if picked is not None and picked.table in tables:
        columns = _columns(scene, picked.table, getattr(grads, picked.table))
        if picked.row < len(scene.training.task.symbols) and picked.column in columns:
            return picked
    columns = _columns(scene, "W_Q", grads.W_Q)
    steep = np.abs(grads.W_Q[:, columns.start : columns.stop])
    row, column = np.unravel_index(int(steep.argmax()), steep.shape)
    return Picked("W_Q", int(row), int(column) + columns.start)


def _columns(scene: Scene, table: str, grad: np.ndarray) -> range:
    """The columns of the head shown; all of E, which the heads share."""
    if table == "E":
        return range(grad.shape[1])
    size = grad.shape[1] // scene.n_heads
    return range(scene.head * size, (scene.head + 1) * size)


def _column_names(scene: Scene, table: str, columns: range) -> list[str]:
    task = scene.training.task
    return {
        "E": [f"dim {i}" for i in columns],
        "W_V": list(task.words),
    }.get(table, [str(i - columns.start) for i in columns])


def _picture(scene: Scene, table: str, grad: np.ndarray, picked: Picked) -> None:
    columns = _columns(scene, table, grad)
    own = grad[:, columns.start : columns.stop]
    rows, names = list(scene.training.task.symbols), _column_names(scene, table, columns)
    of_head = f" of head {scene.head}" if scene.n_heads > 1 and table != "E" else ""
    norm = float(np.linalg.norm(own))

    def pick(row: int, column: int | None) -> None:
        if column is not None:
            st.session_state[CELL] = Picked(table, row, column + columns.start)

    Figure(
        f"Gradient of {table}{of_head}",
        own,
        rows=rows,
        columns=names,
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
    columns = _columns(scene, picked.table, getattr(scene.frame.parameters, picked.table))
    column = _column_names(scene, picked.table, columns)[picked.column - columns.start]
    st.markdown(
        f"**One of them checked by trying**: w is the number of {picked.table} in row *{row}*, column *{column}*, "
        f"and h = {H}"
    )
    steps = {
        "w": _digits(found.value),
        "L(w + h)": _digits(found.loss_above),
        "L(w − h)": _digits(found.loss_below),
        "by trying": _digits(found.numeric),
        "by hand": _digits(found.by_hand),
    }
    numbers, words = st.columns(2, gap="large")
    with numbers:
        breakdown(
            [Column("all digits", list(steps.values()))],
            key="learns_check",
            row_labels=list(steps),
            row_title="number",
            footer=["relative diff.", scientific(found.relative)],
            label=f"Gradient of {picked.table}, {row}, {column}: {found.numeric!r} by trying, {found.by_hand!r} by hand",
        )
    with words:
        notice_this(_agreement(found))


def _digits(value: float) -> str:
    """All of them."""
    return repr(value).replace("-", "−")


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
