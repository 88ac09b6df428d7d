"""Turns that are all taken for a while, for tests of who waits behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from attention_core.pretrained.turns import Turns

WAIT = 60.0  # seconds after which a test has failed: a busy machine is slow, not wrong


@contextmanager
def blocked(turns: Turns) -> Iterator[None]:
    """All turns are taken, by threads that give them back when the block ends."""
    taken, free = [Event() for _ in range(turns.at_once)], Event()

    def hold(mine: Event) -> None:
        with turns.turn():
            mine.set()
            assert free.wait(WAIT)

    holders = [Thread(target=hold, args=(each,), daemon=True) for each in taken]
    for holder, mine in zip(holders, taken, strict=True):
        holder.start()
        assert mine.wait(WAIT)
    try:
        yield
    finally:
        free.set()
        for holder in holders:
            holder.join(WAIT)
