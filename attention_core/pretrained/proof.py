"""The proof that the core ran the model: our run against the library's own attention on the same text.

Where float32 leaves more than usual, a float64 run of the library tells rounding from a mistake.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.capture import as_tensors, ending, final_state
from attention_core.pretrained.failures import ModelFailed
from attention_core.pretrained.float64 import by_torch, in_float64
from attention_core.pretrained.layers import Capture, LayerCapture
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.run import AttentionCall, Run

TOLERANCE = 5e-5  # usual rounding in float32, as TransformerLens documents; some texts round more
AS_ROUNDING = 10.0  # times the library's own error: two programs that round differ by less than 3


@dataclass(frozen=True)
class Rounding:
    """How far two float32 runs of one text are from the library's run in float64."""

    ours: Float[np.ndarray, " n_layers"]  # max |Δ weight| of each layer
    library: Float[np.ndarray, " n_layers"]
    ours_output: float  # max |Δ| of the last hidden state, as a share of its size
    library_output: float

    @property
    def explains(self) -> bool:
        """Whether ours is nowhere further off than rounding brings: in no layer, and not in the output.

        A layer inherits the errors of those before it, so the bound is AS_ROUNDING times the library's largest so far.
        """
        most = np.maximum(AS_ROUNDING * np.maximum.accumulate(self.library), TOLERANCE)
        most_output = max(AS_ROUNDING * self.library_output, TOLERANCE)
        return bool((self.ours <= most).all()) and self.ours_output <= most_output


@dataclass(frozen=True)
class Proof:
    """Largest differences between our run and the library's, each end to end through all layers before it."""

    weight_differences: Float[np.ndarray, " n_layers"]  # max |Δ weight| of each layer
    output_difference: float  # max |Δ| of the backbone's last hidden state
    output_size: float  # max |output| of the library: what the difference is to be held against
    n_heads: int  # of all layers together
    rounding: Rounding | None = None  # measured where the differences are not usual, if it can be
    tolerance: float = TOLERANCE

    @property
    def weight_difference(self) -> float:
        return float(self.weight_differences.max())

    @property
    def is_usual(self) -> bool:
        """Whether weights agree as float32 usually does, and the output as a share of its own size."""
        relative = self.output_difference / max(self.output_size, 1.0)
        return self.weight_difference < self.tolerance and relative < self.tolerance

    @property
    def holds(self) -> bool:
        """Whether rounding is all that lies between the two runs."""
        return self.is_usual or (self.rounding is not None and self.rounding.explains)

    @property
    def is_settled(self) -> bool:
        """Whether it is known if the two agree: False where float64 was needed and could not be run."""
        return self.is_usual or self.rounding is not None


def prove(ours: Capture, loaded: LoadedModel) -> Proof:
    """Run the library's attention on the same tokens and compare as it goes, one layer in memory at a time.

    Where the differences are larger than usual, two more runs measure `rounding`. Raises ValueError
    where the seam does not reach the model, for then nothing of ours ran.
    """
    layers = _layers(ours, loaded)
    differences: list[float] = []

    def compare(_: AttentionCall, weights: np.ndarray) -> None:
        differences.append(_largest(weights, layers[len(differences)].weights))

    inputs = as_tensors(ours.inputs)
    outputs = loaded.engine.forward(inputs, Run(on_layer=compare), **ending(loaded.engine))
    output = final_state(outputs)
    proof = Proof(
        np.array(differences),
        output_difference=_largest(output, ours.output),
        output_size=float(np.abs(output).max()),
        n_heads=sum(layer.n_heads for layer in layers),
    )
    return proof if proof.is_usual else replace(proof, rounding=rounding(ours, loaded))


def rounding(ours: Capture, loaded: LoadedModel) -> Rounding | None:
    """Our run and the library's in float32, each against the library's in float64; None where that can't be run.

    Raises ValueError where the seam does not reach the model.
    """
    layers = _layers(ours, loaded)
    inputs = as_tensors(ours.inputs)
    exact: list[AttentionCall] = []
    errors: list[tuple[float, float]] = []

    def keep(call: AttentionCall, weights: np.ndarray) -> None:
        exact.append(replace(call, v=np.zeros((*call.k.shape[:2], 1))))  # weights need no values
        if not np.allclose(by_torch(exact[-1]).weights, weights, atol=TOLERANCE):
            raise RuntimeError("torch's own attention does not compute these weights")

    def compare(_: AttentionCall, weights: np.ndarray) -> None:
        here = len(errors)
        truth = by_torch(exact[here]).weights  # the library may round to float32 inside its softmax
        errors.append((_largest(layers[here].weights, truth), _largest(weights, truth)))

    try:
        with in_float64(loaded) as double:
            truth = final_state(
                double.engine.forward(inputs, Run(on_layer=keep), **ending(double.engine))
            )
    except (ModelFailed, RuntimeError, MemoryError):  # a family whose code insists on float32
        return None
    library = final_state(
        loaded.engine.forward(inputs, Run(on_layer=compare), **ending(loaded.engine))
    )
    size = max(float(np.abs(truth).max()), 1.0)
    of_ours, of_library = np.array(errors).T
    return Rounding(
        of_ours,
        of_library,
        ours_output=_largest(ours.output, truth) / size,
        library_output=_largest(library, truth) / size,
    )


def _layers(ours: Capture, loaded: LoadedModel) -> list[LayerCapture]:
    layers = [layer for layer in ours.layers if isinstance(layer, LayerCapture)]
    if not layers:
        raise ReaderError(f"{loaded.title} does not let another attention run inside it")
    return layers


def _largest(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())
