"""What `make bench` says of its measurements, and that no page of the menu is left out of it."""

import json
import re

import pytest

from pages.contents import LESSONS, TOOLS
from tests.bench.figures import Figure, Missing, Target
from tests.bench.interactions import INTERACTIONS
from tests.bench.pages import without_interaction
from tests.bench.report import Section, as_json, as_markdown, number
from tests.bench.texts import words
from tests.bench.timing import in_turn

FAST = Figure("core", "fast", "ms", [1.0, 2.0, 30.0], [4.0, 4.0, 4.0], Target("ratio", 1))
SLOW = Figure("core", "slow", "ms", [9.0] * 3, [4.0] * 3, Target("ratio", 2))
ALONE = Figure("memory", "alone", "MB", [1001.0] * 9, [], Target("ours", 1000))
BESIDE = Figure("pages", "beside", "ms", [300.0] * 9, [100.0] * 9)
MACHINE = {"cpu": "abacus", "cores": 2}


def section(*results: Figure | Missing) -> Section:
    return Section("core", "The core", "How it is measured.", results, 12.3)


def row(markdown: str, name: str) -> list[str]:
    (line,) = (line for line in markdown.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_medians_ratios_and_verdicts_are_computed():
    assert (FAST.ours_median, FAST.against_median, FAST.ratio, FAST.is_held) == (2, 4, 0.5, True)
    assert (SLOW.ratio, SLOW.is_held) == (2.25, False)
    assert (ALONE.ratio, ALONE.is_held) == (None, False)
    assert (BESIDE.ratio, BESIDE.is_held) == (3, None)


def test_a_target_on_a_ratio_needs_something_to_divide_by():
    with pytest.raises(ValueError, match="nothing to divide by"):
        _ = Figure("core", "lonely", "ms", [1.0], [], Target("ratio", 1)).is_held


def test_the_table_shows_each_figure_beside_its_target():
    text = as_markdown([section(FAST, SLOW, ALONE, BESIDE)], MACHINE, is_quick=False)
    assert row(text, "fast") == ["fast", "2.00 ms", "4.00 ms", "0.5 ×", "≤ 1.00 ×", "held", "3"]
    assert row(text, "slow")[4:] == ["≤ 2.00 ×", "**NOT held**", "3"]
    assert row(text, "alone") == ["alone", "1,001 MB", "", "", "≤ 1,000 MB", "**NOT held**", "9"]
    assert row(text, "beside")[3:] == ["3.00 ×", "", "", "9"]
    assert "* cpu: abacus" in text
    assert "Quick" not in text


def test_counts_that_differ_are_both_told():
    once = Figure("wire", "once", "kB", [1.0] * 9, [5.0])
    exact = Figure("core", "exact", "", [2e-7], [], is_exact=True)
    text = as_markdown([section(once, exact)], MACHINE, is_quick=False)
    assert row(text, "once")[-1] == "9 and 1"
    assert row(text, "exact")[1] == "2.0e-07"
    assert row(text, "exact")[-1] == "exact"


def test_what_is_missing_is_said_loudly():
    lost = Missing("wire", "BertViz", "not installed")
    found = as_markdown([section(FAST, lost)], MACHINE, is_quick=False)
    assert "**NOT MEASURED**, BertViz: not installed" in found
    assert (
        as_json([section(FAST, lost)], MACHINE, is_quick=False)["missing"][0]["name"] == "BertViz"
    )


def test_a_quick_run_names_itself():
    assert re.search(
        "Quick run .*only 3", as_markdown([section(FAST, BESIDE)], MACHINE, is_quick=True)
    )


def test_the_json_keeps_every_raw_value():
    text = json.dumps(as_json([section(FAST, ALONE)], MACHINE, is_quick=False), allow_nan=False)
    read = json.loads(text)
    assert read["machine"] == MACHINE
    assert read["sections"]["core"]["seconds"] == 12.3
    fast, alone = read["figures"]
    assert fast["ours"] == [1.0, 2.0, 30.0]
    assert fast["against"] == [4.0] * 3
    assert (fast["ratio"], fast["is_held"], fast["target"]) == (0.5, True, {"of": "ratio", "at_most": 1})  # fmt: skip
    assert (alone["against_median"], alone["ratio"], alone["is_held"]) == (None, None, False)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 ms"), (12.345, "12.3 ms"), (12345.6, "12,346 ms"), (0.0312, "0.031 ms"), (9e-4, "9.0e-04 ms")],
)  # fmt: skip
def test_three_digits_count(value: float, text: str):
    assert number(value, "ms") == text


def test_everything_is_measured_in_turn_and_the_first_round_does_not_count():
    order: list[str] = []

    def noted(name: str) -> float:
        order.append(name)
        return float(len(order))

    a, b = in_turn(2, lambda: noted("a"), lambda: noted("b"))
    assert order == ["a", "b"] * 3
    assert (a, b) == ([3, 5], [4, 6])


def test_words_are_as_many_as_asked_and_others_each_turn():
    texts = [words(25, turn) for turn in range(10)]
    assert {len(text.split()) for text in texts} == {25}
    assert len(set(texts)) == 10


def test_every_page_of_the_menu_has_an_interaction():
    assert without_interaction() == []
    slugs = {"", *(page.slug for page in (*LESSONS, *TOOLS))}
    assert {each.slug for each in INTERACTIONS} <= slugs, "a page that is no longer there"


def test_every_interaction_changes_something_each_time():
    """One way alone must go on, as a step further does; two that are equal would change nothing."""
    for each in INTERACTIONS:
        assert len(set(each.ways)) == len(each.ways), each.what
