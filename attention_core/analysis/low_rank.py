"""A table of low rank that fits the allowed cells of another: least squares over all factors at once.

Where cells are free the problem has local minima: what is found is a minimum near the start, seldom the least of all.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

STEPS = 25  # at most
STILL = 1e-4  # a step that gains less than this share of what is left is the last one
TRIES = 8  # of shorter and shorter steps, before none is found that gains
BEGIN, SHORTER, LONGER, LEAST = 1e-3, 4.0, 5.0, 1e-9  # the damping, and how it changes
NOTHING = 1e-20  # of the table's sum of squares: less is rounding


@dataclass(frozen=True)
class Fit:
    """a_i · (k_j, 1) for each cell: row factors with the row's own constant last, and column factors."""

    a: Float[np.ndarray, "n_q r_and_one"]
    k: Float[np.ndarray, "n_k r"]
    errors: Float[np.ndarray, "n_q n_k"]  # 0 where the cell is free

    @property
    def q(self) -> Float[np.ndarray, "n_q r"]:
        return self.a[:, :-1]

    @property
    def left(self) -> float:
        return float((self.errors**2).sum())


def nearer(
    target: Float[np.ndarray, "n_q n_k"],
    counts: Float[np.ndarray, "n_q n_k"],
    q: Float[np.ndarray, "n_q r"],
    k: Float[np.ndarray, "n_k r"],
) -> tuple[Float[np.ndarray, "n_q r"], Float[np.ndarray, "n_k r"]]:
    """Factors that make Σ counts (target − q kᵀ − constant of the row)² smaller, from a start; never larger.

    `counts` is 1 where a cell counts, 0 where it is free. Levenberg–Marquardt on all factors; the row factors are
    eliminated from each step (the Schur complement of bundle adjustment: Triggs et al. 2000), so that a step solves
    n_k · r equations.
    """
    n_rows = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    constant = (counts * (target - q @ k.T)).sum(axis=1, keepdims=True) / n_rows
    fit = _fit(target, counts, np.concatenate([q, constant], axis=1), k)
    nothing = NOTHING * float((counts * target**2).sum())
    damping = BEGIN
    for _ in range(STEPS):
        if fit.left <= nothing:
            break
        found, damping = _step(target, counts, fit, damping)
        gain = fit.left - found.left
        fit = found
        if gain < STILL * fit.left:
            break
    return fit.q, fit.k


def _fit(target: np.ndarray, counts: np.ndarray, a: np.ndarray, k: np.ndarray) -> Fit:
    return Fit(a, k, counts * (target - a[:, :-1] @ k.T - a[:, -1:]))


def _step(target: np.ndarray, counts: np.ndarray, fit: Fit, damping: float) -> tuple[Fit, float]:
    """The first step that gains, longer ones first, and the damping of the next; the fit itself where none does."""
    x = np.concatenate([fit.k, np.ones((len(fit.k), 1))], axis=1)
    of_rows = np.einsum("ij,ja,jb->iab", counts, x, x, optimize=True)
    of_columns = np.einsum("ij,ia,ib->jab", counts, fit.q, fit.q, optimize=True)
    for _ in range(TRIES):
        d_a, d_k = _solved(counts, fit, x, _damped(of_rows, damping), _damped(of_columns, damping))
        found = _fit(target, counts, fit.a + d_a, fit.k + d_k)
        if found.left < fit.left:
            return found, max(damping / LONGER, LEAST)
        damping *= SHORTER
    return fit, damping


def _damped(blocks: Float[np.ndarray, "n s s"], damping: float) -> Float[np.ndarray, "n s s"]:
    size = blocks.shape[1]
    mean = np.trace(blocks, axis1=1, axis2=2).mean() / size
    return blocks + (damping * mean + np.finfo(float).tiny) * np.eye(size)


def _solved(
    counts: np.ndarray, fit: Fit, x: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """[rows W; Wᵀ columns] (Δa, Δk) = (e x, eᵀ q), where W_ij = counts_ij x_j q_iᵀ."""
    q, (n_k, r) = fit.q, fit.k.shape
    inverse = np.linalg.inv(rows)
    between = np.einsum("ja,iab,kb->ijk", x, inverse, x, optimize=True)
    between *= counts[:, :, None] * counts[:, None, :]
    products = (q[:, :, None] * q[:, None, :]).reshape(len(q), r * r)
    through = (products.T @ between.reshape(len(q), -1)).reshape(r, r, n_k, n_k)
    left = -through.transpose(2, 0, 3, 1)
    j = np.arange(n_k)
    left[j, :, j, :] += columns
    wanted = fit.errors @ x
    alone = np.einsum("iab,ib->ia", inverse, wanted)
    right = fit.errors.T @ q - (counts * (alone @ x.T)).T @ q
    d_k = np.linalg.solve(left.reshape(n_k * r, n_k * r), right.ravel()).reshape(n_k, r)
    d_a = np.einsum("iab,ib->ia", inverse, wanted - (counts * (q @ d_k.T)) @ x)
    return d_a, d_k
