"""Training as a pure function: a state goes in, a state some steps further comes out. Same settings, same numbers.

What a step computes is in `learner`, how it moves the numbers in `optimisers`; here is only the order of things.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from attention_core.toy.learner import (
    TABLES,
    Parameters,
    first_parameters,
    gradients,
    read,
)
from attention_core.toy.optimisers import OPTIMISERS, Memory, no_memory
from attention_core.toy.tasks import TASKS, Sequences, Task, drawn

N_BATCH = 32  # sequences in one step
MOST_STEPS = 2000
MOST_FRAMES = 40  # of the film; every second one is dropped when there would be more
MOST_HEADS = 4
LARGEST = (
    1e3  # of a parameter: what is learned stays far below, and beyond it is on its way to overflow
)


@dataclass(frozen=True)
class Settings:
    """All that decides what is learned. Raises ValueError for what is not there."""

    task: str = "copy"
    optimiser: str = "Adam"
    rate: float = 0.03
    seed: int = 0
    n_heads: int = 1
    learns_E: bool = False

    def __post_init__(self) -> None:
        if self.task not in TASKS or self.optimiser not in OPTIMISERS:
            raise ValueError(f"no task {self.task!r} with the optimiser {self.optimiser!r}")
        if not 0 < self.rate <= LARGEST or self.seed < 0:
            raise ValueError(f"no learning rate {self.rate} or no seed {self.seed}")
        if self.n_heads not in (1, 2, MOST_HEADS):
            raise ValueError(f"no {self.n_heads} heads: 1, 2 or {MOST_HEADS}")


@dataclass(frozen=True, eq=False)
class Measures:
    """How well the toy does on sequences that it was not trained on."""

    loss: float
    accuracy: float  # share of the asked queries whose largest logit is the target
    on_intended: Float[
        np.ndarray, " n_heads"
    ]  # weight on the intended key, mean over asked queries


@dataclass(frozen=True, eq=False)
class Frame:
    """The toy after some steps: one picture of the film."""

    step: int
    parameters: Parameters
    measures: Measures


@dataclass(frozen=True, eq=False)
class Training:
    """Where a training stands. `frames` begin with step 0 and end with the last step."""

    settings: Settings
    training: Sequences
    held_out: Sequences
    memory: Memory
    losses: Float[np.ndarray, " n_steps"]  # of each step's batch, before the step
    frames: tuple[Frame, ...]
    diverged: bool = False  # the next step would leave the numbers that can be computed with

    @property
    def task(self) -> Task:
        return TASKS[self.settings.task]

    @property
    def step(self) -> int:
        return len(self.losses)

    @property
    def now(self) -> Frame:
        return self.frames[-1]


def start(settings: Settings) -> Training:
    """Before the first step."""
    task = TASKS[settings.task]
    training, held_out = drawn(task, settings.seed)
    parameters = first_parameters(task, settings.n_heads, settings.seed)
    first = Frame(0, parameters, measured(parameters, settings, held_out))
    return Training(settings, training, held_out, no_memory(parameters), np.empty(0), (first,))


def train(state: Training, n_steps: int) -> Training:
    """`n_steps` further, up to MOST_STEPS in all; it stops before a step that would leave all bounds."""
    settings, memory, parameters = state.settings, state.memory, state.now.parameters
    losses, frames, diverged = list(state.losses), list(state.frames), False
    for step in range(state.step, min(state.step + n_steps, MOST_STEPS)):
        batch = batch_of(state, step)
        reading = read(parameters, settings.n_heads, state.task, batch)
        grads = gradients(parameters, settings.n_heads, batch, reading)
        moved, remembered = OPTIMISERS[settings.optimiser](
            parameters, grads, settings.rate, memory, step
        )
        if not settings.learns_E:
            moved = replace(moved, E=parameters.E)
        if diverged := not within_bounds(moved):
            break
        parameters, memory = moved, remembered
        losses.append(reading.loss)
        if (step + 1) % spacing(step + 1) == 0:
            frames.append(_frame(step + 1, parameters, state))
    now = _frame(len(losses), parameters, state)
    return replace(
        state,
        memory=memory,
        losses=np.array(losses),
        frames=_film(frames, now),
        diverged=diverged,
    )


def batch_of(state: Training, step: int) -> Sequences:
    """What the step reads: drawn from the training sequences by the seed and the step alone."""
    rng = np.random.default_rng([state.settings.seed, step])
    return state.training[rng.choice(len(state.training), N_BATCH, replace=False)]


def measured(parameters: Parameters, settings: Settings, sequences: Sequences) -> Measures:
    """How well these numbers do on some sequences."""
    reading = read(parameters, settings.n_heads, TASKS[settings.task], sequences)
    row, q_pos = np.nonzero(sequences.asked)
    weights = reading.layer.heads.weights[row, :, q_pos, sequences.intended[sequences.asked]]
    accuracy = (reading.logits.argmax(axis=1) == reading.targets).mean()
    return Measures(reading.loss, float(accuracy), weights.mean(axis=0))


def guessing(state: Training) -> Measures:
    """What a reader of answers alone reaches, who goes by how often each was right; its heads are even."""
    targets = state.training.target[state.training.asked]
    counts = np.bincount(targets, minlength=len(state.task.words))
    asked = state.held_out.target[state.held_out.asked]
    loss = float(-np.log(counts[asked] / counts.sum()).mean())
    even = np.full(state.settings.n_heads, 1 / (state.task.n_tokens - 1))
    return Measures(loss, float((asked == counts.argmax()).mean()), even)


def spacing(step: int) -> int:
    """How many steps lie between two frames of a film of so many steps: 1, 2, 4, …"""
    every = 1
    while step >= MOST_FRAMES * every:
        every *= 2
    return every


def within_bounds(parameters: Parameters) -> bool:
    """Whether every number is one, and small enough to be computed with."""
    return all(bool((np.abs(getattr(parameters, name)) <= LARGEST).all()) for name in TABLES)


def _frame(step: int, parameters: Parameters, state: Training) -> Frame:
    return Frame(step, parameters, measured(parameters, state.settings, state.held_out))


def _film(frames: list[Frame], now: Frame) -> tuple[Frame, ...]:
    every = spacing(now.step)
    return (*(frame for frame in frames if frame.step % every == 0 and frame.step < now.step), now)
