"""The tasks to fill in: their answers follow from what is given, and nothing that must be found is given away."""

import re

import numpy as np
import pytest

from attention_core.worksheet.tasks import Blanks, make_tasks

SEEDS = range(100)


def plain(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_softmax_can_be_worked_out_from_q_and_k(seed: int):
    task, _ = make_tasks(seed)
    q, k = (table.values for table in task.shown)
    *rows, total = task.blanks.texts
    scores = k @ q[0]
    exps = np.exp(scores / 2)  # √4
    for written, score, exp in zip(rows, scores, exps, strict=True):
        assert plain(written[0]) == score
        assert plain(written[1]) == score / 2
        assert plain(written[2]) == pytest.approx(exp, abs=0.005)
        assert plain(written[3]) == pytest.approx(exp / exps.sum(), abs=0.005)
    assert plain(total[2]) == pytest.approx(exps.sum(), abs=0.005)
    assert total[3] == "1.00"
    assert not task.blanks.given[:-1].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_each_row_of_the_heatmap_lacks_one_weight_and_the_rest_say_which(seed: int):
    _, task = make_tasks(seed)
    assert (~task.blanks.given).sum(axis=1).tolist() == [1] * len(task.blanks.rows)
    for texts, given in zip(task.blanks.texts, task.blanks.given, strict=True):
        numbers = np.array([plain(text) for text in texts])
        assert numbers[~given].item() == pytest.approx(1 - numbers[given].sum())
        assert 0 < numbers[~given].item() < 1


def test_another_seed_makes_other_tasks_and_the_same_seed_the_same():
    first, again, other = (
        [task.blanks.texts for task in make_tasks(seed)] for seed in (17, 17, 18)
    )
    assert first == again != other


def test_a_seed_below_0_is_refused():
    with pytest.raises(ValueError, match="negative"):
        make_tasks(-1)


def test_blanks_of_sizes_that_do_not_fit_are_refused():
    sizes = re.escape("(1, 2) texts, (1, 2) marks, 2 rows and 2 columns")
    with pytest.raises(ValueError, match=sizes):
        Blanks("", (("1", "2"),), np.ones((1, 2), dtype=bool), ("a", "b"), ("c", "d"))
