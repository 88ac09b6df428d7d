"""Draws of others: never the same twice, all of them where they are few, none where there are too few."""

from itertools import combinations
from math import comb

import pytest

from attention_core.analysis.controls import draws


def test_few_others_are_all_taken():
    drawn = draws([(["a", "b", "c"], 2)], 20)
    assert drawn.sets == (("a", "b"), ("a", "c"), ("b", "c"))
    assert drawn.n_possible == 3 and drawn.are_all


def test_each_group_gives_as_many_as_it_has_to():
    drawn = draws([([1, 2], 1), ([10, 20, 30], 2)], 20)
    assert set(drawn.sets) == {(a, *b) for a in (1, 2) for b in combinations((10, 20, 30), 2)}


@pytest.mark.parametrize("seed", range(5))
def test_of_many_some_are_drawn_all_different_and_the_same_again_from_the_same_seed(seed: int):
    groups = [(range(12), 2), (range(100, 112), 3)]
    drawn = draws(groups, 20, seed)
    assert drawn.n_possible == comb(12, 2) * comb(12, 3) and not drawn.are_all
    assert len(set(drawn.sets)) == 20
    for each in drawn.sets:
        assert len({x for x in each if x < 12}) == 2 and len({x for x in each if x >= 100}) == 3
    assert draws(groups, 20, seed).sets == drawn.sets
    assert draws(groups, 20, seed + 1).sets != drawn.sets


def test_nearly_all_can_be_drawn_too():
    assert len(set(draws([(range(21), 1)], 20).sets)) == 20


def test_every_candidate_is_drawn_about_as_often():
    counts = dict.fromkeys(range(10), 0)
    for seed in range(100):
        for chosen in draws([(range(10), 4)], 20, seed).sets:
            for one in chosen:
                counts[one] += 1
    assert sum(counts.values()) == 100 * 20 * 4
    assert all(abs(n - 800) < 80 for n in counts.values())


def test_where_a_group_has_too_few_nothing_is_drawn():
    drawn = draws([(["a"], 2), (["b", "c"], 1)], 20)
    assert drawn.sets == () and drawn.n_possible == 0
