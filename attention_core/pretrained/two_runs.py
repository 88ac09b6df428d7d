"""Two runs of one text held against each other, layer by layer: one whose attention we compute, and its control.

Kept are how far they are apart and what both end in, no weights: of a thousand tokens in thirty layers
these would be gigabytes. Whose fault a difference is, is not said; float64 tells rounding from a mistake.
"""

import copy
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch.nn import functional

from attention_core.attention import AttentionTrace
from attention_core.errors import ReaderError
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import Outcome, batch_of, ends
from attention_core.pretrained.proof import SUSPICIOUS, TOLERANCE
from attention_core.pretrained.seam import LIBRARY, AttentionCall, Run, core_attention
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
    def verdict(self) -> str:
        """ "normal" as rounding in float32 is, "suspicious", or between the two "unclear"."""
        if self.largest < TOLERANCE:
            return "normal"
        return "unclear" if self.largest < SUSPICIOUS else "suspicious"

    @property
    def largest(self) -> float:
        """What the verdict is made from: the largest of `weights` and of `shares`; nan where there are no numbers."""
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


def by_torch(call: AttentionCall) -> AttentionTrace:
    """torch's own fused attention, which computes in the precision it is given, in the place of the library's.

    It hands out no weights; but where each key's value is a one-hot vector, the weights are what comes out.
    """
    trace = core_attention(call)
    q, k, v = (torch.from_numpy(np.ascontiguousarray(x)) for x in (trace.q, trace.k, trace.v))
    n_k, d_v = v.shape[-2:]
    with_one_hots = torch.cat([v, torch.eye(n_k, dtype=v.dtype).expand(len(v), n_k, n_k)], dim=-1)
    out = functional.scaled_dot_product_attention(
        q[None], k[None], with_one_hots[None], _additive(trace), scale=trace.scale
    )[0].numpy()
    return replace(trace, context=out[..., :d_v], weights=out[..., d_v:])


def _additive(trace: AttentionTrace) -> torch.Tensor | None:
    if trace.mask is None and trace.bias is None:
        return None
    bias = np.zeros(1) if trace.bias is None else trace.bias
    blocked = bias if trace.mask is None else np.where(trace.mask, bias, -np.inf)
    return torch.from_numpy(np.asarray(blocked, dtype=trace.q.dtype))


@contextmanager
def in_float64(loaded: LoadedModel) -> Iterator[LoadedModel]:
    """A private copy of the model that computes in float64; its memory is given back when the block ends."""
    model = copy.deepcopy(loaded.engine.model).double()
    names = {id(module): name for name, module in model.base_model.named_modules()}
    try:
        yield replace(loaded, engine=replace(loaded.engine, model=model, module_names=names))
    finally:
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.data = torch.empty(0)  # at once, whoever still holds the model


def bytes_in_float64(loaded: LoadedModel) -> int:
    """What the copy takes while it is there."""
    return 8 * sum(parameter.numel() for parameter in loaded.engine.model.parameters())


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
