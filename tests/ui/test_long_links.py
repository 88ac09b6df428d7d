"""What is too long for a link: found by its name, bounded, and gone after a day."""

import threading

import pytest

from pages.ui.reader.page_link import HOURS, LONGEST, LongLinks


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_text_is_found_under_a_name_that_cannot_be_guessed():
    links = LongLinks()
    names = {links.keep(f"text {i}") for i in range(100)}
    assert len(names) == 100 and all(name and len(name) >= 22 for name in names)
    name = links.keep("mine")
    assert name and links.find(name) == "mine" and links.find(name[:-1]) is None


def test_who_goes_on_editing_keeps_the_name():
    links = LongLinks()
    name = links.keep("first")
    assert links.keep("second", name) == name
    assert name and links.find(name) == "second" and links.n_bytes == len("second")


def test_a_text_is_gone_a_day_after_its_last_use():
    clock = Clock()
    links = LongLinks(clock=clock)
    name, other = links.keep("used"), links.keep("not used")
    assert name and other
    clock.now += 3600 * (HOURS - 1)
    assert links.find(name) == "used"
    clock.now += 3600 * 2
    assert links.find(name) == "used" and links.find(other) is None
    assert links.n_bytes == len("used")


def test_the_longest_unused_go_first_and_the_bound_holds():
    links = LongLinks(most_bytes=100)
    names = [links.keep("x" * 30) for _ in range(3)]
    assert all(names) and links.find(str(names[0])) is not None
    fourth = links.keep("y" * 30)
    assert links.find(str(names[1])) is None
    assert all(links.find(str(name)) for name in (names[0], names[2], fourth))
    assert links.n_bytes == 90


@pytest.mark.parametrize("text", ["é" * (LONGEST // 2 + 1), "x" * (LONGEST + 1)])
def test_a_text_that_is_far_too_long_is_not_kept(text: str):
    links = LongLinks()
    assert links.keep(text) is None and links.n_bytes == 0


def test_many_threads_share_it():
    links = LongLinks(most_bytes=1000)

    def work() -> None:
        for i in range(300):
            name = links.keep("z" * (i % 50))
            links.find(str(name))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert links.n_bytes <= 1000
