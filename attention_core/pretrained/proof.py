"""The proof that the core ran the model: our run against the library's own attention on the same text."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.pretrained.capture import Capture, as_tensors, ending, final_state
from attention_core.pretrained.layers import LayerCapture
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.seam import AttentionCall, Run

TOLERANCE = 5e-5  # float32: below is rounding noise, as TransformerLens documents; from SUSPICIOUS on it is not
SUSPICIOUS = 1e-4


@dataclass(frozen=True)
class Proof:
    """Largest differences between our run and the library's, each end to end through all layers before it."""

    weight_differences: Float[np.ndarray, " n_layers"]  # max |Δ weight| of each layer
    output_difference: float  # max |Δ| of the backbone's last hidden state
    output_size: float  # max |output| of the library: what the difference is to be held against
    n_heads: int  # of all layers together
    tolerance: float = TOLERANCE

    @property
    def weight_difference(self) -> float:
        return float(self.weight_differences.max())

    @property
    def holds(self) -> bool:
        """Whether weights agree, and the output as a share of its own size."""
        relative = self.output_difference / max(self.output_size, 1.0)
        return self.weight_difference < self.tolerance and relative < self.tolerance


def prove(ours: Capture, loaded: LoadedModel) -> Proof:
    """Run the library's attention on the same tokens and compare as it goes, one layer in memory at a time.

    Raises ValueError where the seam does not reach the model, for then nothing of ours ran.
    """
    layers = [layer for layer in ours.layers if isinstance(layer, LayerCapture)]
    if not layers:
        raise ValueError(f"{loaded.title} does not let another attention run inside it")
    differences: list[float] = []

    def compare(_: AttentionCall, weights: np.ndarray) -> None:
        ours_here = layers[len(differences)].weights
        differences.append(float(np.abs(weights - ours_here).max()))

    inputs = as_tensors(ours.inputs)
    outputs = loaded.engine.forward(inputs, Run(on_layer=compare), **ending(loaded.engine))
    output = final_state(outputs)
    return Proof(
        np.array(differences),
        output_difference=float(np.abs(output - ours.output).max()),
        output_size=float(np.abs(output).max()),
        n_heads=sum(layer.n_heads for layer in layers),
    )
