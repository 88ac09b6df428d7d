"""Lesson 2: the words of the reader's own table, with its editor and map, and words as a model reads them.

The editor is fed a constant seed and keeps the reader's edits itself. What else changes the table,
a button or a word dragged on the map, makes a new seed: the editor then starts afresh from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.experiments.word_vectors import WordVectors, in_a_text, word_vectors
from attention_core.toy.claims import WORD_DIMENSIONS, WORD_VECTORS, WORDS
from attention_core.vectors import cosine, principal_components
from pages.ui.server import models
from pages.ui.widgets.component import explain
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.plane import Mark, plane, plane_numbers

LIMIT = 1.0  # numbers run from −1 to 1
MOST_WORDS = 24
LONGEST_WORD = 20
TO_ADD = {"puppy": (0.7, 0.9, 0.1), "elephant": (0.4, 0.9, 1.0), "sad": (-0.8, 0.1, 0.1)}
AXES = {f"{x} and {y}": (x, y) for x, y in combinations(WORD_DIMENSIONS, 2)}
FLATTENED = "all three"
RIGHT_ANGLE = ((1.0, 1.0), (1.0, -1.0))  # their first number is the same
NO_COSINE = "A list of zeros points nowhere, so it has no cosine."
EDGE = 1.15 * LIMIT  # the world's half width: a word on its border stays in sight


@dataclass(frozen=True)
class Words:
    """The rows that can be read: each has a word of its own and all its numbers."""

    names: tuple[str, ...]
    x: np.ndarray  # (n_words, n_dimensions)
    rows: tuple[int, ...]  # where each word stands in the table
    left_out: tuple[str, ...]  # one sentence for each row that can't be read


@dataclass
class WordTable:
    """`current` is what the reader sees; `version` is part of the editor's key."""

    seed: pd.DataFrame
    current: pd.DataFrame
    version: int = 0

    @property
    def key(self) -> str:
        return f"embeddings_table_{self.version}"

    def show(self, changed: pd.DataFrame) -> None:
        """Make a change that the editor does not know of."""
        self.seed = self.current = changed
        self.version += 1

    def put(self, row: int, numbers: dict[str, float]) -> None:
        changed = self.current.copy()
        changed.loc[changed.index[row], list(numbers)] = list(numbers.values())
        self.show(changed)

    def add(self, word: str, numbers: Sequence[float]) -> None:
        row = pd.DataFrame([[word, *numbers]], columns=self.current.columns)
        self.show(pd.concat([self.current, row], ignore_index=True))


def word_table() -> WordTable:
    """This reader's table, as it was left; the tutorial's at first."""
    if "embeddings_words" not in st.session_state:
        st.session_state["embeddings_words"] = WordTable(tutorials_table(), tutorials_table())
    table: WordTable = st.session_state["embeddings_words"]
    if table.key not in st.session_state:  # back from another page: the editor has forgotten
        table.seed = table.current
    return table


def tutorials_table() -> pd.DataFrame:
    frame = pd.DataFrame(WORD_VECTORS, columns=list(WORD_DIMENSIONS))
    frame.insert(0, "word", list(WORDS))
    return frame


def edit(table: WordTable) -> Words:
    """The table, to be edited; below it what can't be read, words to add, and the way back."""
    numbers = st.column_config.NumberColumn(
        default=0.0, min_value=-LIMIT, max_value=LIMIT, step=0.01, format="%.2f", width=70
    )
    table.current = st.data_editor(
        table.seed,
        key=table.key,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "word": st.column_config.TextColumn("word", required=True, max_chars=LONGEST_WORD),
            **dict.fromkeys(WORD_DIMENSIONS, numbers),
        },
        alt="The table of words and their numbers",
    )
    words = readable(table.current)
    if words.left_out:
        st.warning("  \n".join(words.left_out), icon=":material/edit_off:")
    with st.container(horizontal=True):
        for word, vector in TO_ADD.items():
            st.button(
                word,
                icon=":material/add:",
                key=f"embeddings_add_{word}",
                disabled=word in words.names or len(words.names) >= MOST_WORDS,
                on_click=table.add,
                args=(word, vector),
            )
        st.button(
            "Start again",
            icon=":material/restart_alt:",
            key="embeddings_reset",
            disabled=table.current.equals(tutorials_table()),
            on_click=after_delivery(lambda: table.show(tutorials_table())),
        )
    return words


def readable(frame: pd.DataFrame) -> Words:
    """Each row that has a word of its own and all its numbers; of the others, why they are left out."""
    names: list[str] = []
    vectors, rows, left_out = [], [], []
    for row, (word, *numbers) in enumerate(frame.itertuples(index=False)):
        name = "" if pd.isna(word) else str(word).strip()[:LONGEST_WORD]
        vector = np.array(numbers, dtype=float)
        reason = _why_not(name, vector, names)
        if reason:
            left_out.append(f"Row {row + 1} is left out: {reason}.")
            continue
        names.append(name)
        vectors.append(vector)
        rows.append(row)
    x = np.array(vectors).reshape(len(names), len(frame.columns) - 1)
    return Words(tuple(names), x, tuple(rows), tuple(left_out))


def _why_not(name: str, vector: np.ndarray, taken: Sequence[str]) -> str | None:
    reasons = (
        (not name, "it has no word"),
        (name in taken, "its word is in the table already"),
        (np.isnan(vector).any(), "one of its numbers is missing"),
        ((abs(vector) > LIMIT).any(), f"numbers run from −{LIMIT:g} to {LIMIT:g}"),
        (len(taken) == MOST_WORDS, f"{MOST_WORDS} words are enough for a map"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def table_map(table: WordTable, words: Words) -> None:
    """The map of the table. Along two of its columns words can be dragged, and the table follows."""
    shown = st.pills(
        "Directions of the map",
        [*AXES, FLATTENED],
        default=next(iter(AXES)),
        key="embeddings_axes",
        required=True,
        wrap=True,
        persist_state="session",
    )
    if shown == FLATTENED:
        flattened_map(words.names, words.x, key="embeddings_flat")
        return
    across, up = AXES[shown]
    columns = [WORD_DIMENSIONS.index(axis) for axis in (across, up)]

    def move(i: int, x: float, y: float) -> None:
        x, y = (min(max(number, -LIMIT), LIMIT) for number in (x, y))
        table.put(words.rows[i], {across: round(x, 2), up: round(y, 2)})

    st.markdown(
        f"Across: *{across}*. Up: *{up}*. **Drag a word**, and its numbers in the table follow."
    )
    _map(words.names, words.x[:, columns], (across, up), key="embeddings_map", on_move=move)


def flattened_map(names: Sequence[str], x: np.ndarray, *, key: str) -> None:
    """All numbers of each word, flattened to the two directions along which the words differ most."""
    coordinates, share = principal_components(x, 2)
    explain(
        f"{x.shape[1]} numbers are too many for a flat map. This one keeps the two directions along "
        "which these words differ most (their *principal components*), and with them "
        f"**{share:.0%}** of the differences."
    )
    _map(names, coordinates, ("most different", "next most different"), key=key)


def _map(
    names: Sequence[str],
    places: np.ndarray,
    titles: tuple[str, str],
    *,
    key: str,
    on_move: Callable[[int, float, float], None] | None = None,
) -> None:
    marks = [
        Mark(name, x, y, movable=on_move is not None)
        for name, (x, y) in zip(names, places.tolist(), strict=True)
    ]
    label = f"Map of {len(marks)} words, across {titles[0]}, up {titles[1]}: "
    plane(
        marks,
        key=key,
        label=label + ", ".join(f"{mark.name} at {mark.x:.2f}, {mark.y:.2f}" for mark in marks),
        reach=EDGE if on_move else None,
        snap=0.05,
        on_move=on_move,
        numbers=plane_numbers("Map of words", marks, *titles),
    )


def your_words() -> list[str]:
    words = words_in(
        st.text_input(
            "Your words, with spaces between them",
            "king queen pizza cat dog happy",
            max_chars=300,
            key="embeddings_own",
            persist_state="session",
            help="Each word is read as inside a sentence, with a space in front: to some models, "
            "the first word of a text would be another one.",
        )
    )
    if len(words) > MOST_WORDS:
        st.markdown(f"Only the first {MOST_WORDS} of {len(words)} words are read.")
    return words[:MOST_WORDS]


def words_in(text: str) -> list[str]:
    """Each word once, in order; spaces and commas separate."""
    return list(dict.fromkeys(text.replace(",", " ").split()))


def real_words(model_id: str, words: Sequence[str]) -> WordVectors:
    """The model must be loaded. Raises ValueError if it can't read any of the words."""
    text, _ = in_a_text(words)
    read = models.tokenized(model_id, text)
    return word_vectors(words, read, models.embedded(model_id, text))


def cosine_in_model(model_id: str, a: str, b: str) -> float:
    """How alike two words are in the model, whatever the reader typed."""
    return cosine(*real_words(model_id, (a, b)).x)
