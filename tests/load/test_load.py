"""A small class for a few seconds, so that the thirty of `make load` can be believed: nobody meets an error, and the counts are right."""

import asyncio
from pathlib import Path

import pytest

from tests.load import figures
from tests.load.course import Course, Server, awaited, hold, running_app
from tests.load.figures import Sample
from tests.load.lesson import EDIT, HEAD, OWN, PAGE, Step
from tests.load.session import Failure, Session, tab

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course() -> Course:
    return asyncio.run(hold(PROJECT, readers=6, seconds=10, think=0.5, models=("MiniLM",)))


def test_nobody_meets_an_error(course):
    assert figures.errors(course.steps) == {}


def test_every_reader_works_till_the_end_and_every_kind_of_step_is_taken(course):
    found = figures.by_kind(course.steps)
    assert found["everything"].count == len(course.steps) > 6
    assert found[PAGE].count >= 6 and found[EDIT].count and found[HEAD].count
    assert all(step.seconds > 0 for step in course.steps)


def test_the_model_runs_more_seldom_than_it_is_asked(course):
    views = figures.by_kind(course.steps)["all model views"].count
    assert 0 < course.passes < 2 * views  # Side by side runs the library's attention, too
    assert course.passes >= figures.by_kind(course.steps)[OWN].count


def test_memory_is_watched(course):
    assert len(course.samples) >= 9
    assert all(sample.megabytes > 100 for sample in course.samples)
    assert {"models loaded", "all have come", "end", "all have left"} <= set(course.moments)


@pytest.fixture(scope="module")
def server():
    with running_app(PROJECT) as running:
        yield running


def passes_of_eight_who_type_the_same(server: Server, sentence: str) -> int:
    async def all_of_them() -> int:
        await awaited(server.url, "MiniLM")
        sockets = [await tab(server.url) for _ in range(8)]
        sessions = [Session(each, {}) for each in sockets]
        await asyncio.gather(*(each.open("one-head") for each in sessions))
        before = await server.settled()
        text = [each.set(each.widget("text"), string_value=sentence) for each in sessions]
        await asyncio.gather(*text)
        assert all("zebra" in str(each.data("one_head_map")["rows"]) for each in sessions)
        after = await server.settled()
        for each in sockets:
            await each.close()
        return after - before

    return asyncio.run(all_of_them())


def test_eight_sessions_that_type_the_same_share_one_pass(server):
    assert passes_of_eight_who_type_the_same(server, "A zebra reads what eight have typed") == 1


def test_a_wrong_answer_would_be_noticed(server):
    async def asks_for_what_is_not_there() -> None:
        async with tab(server.url) as socket:
            session = Session(socket, {})
            await session.open("one-head")
            session.widget("no such widget")

    with pytest.raises(Failure, match="no such widget"):
        asyncio.run(asks_for_what_is_not_there())


def test_the_95th_of_100_is_the_p95():
    steps = [Step(EDIT, 0.0, float(i), "late" if i > 98 else "") for i in range(1, 101)]
    found = figures.times(steps)
    assert (found.count, found.errors, found.p95, found.longest) == (100, 2, 95.0, 100.0)
    assert found.median == 50.5


def test_growth_compares_the_last_third_with_the_second():
    samples = [Sample(float(at), 900.0 if at < 10 else 100.0 + at, 0, 0.0) for at in range(30)]
    assert figures.growth(samples, 30) == pytest.approx(124.5 / 114.5 - 1)
