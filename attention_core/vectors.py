"""The geometry of embeddings: how alike two vectors are, and a flat map of many.

It knows no words and no models; a vector is a row of numbers, whoever made it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

NOTHING = 1e-12  # relative size below which a spread is rounding noise


@dataclass(frozen=True)
class CosineSteps:
    """Every intermediate of one cosine, in the order it is computed."""

    products: Float[np.ndarray, " d"]  # a_i · b_i
    dot: float  # Σ products
    length_a: float  # |a| = √(Σ a_i²)
    length_b: float
    cosine: float  # dot / (|a| |b|)


def cosine_steps(a: Float[np.ndarray, " d"], b: Float[np.ndarray, " d"]) -> CosineSteps:
    """cos(a, b) = a · b / (|a| |b|): 1 for the same direction, 0 for a right angle, −1 for opposite.

    A vector of zeros points nowhere, so its cosine is nan. Raises ValueError naming sizes that differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"a and b need the same size, got {a.shape} and {b.shape}")
    products = a.astype(np.float64) * b
    length_a, length_b = np.linalg.norm(np.stack([a, b]).astype(np.float64), axis=1).tolist()
    table = cosine_table(np.stack([a, b]))
    return CosineSteps(products, float(products.sum()), length_a, length_b, float(table[0, 1]))


def cosine(a: Float[np.ndarray, " d"], b: Float[np.ndarray, " d"]) -> float:
    """The end of `cosine_steps` alone; nan where a vector is all zeros."""
    return cosine_steps(a, b).cosine


def angle(a: Float[np.ndarray, " d"], b: Float[np.ndarray, " d"]) -> float:
    """The angle between two vectors in degrees, 0 to 180; nan where one of them is all zeros."""
    return float(np.degrees(np.arccos(cosine(a, b))))


def cosine_table(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    """The cosine of every row of x with every row; nan for rows of zeros.

    Rounding can push the cosine of equal directions past 1, where no angle is left: it is clipped.
    """
    directions = unit_rows(x)
    return np.clip(directions @ directions.T, -1, 1)


def unit_rows(x: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n d"]:
    """Every vector divided by its length, in float64; nan for zeros, which have no direction."""
    x = x.astype(np.float64)
    lengths = np.linalg.norm(x, axis=-1, keepdims=True)
    return np.divide(x, lengths, out=np.full_like(x, np.nan), where=lengths > 0)


def nearest(similarities: Float[np.ndarray, "n n"], row: int) -> Int[np.ndarray, " n_others"]:
    """The other positions, from most to least similar to `row`; ties keep their order, nan is last."""
    order = np.argsort(-similarities[row], kind="stable")
    return order[order != row]


def principal_components(
    vectors: Float[np.ndarray, "n d"], n_kept: int
) -> tuple[Float[np.ndarray, "n n_kept"], float]:
    """Where each vector lies along the `n_kept` directions in which they differ most, and the
    share of the variance that these directions keep.

    X − mean = U S Vᵀ; coordinates U S, share = Σ_{i≤n_kept} s_i² / Σ s_i² (Pearson 1901, by SVD).
    The sign of each component makes its largest loading positive, so the result is one and only one.
    Without variance (one vector, equal vectors) all coordinates are 0 and the share is 1.
    Raises ValueError if the vectors hold something that is not a number.
    """
    if not np.isfinite(vectors).all():
        raise ValueError("the vectors hold something that is not a number")
    coordinates = np.zeros((len(vectors), n_kept))
    if not vectors.size:
        return coordinates, 1.0
    centred = vectors - vectors.mean(axis=0, dtype=np.float64)
    u, s, loadings = np.linalg.svd(centred, full_matrices=False)
    if s[0] <= NOTHING * np.abs(vectors).max():
        return coordinates, 1.0
    n_found = min(n_kept, int((s > NOTHING * s[0]).sum()))
    largest = np.abs(loadings[:n_found]).argmax(axis=1)
    signs = np.sign(loadings[np.arange(n_found), largest])
    coordinates[:, :n_found] = u[:, :n_found] * s[:n_found] * signs
    return coordinates, min(1.0, float((s[:n_found] ** 2).sum() / (s**2).sum()))
