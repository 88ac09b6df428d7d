"""What is trained, in the link as "copy_Adam_0.03_200_0_1_fixed", the reader's own run of it, and what is shown of it."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import streamlit as st

from attention_core.toy.learner import Parameters, read
from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.tasks import NOUNS_OF, TASKS, Sequences, tokens_of
from attention_core.toy.training import MOST_STEPS, Frame, Settings, Training, start, train
from pages.ui.reader.link_codec import number, option
from pages.ui.reader.page_state import PageState
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.wording import labels

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
USUAL_RATES = {"Adam": 0.03, "SGD": 3.0}  # with these each task is solved in the usual steps
STEPS = (1, 10, 50, 100, 200, 500, 1000, MOST_STEPS)
HEADS = (1, 2, 4)
LARGEST_SEED = 9999
RESET = "learns_reset"  # a button that is always drawn: its state is gone when the page is left
RUN = "learns_run"  # session: a Run
SHOWN = "learns_shown"  # session: the step whose frame is shown
N_PIECES = 12  # of a click's steps, so that the pictures grow meanwhile
N_EXAMPLES = 8  # held-out sequences to choose from
NOT_TRAINED = "Not trained yet"
ASKED = {
    "copy": "**Each word must answer with the word before it.** The answer stands one place to the left, so each "
    "query has to look there.",
    "marked": "**One word wears a ★, and the last token must say which.** The star may stand anywhere, so the query "
    "has to find it.",
    "pronoun": "**The pronoun must answer with the noun it means.** Two nouns are there and only one fits, so the query "
    "has to pass by the other: "
    + ", ".join(f"*{pronoun}* → {' or '.join(nouns)}" for pronoun, nouns in NOUNS_OF.items())
    + ".",
}
LONGEST_PIECE = 50  # steps: some tenths of a second, so that Stop is heard at once


@dataclass(frozen=True)
class Plan:
    """What is trained, and how many steps one click takes."""

    task: str = option(*TASKS, default="copy")
    optimiser: str = option(*OPTIMISERS, default="Adam")
    rate: float = option(*RATES, default=USUAL_RATES["Adam"], text=lambda rate: f"{rate:g}")
    steps: int = option(*STEPS, default=200)
    seed: int = number(high=LARGEST_SEED, default=0)
    heads: int = option(*HEADS)
    E: bool = option(False, True, text={False: "fixed", True: "learned"}.__getitem__)

    @property
    def settings(self) -> Settings:
        return Settings(self.task, self.optimiser, self.rate, self.seed, self.heads, self.E)


PLAN = PageState("train", Plan, keys="learns", shown=RESET, separators="_")


@dataclass(frozen=True, eq=False)
class Run:
    """A training and what is being done with it."""

    training: Training
    goal: int = 0  # the step at which it will pause
    doing: Literal["nothing", "training", "film"] = "nothing"

    @property
    def is_running(self) -> bool:
        return self.doing != "nothing"

    @property
    def is_at_end(self) -> bool:
        return self.training.diverged or self.training.step >= MOST_STEPS


def run_of(plan: Plan) -> Run:
    """The run of these settings; another choice begins another run."""
    run = st.session_state.get(RUN)
    if run is None or run.training.settings != plan.settings:
        run = keep(Run(start(plan.settings)))
    return run


def keep(run: Run) -> Run:
    st.session_state[RUN] = run
    return run


def begin(plan: Plan) -> None:
    """On to the goal that a Stop left open, else as many steps further as were chosen."""
    run = run_of(plan)
    step = run.training.step
    goal = run.goal if run.goal > step else step + plan.steps
    keep(replace(run, goal=min(goal, MOST_STEPS), doing="training"))


def pause(plan: Plan) -> None:
    keep(replace(run_of(plan), doing="nothing"))


def start_over(plan: Plan) -> None:
    keep(Run(start(plan.settings)))
    show(0)


def play(plan: Plan) -> None:
    """The film from its first frame."""
    keep(replace(run_of(plan), doing="film"))
    show(0)


def show(step: int) -> None:
    st.session_state[SHOWN] = step


def scrub(scrubber: str) -> None:
    """The reader has moved the scrubber with this key."""
    show(st.session_state[scrubber])


def take_a_piece(run: Run, plan: Plan) -> Run:
    """Some steps of the training or one frame of the film; where that was the last, nothing is being done any more."""
    if run.doing == "film":
        return _next_frame(run)
    piece = min(-(-plan.steps // N_PIECES), LONGEST_PIECE)
    n_steps = min(piece, run.goal - run.training.step)
    run = replace(run, training=train(run.training, n_steps))
    show(run.training.step)
    is_done = run.training.step >= run.goal or run.is_at_end
    return keep(replace(run, doing="nothing" if is_done else "training"))


def _next_frame(run: Run) -> Run:
    later = [frame.step for frame in run.training.frames if frame.step > shown_frame(run).step]
    if later:
        show(later[0])
    return keep(replace(run, doing="film" if later[1:] else "nothing"))


def shown_frame(run: Run) -> Frame:
    """The frame that the reader looks at; the last one, unless another was chosen."""
    chosen = st.session_state.get(SHOWN)
    frames = run.training.frames
    return next((frame for frame in frames if frame.step == chosen), frames[-1])


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

    def columns(self, table: str) -> range:
        """Of one of the matrices, the columns of the head shown; all of E, which the heads share."""
        n = getattr(self.frame.parameters, table).shape[1]
        size = n if table == "E" else n // self.n_heads
        start = 0 if table == "E" else self.head * size
        return range(start, start + size)

    def column_names(self, table: str) -> list[str]:
        if table == "W_V":
            return list(self.training.task.words)
        return [f"dim {i}" if table == "E" else str(i) for i in range(len(self.columns(table)))]


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
