"""The three tasks: what stands in a sequence, what is asked, where the answer stands, and that none is drawn twice."""

import numpy as np
import pytest

from attention_core.toy.tasks import (
    MARK,
    N_HELD_OUT,
    N_TRAINING,
    NOT_ASKED,
    PRONOUN,
    PRONOUN_OF,
    TASKS,
    Sequences,
    Task,
    drawn,
    symbols_of,
    tokens_of,
)

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def answers(task: Task, sequences: Sequences) -> list[tuple[list[str], int, str, int]]:
    """Each question in words: the tokens, who asks, the answer, where it stands."""
    return [
        (
            tokens_of(task, sequences, i),
            q_pos,
            task.words[sequences.target[i, q_pos]],
            int(sequences.intended[i, q_pos]),
        )
        for i, q_pos in np.argwhere(sequences.asked).tolist()
    ]


def test_copying_answers_with_the_token_before():
    task = TASKS["copy"]
    sequences, _ = drawn(task, 0)
    asked = answers(task, sequences)
    assert len(asked) == N_TRAINING * (task.n_tokens - 1)
    for tokens, q_pos, answer, k_pos in asked:
        assert (answer, k_pos) == (tokens[q_pos - 1], q_pos - 1)


def test_the_last_token_answers_with_the_one_marked_token():
    task = TASKS["marked"]
    sequences, _ = drawn(task, 0)
    asked = answers(task, sequences)
    assert len(asked) == N_TRAINING
    for tokens, q_pos, answer, k_pos in asked:
        assert (tokens[-1], q_pos) == ("which", len(tokens) - 1)
        assert [i for i, token in enumerate(tokens) if token.startswith(MARK)] == [k_pos]
        assert tokens[k_pos] == MARK + answer
    assert {k_pos for *_, k_pos in asked} == set(range(task.n_tokens - 1))


def test_a_pronoun_answers_with_the_noun_that_fits_and_not_with_the_other():
    sequences, _ = drawn(PRONOUN, 0)
    asked = answers(PRONOUN, sequences)
    assert len(asked) == N_TRAINING
    for tokens, q_pos, answer, k_pos in asked:
        nouns = [token for token in tokens if token in PRONOUN_OF]
        assert len(nouns) == 2
        assert [noun for noun in nouns if PRONOUN_OF[noun] == tokens[q_pos]] == [answer]
        assert tokens[k_pos] == answer
    assert {tokens[q_pos] for tokens, q_pos, *_ in asked} == {"he", "she", "it", "they"}
    assert {k_pos for *_, k_pos in asked} == {1, 2, 4, 5}  # before and after the other noun
    assert "the king saw the queen and she left" in {
        " ".join(tokens) for seed in range(4) for tokens, *_ in answers(PRONOUN, drawn(PRONOUN, seed)[0])
    }  # fmt: skip


@every_task
def test_what_is_held_out_is_not_trained_on_and_no_sequence_comes_twice(task):
    training, held_out = drawn(task, 3)
    assert (len(training), len(held_out)) == (N_TRAINING, N_HELD_OUT)
    whole = [
        tuple(tokens_of(task, part, i)) for part in (training, held_out) for i in range(len(part))
    ]
    assert len(set(whole)) == N_TRAINING + N_HELD_OUT


@every_task
def test_the_same_seed_draws_the_same_and_another_seed_others(task):
    first, again, other = (drawn(task, seed)[0].tokens for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@every_task
def test_where_nothing_is_asked_there_is_no_answer(task):
    sequences, _ = drawn(task, 0)
    for array in (sequences.target, sequences.intended):
        assert (array[~sequences.asked] == NOT_ASKED).all()
        assert (array[sequences.asked] >= 0).all()
    _, q_pos = np.nonzero(sequences.asked)
    assert (sequences.intended[sequences.asked] != q_pos).all()  # no token has its own answer


@every_task
def test_a_token_adds_up_its_word_its_mark_and_its_place(task):
    sequences = drawn(task, 0)[0][:5]
    counts = symbols_of(task, sequences)
    assert counts.shape == (5, task.n_tokens, len(task.symbols))
    for i, q_pos in np.ndindex(5, task.n_tokens):
        names = {task.symbols[s] for s in np.flatnonzero(counts[i, q_pos])}
        expected = {task.words[sequences.tokens[i, q_pos]]}
        expected |= {MARK} if sequences.marked[i, q_pos] else set()
        expected |= {f"place {q_pos}"} if task.has_places else set()
        assert names == expected
    assert set(np.unique(counts)) == {0.0, 1.0}


@every_task
def test_a_toy_small_enough_to_look_at(task):
    assert len(task.symbols) in (16, 18)
    assert len(set(task.symbols)) == len(task.symbols)
