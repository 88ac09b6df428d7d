"""What is kept of model runs: equal requests share one computation, and all of it together stays within its bytes."""

import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Barrier

import numpy as np
import pytest

from attention_core.analysis.run_effects import Effect
from attention_core.pretrained.engine import Engine
from pages.experiment.knock_out import state as knock_out
from pages.ui.server import models, settings
from pages.ui.server.cache import CacheBudget, Pieces, cache_budget, cached, n_bytes_of


@pytest.fixture(scope="module")
def minilm() -> str:
    models.loading("MiniLM").result.result(timeout=120)
    return "MiniLM"


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """Grows by one with each pass of a model."""
    counted: list[Engine] = []
    forward = Engine.forward

    def count(engine: Engine, *arguments: object, **options: object) -> object:
        counted.append(engine)
        return forward(engine, *arguments, **options)

    monkeypatch.setattr(Engine, "forward", count)
    return counted


_blocks = count()


def at_once(n: int, ask: Callable[[], object]) -> list[object]:
    together = Barrier(n)

    def one(_: int) -> object:
        together.wait()
        return ask()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))


@pytest.mark.parametrize(
    "ask",
    [models.captured, models.last_states, models.hidden_states, models.control],
    ids=["captured", "last states", "hidden states", "control"],
)
def test_eight_readers_who_ask_the_same_share_one_pass(minilm, passes, ask):
    text = f"Nobody has asked for {ask.__name__} of this before"
    answers = at_once(8, lambda: ask(minilm, text))
    assert len(passes) == 1
    assert all(answer is answers[0] for answer in answers)
    assert ask(minilm, text) is answers[0] and len(passes) == 1


def test_different_sentences_are_passes_of_their_own(minilm, passes):
    for i in range(3):
        models.captured(minilm, f"Sentence number {i} of three")
    assert len(passes) == 3


def block(budget: CacheBudget, megabytes: float) -> Callable[[int], np.ndarray]:
    """A function that is asked by a number, and what it has computed."""
    computed: list[int] = []

    @cached(max_entries=1000, budget=budget)
    def block_of(model_id: str, number: int) -> np.ndarray:
        computed.append(number)
        return np.full(int(megabytes * 1e6 / 8), float(number))

    me = str(next(_blocks))  # to Streamlit all functions with this source are one

    def ask(number: int) -> np.ndarray:
        return block_of(me, number)

    ask.computed, ask.me = computed, me  # type: ignore[attr-defined]
    return ask


def test_all_functions_together_stay_within_the_bytes():
    budget = CacheBudget(10_000_000)
    small, large = block(budget, 1), block(budget, 4)
    for number in range(50):
        assert small(number)[0] == number and large(number)[-1] == number
        assert budget.n_bytes <= 10_000_000
    assert small.computed == large.computed == list(range(50))


def test_what_was_used_last_is_kept_and_the_rest_computed_anew():
    budget = CacheBudget(3_000_000)
    block_of = block(budget, 1)
    for number in (0, 1, 2, 0, 3):  # 1 has not been used for longest
        block_of(number)
    assert block_of.computed == [0, 1, 2, 3]
    for number in (0, 2, 3, 1):
        block_of(number)
    assert block_of.computed == [0, 1, 2, 3, 1]


def test_what_is_dropped_is_given_back_to_the_machine():
    budget = CacheBudget(2_000_000)

    class Held(np.ndarray):
        """Can be watched."""

    @cached(max_entries=1000, budget=budget)
    def held(number: int) -> np.ndarray:
        return np.full(125_000, float(number)).view(Held)

    watched = [weakref.ref(held(number)) for number in range(5)]
    assert [each() is not None for each in watched] == [False, False, False, True, True]


def test_a_result_larger_than_all_is_kept_until_the_next_one():
    budget = CacheBudget(1_000_000)
    block_of = block(budget, 5)
    for number in (0, 0, 0, 1, 1, 0):
        block_of(number)
    assert block_of.computed == [0, 1, 0]


def test_it_can_be_asked_what_is_kept():
    budget = CacheBudget(1_000_000)

    @cached(max_entries=1000, budget=budget)
    def asked(number: int) -> np.ndarray:
        return np.full(80_000, float(number))

    assert not asked.has(1)
    asked(1)
    assert asked.has(1) and not asked.has(2)
    asked(2)
    assert asked.has(2) and not asked.has(1)  # it had to go


def test_small_results_are_bounded_by_their_number(monkeypatch):
    monkeypatch.setattr(settings, "MOST_RESULTS", 3)
    block_of = block(CacheBudget(10_000_000), 0.001)
    for number in (0, 1, 2, 0, 3, 0, 1):
        block_of(number)
    assert block_of.computed == [0, 1, 2, 3, 1]


def test_the_sum_is_that_of_what_is_kept_also_after_a_model_is_forgotten():
    budget = CacheBudget(10_000_000)
    one, other = block(budget, 1), block(budget, 2)
    for number in (0, 1, 0):
        one(number)
        other(number)
    assert budget.n_bytes == 2 * 1_000_000 + 2 * 2_000_000
    budget.forget(one.me)
    assert budget.n_bytes == 2 * 2_000_000


def test_who_looks_at_a_dropped_result_keeps_it():
    block_of = block(CacheBudget(1_000_000), 1)
    mine = block_of(7)
    for number in range(3):
        block_of(number)
    assert (mine == 7).all()


def test_readers_at_once_never_break_the_bound():
    budget = CacheBudget(4_000_000)
    block_of = block(budget, 1)

    def ask(i: int) -> bool:
        return all((block_of(j % 9) == j % 9).all() for j in range(i, i + 60))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert budget.n_bytes <= 4_000_000


def test_nobody_can_write_in_what_others_read_also():
    @cached(max_entries=2, budget=CacheBudget(1_000_000))
    def shared(number: int) -> dict[str, list[Held]]:
        array = np.full(3, float(number))
        return {"a": [Held(array, array.copy(), (array.copy(),), {"b": array.copy()})]}

    (held,) = shared(1)["a"]
    for array in (held.q, held.W_O, held.parts[0], held.named["b"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9  # type: ignore[index]
    assert (shared(1)["a"][0].q == 1).all()


def test_a_piece_is_read_only_as_well():
    pieces: Pieces[int, np.ndarray] = Pieces()
    with pytest.raises(ValueError, match="read-only"):
        pieces.keep(0, np.zeros(3))[0] = 1


def test_an_argument_that_makes_no_difference_is_no_part_of_what_was_asked():
    computed = []

    @cached(max_entries=2, budget=CacheBudget(1_000_000))
    def doubled(number: int, _given: list[int]) -> int:
        computed.append(_given)
        return 2 * number

    assert doubled(3, [1]) == doubled(3, _given=[2]) == doubled(number=3, _given=[3]) == 6
    assert computed == [[1]] and doubled.has(3, [4])


# what is measured piece by piece


def test_readers_at_once_get_the_same_pieces_and_may_look_while_others_measure():
    pieces: Pieces[int, np.ndarray] = Pieces()

    def measure_and_look(reader: int) -> list[np.ndarray]:
        found = []
        for piece in range(300):
            found.append(pieces.keep(piece, np.full(10, float(reader))))
            assert all(len(each) == 10 for each in pieces.now().values())  # iterates while it grows
        return found

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(measure_and_look, range(8))
    assert all(a is b for other in others for a, b in zip(first, other, strict=True))
    assert pieces.n_bytes == 300 * 80  # each counts once, whoever has measured it too


def test_pieces_grow_within_the_bytes_of_all():
    budget = CacheBudget(1_000_000)

    @cached(max_entries=1000, budget=budget)
    def of_text(text: str) -> Pieces[int, np.ndarray]:
        return Pieces()

    block_of = block(budget, 0.5)
    block_of(1)
    for piece in range(10):
        of_text("long").keep(piece, np.zeros(12_500))  # 100 kB
    assert of_text("long").n_bytes == 1_000_000
    assert budget.n_bytes == 1_000_000 and len(of_text("long").now()) == 10
    block_of(1)
    assert block_of.computed == [1, 1]  # it had to go
    assert budget.n_bytes == 500_000 and not of_text("long").now()  # and then the pieces


def test_what_was_measured_with_heads_out_is_counted_and_goes_with_its_model():
    budgeted = cache_budget.n_bytes
    of_heads = knock_out.measured_heads("no model", "a text", "zero")
    of_heads.keep(0, (Effect(np.zeros(1000), 0.0, None, np.zeros(500)),))
    knock_out.leanings("no model", "zero").keep((0, 0), np.zeros(2000))
    assert knock_out.measured_heads("no model", "a text", "zero") is of_heads
    knock_out.leanings("no model", "zero")
    assert cache_budget.n_bytes == budgeted + 8 * (1000 + 500 + 2000)
    cache_budget.forget("no model")
    assert cache_budget.n_bytes == budgeted
    assert 0 not in knock_out.measured_heads("no model", "a text", "zero")


@dataclass(frozen=True)
class Held:
    q: np.ndarray
    W_O: np.ndarray
    parts: tuple[object, ...]
    named: dict[str, object]


def test_each_array_counts_once_and_the_model_s_own_not_at_all():
    q, other = np.zeros(100), np.zeros(10, dtype=np.float32)
    held = Held(q, np.zeros(1000), (q, "text", 3, None), {"a": [other]})
    assert n_bytes_of(held) == 800 + 40


def test_a_capture_is_counted_as_what_its_layers_were_handed(minilm):
    capture = models.captured(minilm, "How much is kept of this?")
    n, layers = len(capture.tokens), capture.layers
    qkv = sum(each.nbytes for layer in layers for each in (layer.q, layer.k, layer.v))
    assert qkv < n_bytes_of(capture) < 1.5 * qkv + 10 * n * capture.output.nbytes


def test_the_pages_share_one_bound(minilm):
    one_more = (minilm, "One more sentence for the bound")
    for of_model in (models.captured, models.hidden_states):
        of_model(*one_more)
        assert of_model.has(*one_more)
    assert 0 < cache_budget.n_bytes <= cache_budget.most_bytes


def test_what_stands_in_a_page_is_refused():
    """Streamlit executes a page's own file as `__main__`, anew in each run: the budget would count each result twice."""

    def weights() -> np.ndarray:
        return np.ones(2)

    weights.__module__ = "__main__"
    with pytest.raises(ValueError, match=weights.__qualname__):
        cached(max_entries=1)(weights)
