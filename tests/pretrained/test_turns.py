"""Whose pass is next: order, fairness, as many at once as allowed, and what happens to those who do not wait to the end."""

from collections.abc import Callable
from threading import Event, Lock, Thread, get_ident

import pytest

from attention_core.pretrained import engine as engines
from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.run import Run
from attention_core.pretrained.turns import TURNS, Turns, cores, when_waiting
from tests.queueing import WAIT, blocked


class Queue:
    """Threads that stand in a queue one behind the other, so that their order is known."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.threads: list[Thread] = []

    def joins(self, act: Callable[[], None]) -> Thread:
        """Start a thread and return once it waits for its turn."""
        stands = Event()

        def run() -> None:
            with when_waiting(stands.set):
                act()

        thread = Thread(target=run, daemon=True)
        thread.start()
        assert stands.wait(WAIT)
        self.threads.append(thread)
        return thread

    def ends(self) -> None:
        for thread in self.threads:
            thread.join(WAIT)
            assert not thread.is_alive()


def test_turns_come_in_the_order_of_coming():
    turns, order = Turns(1), []
    queue = Queue(turns)

    def act(name: int) -> None:
        with turns.turn():
            order.append(name)

    with blocked(turns):
        for name in range(8):
            queue.joins(lambda name=name: act(name))
    queue.ends()
    assert order == list(range(8))


def test_a_long_experiment_lets_everybody_who_waits_go_between_two_of_its_passes():
    turns, order = Turns(1), []
    queue = Queue(turns)

    def passes(name: str, n: int) -> None:
        for _ in range(n):
            with turns.turn():
                order.append(name)

    with blocked(turns):
        queue.joins(lambda: passes("experiment", 300))
        for name in ("a", "b", "c"):
            queue.joins(lambda name=name: passes(name, 2))
    queue.ends()
    assert order[:9] == ["experiment", "a", "b", "c", "experiment", "a", "b", "c", "experiment"]
    assert order.count("experiment") == 300


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_as_many_run_at_once_as_are_allowed_and_never_more(at_once):
    turns, guard, all_there = Turns(at_once), Lock(), Event()
    now, most = 0, 0

    def act() -> None:
        nonlocal now, most
        for _ in range(20):
            with turns.turn():
                with guard:
                    now += 1
                    most = max(most, now)
                    if now == at_once:
                        all_there.set()
                assert all_there.wait(
                    WAIT
                )  # the first ones wait for each other: all do run at once
                with guard:
                    now -= 1

    threads = [Thread(target=act, daemon=True) for _ in range(3 * at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    assert most == at_once


def test_a_pass_that_fails_gives_its_turn_away():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="no pass"), turns.turn():
            raise RuntimeError("no pass")
    with turns.turn():
        assert True


def test_who_leaves_the_queue_holds_nobody_up():
    turns, order = Turns(1), []
    queue = Queue(turns)

    class Stopped(BaseException):
        """As Streamlit ends a script."""

    def leaves() -> None:
        def stop() -> None:
            raise Stopped

        with pytest.raises(Stopped), when_waiting(stop), turns.turn():
            order.append("never")

    def stays() -> None:
        with turns.turn():
            order.append("stays")

    with blocked(turns):
        leaver = Thread(target=leaves, daemon=True)
        leaver.start()
        leaver.join(WAIT)
        stayer = queue.joins(stays)
        assert turns.ahead_of(stayer.ident) == 1
    queue.ends()
    assert order == ["stays"]


def test_each_is_told_how_many_come_first():
    turns = Turns(2)
    queue = Queue(turns)

    def act() -> None:
        with turns.turn():
            assert turns.ahead_of(get_ident()) is None

    with blocked(turns):
        waiting = [queue.joins(act) for _ in range(4)]
        assert [turns.ahead_of(thread.ident) for thread in waiting] == [2, 3, 4, 5]
        assert turns.ahead_of(get_ident()) is None
    queue.ends()


def test_nobody_is_told_to_wait_where_a_turn_comes_at_once():
    heard = []
    turns = Turns(1)
    with when_waiting(lambda: heard.append("waiting")):
        for _ in range(3):
            with turns.turn(), turns.turn():  # nor does a thread wait for itself
                pass
    assert heard == []
    with when_waiting(lambda: heard.append("waiting")), blocked(turns):
        pass
    assert heard == []  # others' waiting is not mine


def test_no_turn_at_all_is_refused():
    with pytest.raises(ValueError, match="0 passes at once"):
        Turns(0)


def test_a_pass_of_a_model_waits_for_its_turn(minilm, monkeypatch):
    turns = Turns(1)
    monkeypatch.setattr(engines, "TURNS", turns)
    inputs, order = as_tensors({"input_ids": [1, 2, 3]}), []
    listening = Run(on_layer=lambda call, _: order.append(call.layer))
    queue = Queue(turns)
    with blocked(turns):
        queue.joins(lambda: minilm.engine.forward(inputs, listening))
        queue.joins(lambda: minilm.engine.predict(inputs, listening))
        assert order == []
    queue.ends()
    assert order == 2 * list(range(minilm.n_layers))


def test_a_spoiled_pass_of_a_model_gives_its_turn_away(minilm, monkeypatch):
    turns = Turns(1)
    monkeypatch.setattr(engines, "TURNS", turns)

    def fail(*_: object) -> None:
        raise FloatingPointError("here")

    inputs = as_tensors({"input_ids": [1, 2, 3]})
    with pytest.raises(FloatingPointError):
        minilm.engine.forward(inputs, Run(on_layer=fail))
    assert minilm.engine.forward(inputs, Run()).last_hidden_state.shape[1] == 3


def test_each_core_may_do_a_pass():
    assert TURNS.at_once == cores() >= 1
