"""Two runs of one text held against each other, layer by layer: one whose attention we compute, and its control.

Kept are how far they are apart and what both end in, no weights: of a thousand tokens in thirty layers
these would be gigabytes. Whose fault a difference is, is not said; float64 tells rounding from a mistake.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import batch_of, ends
from attention_core.pretrained.proof import TOLERANCE
from attention_core.pretrained.run import LIBRARY, AttentionCall, Outcome, Run, core_attention
from attention_core.pretrained.turns import TURNS

EXACT = 1e-10  # float64: what is left of rounding lies far below, a mistake does not


@dataclass(frozen=True)
class Apart:
    """How far a run is from its control, each layer end to end through all layers before it."""

    weights: Float[np.ndarray, " n_layers"]  # max |Δ weight| of each layer
    states: Float[
        np.ndarray, " n_layers"
    ]  # max |Δ| of the vectors that leave it: the residual stream
    sizes: Float[np.ndarray, " n_layers"]  # max |number| of the control's vectors there
    outcome: Outcome

    @property
    def shares(self) -> Float[np.ndarray, " n_layers"]:
        """The difference of the residual stream as a share of its size, by the rule of `proof`."""
        return self.states / np.maximum(self.sizes, 1.0)

    @property
    def is_usual(self) -> bool:
        """Whether it is what rounding in float32 usually leaves. If not, `proof.rounding` tells rounding from a mistake."""
        return self.largest < TOLERANCE

    @property
    def largest(self) -> float:
        """The largest of `weights` and of `shares`; nan where there are no numbers."""
        return float(np.concatenate([self.weights, self.shares]).max())

    @property
    def is_exact(self) -> bool:
        """Whether only what float64 itself rounds is left. A float32 run never is, but of a single token."""
        return self.largest < EXACT


@dataclass(frozen=True)
class Compared:
    """A control, and how far each of some runs is from it."""

    control: Outcome
    runs: tuple[Apart, ...]
    rounds: bool  # whether every weight of the control is a float32 number, whatever the model computes in


def compare(
    ids: list[int], loaded: LoadedModel, attends: Sequence[Attend], control: Run = LIBRARY
) -> Compared:
    """Run `attends` as one batch, then the control alone, and compare weights as it goes: one layer in memory.

    The vectors after the last layer are those after the model's final normalisation, where it has one.
    Raises ValueError where a family does not hand out the vectors between its layers.
    """
    calls: list[list[AttentionCall]] = [[] for _ in attends]
    runs = [Run(attend, _keep_in(kept)) for attend, kept in zip(attends, calls, strict=True)]
    ours = _states(ids, loaded, runs)
    differences: list[list[float]] = [[] for _ in attends]
    rounded: list[bool] = []

    def hold_against(call: AttentionCall, weights: np.ndarray) -> None:
        rounded.append(np.array_equal(weights, weights.astype(np.float32)))
        for attend, kept, found in zip(attends, calls, differences, strict=True):
            # the same function on the same numbers as in its run
            found.append(float(np.abs(weights - attend(kept[call.layer]).weights).max()))

    theirs = _states(ids, loaded, [replace(control, on_layer=hold_against)])
    if len(ours) > len(rounded):
        raise ReaderError(f"{loaded.title} has layers without attention")
    sizes = np.array([np.abs(state).max() for state in theirs], dtype=float)
    apart = [
        Apart(
            np.array(found[: len(ours)]),
            np.array([np.abs(a[row] - b[0]).max() for a, b in zip(ours, theirs, strict=True)]),
            sizes,
            outcome,
        )
        for row, (found, outcome) in enumerate(
            zip(differences, ends(ids, loaded, ours[-1]), strict=True)
        )
    ]
    return Compared(ends(ids, loaded, theirs[-1])[0], tuple(apart), all(rounded))


def _keep_in(kept: list[AttentionCall]) -> Callable[[AttentionCall, np.ndarray], None]:
    return lambda call, _: kept.append(call)


def _states(
    ids: list[int], loaded: LoadedModel, runs: Sequence[Run]
) -> list[Float[np.ndarray, "n_runs n_tokens d_model"]]:
    """What leaves each layer; of two stacks, each layer of the encoder."""
    batch = batch_of(ids, loaded, len(runs))
    outputs = loaded.engine.forward(batch, *runs, output_hidden_states=True)
    states = outputs.get("encoder_hidden_states") or outputs.get("hidden_states")
    if not states:
        raise ReaderError(f"{loaded.title} does not hand out the vectors between its layers")
    return [frozen(state.numpy()) for state in states[1:]]


def library_weights(
    ids: list[int], loaded: LoadedModel, layer: int, head: int
) -> Float[np.ndarray, "n_q n_k"]:
    """One head of the library's own run, end to end."""
    kept: list[np.ndarray] = []

    def keep(call: AttentionCall, weights: np.ndarray) -> None:
        if call.layer == layer:
            kept.append(weights[head].copy())

    loaded.engine.forward(batch_of(ids, loaded, 1), Run(on_layer=keep))
    return frozen(kept[0])


def rescaled(factor: float) -> Attend:
    """A wrong core, to be found out: its scale is off by a factor."""
    return lambda call: core_attention(replace(call, scale=call.scale * factor))


@dataclass(frozen=True)
class Times:
    """Seconds of each pass, in the order they were measured: of this machine, at this moment."""

    library: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median of ours to median of the library's."""
        return statistics.median(self.ours) / statistics.median(self.library)


def turn_about(ids: list[int], loaded: LoadedModel, n: int) -> Times:
    """n passes of each, turn about, so that both meet the same moments of a busy machine; one each before that."""
    inputs = batch_of(ids, loaded, 1)
    library: list[float] = []
    ours: list[float] = []
    for i in range(n + 1):
        for run, seconds in ((LIBRARY, library), (Run(core_attention), ours)):
            with TURNS.turn():  # the wait for it is no part of the pass
                begin = time.perf_counter()
                loaded.engine.forward(inputs, run)
                if i:
                    seconds.append(time.perf_counter() - begin)
    return Times(tuple(library), tuple(ours))
