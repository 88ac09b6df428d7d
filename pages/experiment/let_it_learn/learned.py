"""What the matrices have learned, read as tables of symbols: who looks for whom, and what each hands over."""

import numpy as np
import streamlit as st

from attention_core.toy.learned import hands_over, looks_for
from pages.experiment.let_it_learn.scene import Scene
from pages.ui.widgets.figure import Figure

SEEN = {
    "copy": "each *place* looks for the place before it: a stripe next to the diagonal",
    "marked": "*which* looks for ★: one strong cell, whatever the word or the place",
    "pronoun": "each pronoun looks for its own nouns",
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
        _table(
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
        _table(
            hands_over(parameters, scene.n_heads, scene.head),
            scene,
            task.words,
            "learns_hands_over",
            "What is handed over",
            ("value (hands over)", "word answered"),
        )


def _table(
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
