"""What all pictures of the page show: one frame of the film, one head, one held-out sequence."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.toy.learner import Parameters, read
from attention_core.toy.tasks import Sequences, tokens_of
from attention_core.toy.training import Frame, Training
from pages.experiment.let_it_learn.state import Run, shown_frame
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.wording import labels

N_EXAMPLES = 8  # held-out sequences to choose from


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
