"""A call that ends its process ends that one only; the next call works, and other readers' calls too."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import vl_convert

from attention_core.native import worker
from attention_core.native.worker import WorkerDied, apart

SPEC = '{"data": {"values": [{"a": "%s"}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}'


def test_a_call_runs_in_another_process_and_the_next_in_the_same():
    first, second = apart(os.getpid), apart(os.getpid)
    assert first == second != os.getpid()


def test_calls_from_several_threads_share_one_process():
    with ThreadPoolExecutor(4) as readers:
        asked = [readers.submit(apart, _slow_pid) for _ in range(4)]
    assert {each.result() for each in asked} == {apart(os.getpid)}


def _slow_pid() -> int:
    time.sleep(0.1)  # so that the readers are at it together
    return os.getpid()


def test_the_process_dies_and_the_parent_lives(caplog):
    before = apart(os.getpid)
    with pytest.raises(WorkerDied, match="abort"):
        apart(os.abort)
    (logged,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert logged.exc_info
    assert apart(os.getpid) not in (before, os.getpid())


def test_the_renderer_s_own_abort_is_survived_and_the_log_holds_no_text(caplog):
    """The very panic that ended the server: vl-convert on a character that XML does not know."""
    with pytest.raises(WorkerDied):
        apart(vl_convert.vegalite_to_svg, SPEC % r"secret\u0010")
    assert "secret" not in caplog.text
    assert "fine" in apart(vl_convert.vegalite_to_svg, SPEC % "fine")


def test_a_call_without_end_is_given_up(monkeypatch):
    apart(os.getpid)
    monkeypatch.setattr(worker, "PATIENCE", 0.2)
    began = time.monotonic()
    with pytest.raises(WorkerDied):
        apart(time.sleep, 600)
    assert time.monotonic() - began < 30
    monkeypatch.undo()
    assert apart(os.getpid)


def test_an_error_of_the_function_is_raised_as_it_is():
    with pytest.raises(ValueError, match="invalid literal"):
        apart(int, "x")


def test_what_one_reader_ends_is_not_another_s():
    def asked(i: int) -> str:
        try:
            return "died" if i % 3 == 0 and apart(os.abort) else str(apart(abs, -i))
        except WorkerDied:
            return "died"

    with ThreadPoolExecutor(6) as readers:
        found = list(readers.map(asked, range(6)))
    assert found == ["died", "1", "2", "died", "4", "5"]
