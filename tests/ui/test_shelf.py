"""The shelf of models: who looks starts nothing, the default stays, what failed takes no place."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.ui.server.jobs import MOST_FAILED, BackgroundJob, Shelf


class Watched:
    """A shelf of three, and what it has begun and put away, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gone: list[str] = []
        self.shelf = Shelf(self._begin, self.gone.append, most=3, stays="default")

    def _begin(self, name: str) -> BackgroundJob[str]:
        self.begun.append(name)
        return BackgroundJob(lambda _: name, stage=name)

    def fails(self, name: str) -> None:
        self.shelf(name).result.set_exception(ValueError(name))

    def there(self, *names: str) -> list[str]:
        return [name for name in names if self.shelf.look(name)]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_to_look_starts_nothing_and_counts_as_no_use(watched):
    assert watched.shelf.look("a") is None and watched.begun == []
    for name in "abc":
        watched.shelf(name)
    assert watched.shelf.look("a").stage == "a"
    watched.shelf("d")
    assert watched.gone == ["a"]


def test_the_default_stays_however_many_others_come(watched):
    watched.shelf("default")
    for name in "abcd":
        watched.shelf(name)
    assert watched.there("default", *"abcd") == ["default", "c", "d"]
    assert watched.gone == ["a", "b"]


def test_the_default_comes_back_in_the_place_of_the_one_not_asked_for_longest(watched):
    for name in ("a", "b", "c", "a", "default"):
        watched.shelf(name)
    assert watched.there("default", *"abc") == ["default", "a", "c"]


def test_what_failed_takes_no_place_and_is_remembered_for_a_while(watched):
    for name in "abc":
        watched.shelf(name)
    for i in range(MOST_FAILED + 5):
        watched.shelf.clear("c")  # there was room for one more
        watched.fails(f"typed {i}")
    assert watched.there(*"ab") == ["a", "b"]
    assert len(watched.there(*(f"typed {i}" for i in range(MOST_FAILED + 5)))) == MOST_FAILED


def test_only_a_failure_is_tried_again(watched):
    watched.fails("a")
    watched.shelf("b")
    for name in "ab":
        watched.shelf.forget_failure(name)
        watched.shelf(name)
    assert watched.begun == ["a", "b", "a"]


def test_many_at_once_start_each_model_once(watched):
    names = ["a", "b", "c"] * 200
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(watched.shelf, names))
    assert sorted(watched.begun) == ["a", "b", "c"]
    assert [each.stage for each in found] == names
