"""One sentence against many: ranks, deviations and what is shared of the best, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from attention_core.survey.against import against, ranks_of
from tests.survey.tables import made_up


def rows(mean: list[float], error: float = 0.01, n: int = 100):
    many = made_up(1, len(mean)).of("previous")
    size = len(mean)
    return replace(
        many, mean=np.array(mean), standard_error=np.full(size, error), n=np.full(size, n)
    )


def test_a_deviation_between_sentences_is_the_standard_error_times_root_n():
    both = against(np.array([0.5, 0.1, 0.3]), rows([0.3, 0.1, 0.2]))
    np.testing.assert_allclose(both.deviation, 0.1)
    np.testing.assert_allclose(both.off, [2, 0, 1])
    assert both.order.tolist() == [0, 2, 1]
    assert both.rho == pytest.approx(1)
    assert (both.n_top, both.n_shared) == (3, 3)


def test_only_the_best_ten_are_compared_and_nan_never_counts():
    mean = np.linspace(1, 0, 30)
    here = mean.copy()
    here[[0, 1, 2]] = [0, 0, np.nan]  # of the best ten over many, these are not the sentence's
    both = against(here, rows(mean.tolist()))
    assert both.n_top == 10
    assert both.n_shared == 8  # places 3 … 10: without a number a head is in neither ten
    assert ranks_of(here)[2] == 0
    assert ranks_of(mean).tolist() == list(range(1, 31))


def test_heads_of_another_model_are_refused():
    with pytest.raises(ValueError, match="2 heads are not the 3"):
        against(np.zeros(2), rows([0.1, 0.2, 0.3]))
