"""A reader's toy: edits, undo, the way back, and how many sentences are remembered."""

from dataclasses import replace

from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import same, set_cell
from pages.ui.reader.toy_state import MOST_STEPS, Toy


def toy() -> Toy:
    base = PRESETS[0]
    return Toy(base, "preset", None, [base], version=0)


def test_undo_takes_back_one_edit_at_a_time_and_stops_at_the_start():
    mine = toy()
    once = set_cell(mine.base, "x", 0, 0, 0.5)
    twice = set_cell(once, "W_Q", 1, 1, -2.0)
    mine.commit(once)
    mine.commit(twice)
    mine.undo()
    assert same(mine.current, once)
    for _ in range(3):
        mine.undo()
    assert same(mine.current, mine.base)
    assert not mine.is_edited


def test_an_edit_that_changes_nothing_is_not_a_step():
    mine = toy()
    mine.commit(replace(mine.base, mask=mine.base.mask))
    assert len(mine.history) == 1


def test_the_way_back_can_be_undone_too():
    mine = toy()
    edited = set_cell(mine.base, "x", 0, 0, 0.5)
    mine.commit(edited)
    mine.show(mine.base)
    assert not mine.is_edited
    mine.undo()
    assert same(mine.current, edited)


def test_settings_start_afresh_only_when_something_else_changed_the_toy():
    mine = toy()
    mine.commit(set_cell(mine.base, "x", 0, 0, 0.5))
    assert mine.version == 0
    mine.undo()
    assert mine.version != 0


def test_history_is_bounded():
    mine = toy()
    for i in range(2 * MOST_STEPS):
        mine.commit(set_cell(mine.base, "x", 0, 0, float(i + 1)))
    assert len(mine.history) == MOST_STEPS + 1
