"""What is measured is what was run, and memory tells the two ways apart."""

import numpy as np
import pytest

from attention_core.analysis import cost
from attention_core.analysis.cost import BLOCKS, WHOLE, Cost, costs, growth, matrix_bytes, measure


def test_the_square_in_bytes():
    assert matrix_bytes(1024) == 4 * 1024**2
    assert matrix_bytes(2048, 12) == 4 * matrix_bytes(1024, 12) == 12 * matrix_bytes(2048)


def test_the_whole_matrix_is_held_and_blocks_are_not():
    found = {(each.way, each.n_tokens): each for each in costs((512, 1024, 2048))}
    for n_tokens in (512, 1024, 2048):
        held = found[WHOLE, n_tokens].peak_bytes
        assert held > 3 * matrix_bytes(n_tokens)  # scores, scaled and weights stay in the trace
        assert found[BLOCKS, n_tokens].peak_bytes < held
    whole, blocks = (growth(list(found.values()), way) for way in (WHOLE, BLOCKS))
    assert (whole.shorter.n_tokens, whole.longer.n_tokens) == (512, 2048)
    np.testing.assert_allclose(whole.memory, 16, rtol=0.1)
    assert blocks.memory < 1.5**2
    assert whole.time > 1


def test_too_long_a_text_is_left_out_where_its_matrices_would_not_fit(monkeypatch):
    monkeypatch.setattr(cost, "LONGEST_WHOLE", 128)
    monkeypatch.setattr(cost, "TIMES", 1)
    assert [(each.way, each.n_tokens) for each in costs((128, 256))] == [
        (WHOLE, 128),
        (BLOCKS, 128),
        (BLOCKS, 256),
    ]


def test_another_process_measures_all_lengths():
    found = measure()
    assert all(isinstance(each, Cost) and each.seconds > 0 for each in found)
    assert [each.n_tokens for each in found if each.way == BLOCKS] == list(cost.LENGTHS)


def test_a_machine_that_is_too_busy_is_said_in_words(monkeypatch):
    monkeypatch.setattr(cost, "PATIENCE", 0.01)
    with pytest.raises(RuntimeError, match="too busy"):
        measure()


def test_a_process_that_fails_is_said_in_words(monkeypatch):
    monkeypatch.setattr(cost.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="ended with code 1"):
        measure()
