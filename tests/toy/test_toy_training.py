"""A toy that learns: its gradients beside torch autograd, its optimisers beside torch's, each task solved by looking."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from attention_core.toy.gradient_check import check
from attention_core.toy.learned import hands_over, looks_for
from attention_core.toy.learner import (
    TABLES,
    Parameters,
    cross_entropy,
    cross_entropy_backward,
    each,
    first_parameters,
    gradients,
    projections,
    read,
)
from attention_core.toy.optimisers import OPTIMISERS, no_memory
from attention_core.toy.tasks import (
    NOUNS_OF,
    PRONOUN_OF,
    TASKS,
    Sequences,
    Task,
    drawn,
    symbols_of,
)
from attention_core.toy.training import (
    LARGEST,
    MOST_FRAMES,
    MOST_STEPS,
    N_BATCH,
    Settings,
    batch_of,
    guessing,
    start,
    train,
)
from tests.core.finite_differences import is_gradient
from tests.core.torch_reference import torch_attention

every_task = pytest.mark.parametrize("name", TASKS)
SEEDS = range(5)


def somewhere(task: Task, n_heads: int, seed: int = 0) -> Parameters:
    """Parameters in the middle of a training: E is no identity and no head is even."""
    rng = np.random.default_rng(seed)
    first = first_parameters(task, n_heads, seed)
    return each(lambda table: table + 0.3 * rng.standard_normal(table.shape), first)


def torch_loss(
    tables: dict[str, torch.Tensor], task: Task, n_heads: int, sequences: Sequences
) -> torch.Tensor:
    """The whole toy written for torch, from the counts of symbols to the mean cross-entropy."""
    x = torch.from_numpy(symbols_of(task, sequences)) @ tables["E"]
    q, k, v = (
        (x @ tables[name]).unflatten(-1, (n_heads, -1)).movedim(-2, 1)
        for name in ("W_Q", "W_K", "W_V")
    )
    others = ~np.eye(task.n_tokens, dtype=bool)
    words = torch_attention(q, k, v, mask=others).sum(dim=1)  # W_O adds the heads up
    logits = words @ tables["E"][: len(task.words), : len(task.words)].T
    asked = torch.from_numpy(sequences.asked)
    target = torch.from_numpy(sequences.target)[asked]
    return torch.nn.functional.cross_entropy(logits[asked], target)


@pytest.mark.parametrize("n_heads", [1, 2, 4])
@every_task
def test_the_gradient_of_the_whole_loss_equals_torch_autograd(name, n_heads):
    task = TASKS[name]
    batch = drawn(task, 0)[0][:N_BATCH]
    parameters = somewhere(task, n_heads)
    tables = {
        table: torch.from_numpy(getattr(parameters, table)).requires_grad_() for table in TABLES
    }
    loss = torch_loss(tables, task, n_heads, batch)
    loss.backward()
    reading = read(parameters, n_heads, task, batch)
    assert reading.loss == pytest.approx(loss.item(), rel=1e-12)
    grads = gradients(parameters, n_heads, batch, reading)
    for table in TABLES:
        assert tables[table].grad is not None
        np.testing.assert_allclose(
            getattr(grads, table), tables[table].grad, rtol=1e-8, atol=1e-12, err_msg=table
        )
        assert np.linalg.norm(getattr(grads, table)) > 1e-2  # not 0 beside 0


@pytest.mark.usefixtures("shapes_unchecked")
def test_the_gradient_of_e_equals_finite_differences_and_a_wrong_one_is_rejected():
    task = TASKS["marked"]
    batch, parameters = drawn(task, 0)[0][:4], somewhere(task, 2)
    reading = read(parameters, 2, task, batch)
    grad_E = gradients(parameters, 2, batch, reading).E

    def loss(E: np.ndarray) -> float:
        return read(replace(parameters, E=E), 2, task, batch).loss

    assert is_gradient(grad_E, loss, parameters.E)
    only_to_read = grad_E.copy()  # as if E were not used to answer, too
    only_to_read[: len(task.words)] -= (
        cross_entropy_backward(reading.logits, reading.targets).T @ reading.asking
    )
    assert not is_gradient(only_to_read, loss, parameters.E)


def test_cross_entropy_by_hand():
    # softmax of (ln 3, 0) is (3/4, 1/4), of (0, 0) is (1/2, 1/2)
    logits, targets = np.array([[np.log(3), 0.0], [0.0, 0.0]]), np.array([0, 1])
    assert cross_entropy(logits, targets) == pytest.approx((np.log(4 / 3) + np.log(2)) / 2)
    np.testing.assert_allclose(
        cross_entropy_backward(logits, targets), [[-1 / 8, 1 / 8], [1 / 4, -1 / 4]]
    )


def test_a_target_of_probability_zero_has_a_large_loss_and_not_an_infinite_one():
    assert cross_entropy(np.array([[1e4, 0.0]]), np.array([1])) == 1e4


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("SGD", lambda tables: torch.optim.SGD(tables, lr=0.1)),
        ("Adam", lambda tables: torch.optim.Adam(tables, lr=0.1)),
    ],
)
def test_an_optimiser_walks_as_torch_s_does(name, twin):
    task = TASKS["copy"]
    parameters = somewhere(task, 1)
    tables = [torch.from_numpy(getattr(parameters, table).copy()) for table in TABLES]
    optimiser, memory = twin(tables), no_memory(parameters)
    for step in range(5):
        grads = somewhere(task, 1, seed=step + 1)
        for tensor, table in zip(tables, TABLES, strict=True):
            tensor.grad = torch.from_numpy(getattr(grads, table))
        optimiser.step()
        parameters, memory = OPTIMISERS[name](parameters, grads, 0.1, memory, step)
    for tensor, table in zip(tables, TABLES, strict=True):
        np.testing.assert_allclose(getattr(parameters, table), tensor, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("n_heads", [1, 2])
@every_task
def test_scores_and_logits_are_sums_of_what_the_symbols_add(name, n_heads):
    task = TASKS[name]
    sequences, parameters = drawn(task, 0)[0][:3], somewhere(task, n_heads)
    reading = read(parameters, n_heads, task, sequences)
    S, heads = reading.symbols, reading.layer.heads
    logits = np.zeros((3, task.n_tokens, len(task.words)))
    for head in range(n_heads):
        scores = S @ looks_for(parameters, n_heads, head) @ S.swapaxes(1, 2)
        np.testing.assert_allclose(heads.scaled_scores[:, head], scores, rtol=1e-9, atol=1e-12)
        logits += heads.weights[:, head] @ S @ hands_over(parameters, n_heads, head)
    np.testing.assert_allclose(reading.logits, logits[sequences.asked], rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("shapes_unchecked")
def test_what_was_learned_can_be_read_off_the_matrices():
    copied = trained(task="copy").now.parameters
    places = looks_for(copied, 1, 0)[8:, 8:]  # the block of place × place
    assert (places[1:].argmax(axis=1) == np.arange(7)).all()  # each place looks for the one before
    assert (
        hands_over(copied, 1, 0)[:8].argmax(axis=1) == np.arange(8)
    ).all()  # a word names itself
    task = TASKS["pronoun"]
    of_pronouns = looks_for(trained(task="pronoun").now.parameters, 1, 0)
    for pronoun, nouns in NOUNS_OF.items():
        row = of_pronouns[task.words.index(pronoun), : len(PRONOUN_OF)]
        assert {task.words[i] for i in np.argsort(-row)[:2]} == set(nouns)


@cache  # tests that train for long lift the shape checks, which take longer than the steps
def trained(n_steps: int = 200, **settings):
    return train(start(Settings(**settings)), n_steps)


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize("seed", SEEDS)
@every_task
def test_each_task_is_solved_by_looking_where_it_should(name, seed):
    state = trained(task=name, seed=seed)
    even = guessing(state).on_intended
    before, after = state.frames[0].measures, state.now.measures
    assert after.accuracy >= 0.95
    assert after.loss < guessing(state).loss / 10
    np.testing.assert_allclose(before.on_intended, even, atol=1e-3)  # it begins even
    assert (after.on_intended > 0.75).all()
    assert (after.on_intended > 4 * even).all()


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize(
    "how",
    [
        {"optimiser": "SGD", "rate": 3.0},
        {"n_heads": 2},
        {"n_heads": 4},
        {"learns_E": True},
    ],
    ids=["SGD", "2 heads", "4 heads", "E"],
)
@every_task
def test_each_task_is_solved_the_other_ways_too_and_some_head_looks(name, how):
    state = trained(task=name, **how)
    assert state.now.measures.accuracy >= 0.95
    assert state.now.measures.on_intended.max() > 4 * guessing(state).on_intended[0]


@pytest.mark.usefixtures("shapes_unchecked")
def test_accuracy_and_weight_on_the_intended_key_are_those_of_the_held_out_sequences():
    state = trained(task="pronoun")
    held_out, measures = state.held_out, state.now.measures
    reading = read(state.now.parameters, 1, state.task, held_out)
    weights, right = [], []
    for i, row in enumerate(held_out.asked):
        q_pos = int(np.flatnonzero(row)[0])
        weights.append(reading.layer.heads.weights[i, 0, q_pos, held_out.intended[i, q_pos]])
        right.append(int(reading.logits[i].argmax()) == held_out.target[i, q_pos])
    assert measures.on_intended[0] == pytest.approx(np.mean(weights), rel=1e-12)
    assert measures.accuracy == np.mean(right)
    assert measures.loss == reading.loss


def test_guessing_goes_by_how_often_each_word_was_right():
    state = start(Settings("marked"))
    told = state.training.target[:, -1].tolist()
    asked = state.held_out.target[:, -1].tolist()
    share = {word: told.count(word) / len(told) for word in set(told)}
    guess = guessing(state)
    assert guess.loss == pytest.approx(np.mean([-np.log(share[word]) for word in asked]))
    best = max(share, key=share.__getitem__)
    assert guess.accuracy == asked.count(best) / len(asked)
    assert guess.on_intended[0] == 1 / 6  # six others to look at


def test_the_same_settings_give_the_same_numbers_in_one_go_or_in_pieces():
    settings = Settings("marked", seed=3, n_heads=2, learns_E=True)
    at_once, pieces = train(start(settings), 90), start(settings)
    for n_steps in (1, 40, 7, 42):
        pieces = train(pieces, n_steps)
    np.testing.assert_array_equal(at_once.losses, pieces.losses)
    assert [frame.step for frame in at_once.frames] == [frame.step for frame in pieces.frames]
    for one, other in zip(at_once.frames, pieces.frames, strict=True):
        for table in TABLES:
            np.testing.assert_array_equal(
                getattr(one.parameters, table), getattr(other.parameters, table)
            )
    assert (train(start(replace(settings, seed=4)), 90).losses != at_once.losses).any()


def test_training_leaves_the_state_it_was_given_alone():
    state = start(Settings())
    before = each(np.copy, state.now.parameters)
    train(state, 20)
    assert (state.step, len(state.frames)) == (0, 1)
    for table in TABLES:
        np.testing.assert_array_equal(getattr(before, table), getattr(state.now.parameters, table))


def test_a_loss_is_that_of_the_step_s_own_batch_before_the_step():
    state = trained(n_steps=30)
    frame = next(frame for frame in state.frames if frame.step == 10)
    assert state.losses[10] == read(frame.parameters, 1, state.task, batch_of(state, 10)).loss
    assert len(batch_of(state, 10)) == N_BATCH


@pytest.mark.usefixtures("shapes_unchecked")
def test_embeddings_and_w_o_stay_unless_they_are_to_learn():
    np.testing.assert_array_equal(trained(task="copy", seed=0).now.parameters.E, np.eye(16))
    moved = trained(n_steps=40, learns_E=True).now.parameters.E
    assert np.abs(moved - np.eye(16)).max() > 0.1
    W_O = projections(trained(task="copy", n_heads=2).now.parameters, 2).W_O
    np.testing.assert_array_equal(W_O, np.tile(np.eye(8, 16), (2, 1)))


@pytest.mark.usefixtures("shapes_unchecked")
def test_a_film_keeps_step_0_and_the_last_and_never_grows_past_its_length():
    state = start(Settings("marked"))
    for n_steps in (39, 1, 45, 5):
        state = train(state, n_steps)
        steps = [frame.step for frame in state.frames]
        assert (steps[0], steps[-1]) == (0, state.step)
        assert len(steps) <= MOST_FRAMES + 1
        assert len(set(np.diff(steps)[:-1])) <= 1
    assert steps == [*range(0, 90, 4), 90]


def test_training_ends_at_the_most_steps():
    early = start(Settings())
    state = train(replace(early, losses=np.ones(MOST_STEPS - 3)), 100)
    assert state.step == MOST_STEPS
    assert not np.array_equal(state.now.parameters.W_Q, early.now.parameters.W_Q)
    assert train(state, 5).step == MOST_STEPS


def test_a_rate_that_diverges_stops_before_there_is_no_number():
    state = trained(task="marked", optimiser="SGD", rate=3.0, learns_E=True)
    assert state.diverged and 0 < state.step < 200
    assert np.isfinite(state.losses).all()
    for table in TABLES:
        assert np.abs(getattr(state.now.parameters, table)).max() <= LARGEST
    measures = state.now.measures
    assert np.isfinite([measures.loss, measures.accuracy, *measures.on_intended]).all()
    again = train(state, 10)
    assert again.diverged and again.step == state.step


@pytest.mark.parametrize("rate", [1e-3, 1e3])
def test_the_largest_rates_and_the_smallest_give_numbers(rate):
    for optimiser in OPTIMISERS:
        state = trained(n_steps=20, optimiser=optimiser, rate=rate, learns_E=True)
        assert np.isfinite([*state.losses, state.now.measures.loss]).all()


@pytest.mark.parametrize("table", TABLES)
def test_one_gradient_checked_by_trying_agrees_to_many_digits(table):
    task, batch = TASKS["copy"], drawn(TASKS["copy"], 0)[0][:N_BATCH]
    parameters = somewhere(task, 2)
    grads = gradients(parameters, 2, batch, read(parameters, 2, task, batch))
    cell = np.unravel_index(np.abs(getattr(grads, table)).argmax(), getattr(grads, table).shape)
    found = check(parameters, 2, task, batch, table, (int(cell[0]), int(cell[1])))
    assert found.by_hand == getattr(grads, table)[cell]
    assert found.value == getattr(parameters, table)[cell]
    assert found.numeric == (found.loss_above - found.loss_below) / 2e-4
    assert found.relative < 1e-6
    assert replace(found, by_hand=found.by_hand * 1.01).relative > 5e-3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"task": "sort"}, "no task 'sort'"),
        ({"optimiser": "Lion"}, "the optimiser 'Lion'"),
        ({"rate": 0.0}, "no learning rate 0.0"),
        ({"rate": float("nan")}, "no learning rate nan"),
        ({"seed": -1}, "no seed -1"),
        ({"n_heads": 3}, "no 3 heads"),
    ],
)
def test_settings_that_are_not_there_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        Settings(**wrong)
