"""How often chance alone would bring two lists of numbers into so similar an order. It says nothing of causes."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from jaxtyping import Float

from attention_core.analysis.leave_out import rank_agreement, ranks

EVERY_ORDER_UP_TO = 7  # numbers: 7! = 5040 orders are all tried, of more a sample is drawn
DRAWN = 9_999
SEED = 0
ROUNDING = 1e-9  # two agreements that differ by less are the same


@dataclass(frozen=True)
class RankTest:
    """Spearman's ρ of two lists of n numbers, and how often a random order agrees as strongly."""

    rho: float  # nan where there is no order to compare
    n: int
    p: float  # two-sided: the share of orders with |ρ'| ≥ |ρ|; nan with rho
    n_orders: int  # that were tried
    exact: bool  # every order was tried


def rank_test(a: Float[np.ndarray, " n_a"], b: Float[np.ndarray, " n_b"]) -> RankTest:
    """A permutation test of `rank_agreement`: exact for n ≤ 7, else seeded draws, p = (hits + 1) / (draws + 1).

    The one that is added is the order observed (Phipson & Smyth 2010), so p is never 0. Raises
    ValueError for different lengths.
    """
    rho, n = rank_agreement(a, b), len(a)
    exact = n <= EVERY_ORDER_UP_TO
    if np.isnan(rho):
        return RankTest(rho, n, float("nan"), 0, exact)
    centred_a, centred_b = (ranks(values) - (n - 1) / 2 for values in (a, b))
    if exact:
        orders = centred_a[np.array(list(permutations(range(n))))]
    else:
        orders = np.random.default_rng(SEED).permuted(np.tile(centred_a, (DRAWN, 1)), axis=1)
    by_chance = np.abs(orders @ centred_b)
    hits = int((by_chance >= abs(centred_a @ centred_b) - ROUNDING).sum())
    p = hits / len(orders) if exact else (hits + 1) / (DRAWN + 1)
    return RankTest(rho, n, p, len(orders), exact)
