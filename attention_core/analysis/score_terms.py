"""One score taken apart by dimension: which of the products q·k are made of, and how few of them do most of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.analysis.coverage import even_number, smallest_set

HALF = 0.5


@dataclass(frozen=True)
class ScoreTerms:
    """The products of one query and one key, dimension by dimension."""

    products: Float[np.ndarray, " d_head"]
    order: Int[np.ndarray, " d_head"]  # dimensions by |product|, the strongest first
    strongest: Int[np.ndarray, " n_strongest"]  # the fewest that make half of Σ|product|
    strongest_sum: float  # what these add to the score
    even: int  # how many it would take if all products were equally large

    @property
    def score(self) -> float:
        """q·k, the sum of all products."""
        return float(self.products.sum())


def score_terms(q: Float[np.ndarray, " d_head"], k: Float[np.ndarray, " d_head"]) -> ScoreTerms:
    """q·k = Σ qᵢkᵢ, its terms and the strongest of them."""
    products = q * k
    size = np.abs(products)
    strongest = smallest_set(size, HALF)
    return ScoreTerms(
        products,
        np.argsort(-size, kind="stable"),
        strongest,
        float(products[strongest].sum()),
        even_number(len(products), HALF),
    )
