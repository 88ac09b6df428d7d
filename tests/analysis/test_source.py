"""The source shown in the lessons: literally the file's, found again after an edit."""

import importlib.util
import inspect
import os
from pathlib import Path
from types import ModuleType

import pytest

from attention_core import attention, heads, softmax
from attention_core.analysis.source import PROJECT, Source, source_of, statement_of
from attention_core.masks import causal_mask
from attention_core.toy.scenario import mask_of

TWO_STEPS = '''\
def doubled(x):
    """Twice."""
    twice = 2 * x  # the reason why
    if twice:
        twice += (
            1
        )
    return twice
'''


def written(path: Path, text: str) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("function", "names", "text"),
    [
        (attention.attention, ("scores",), "scores = q @ k.swapaxes(-1, -2)"),
        (attention.attention, ("context",), "context = weights @ v"),
        (heads.multi_head_attention, ("merged",), "merged = merge_heads(heads.context)"),
        (causal_mask, ("return",), "return np.tri(n_q, n_k, n_k - n_q, dtype=bool)"),
    ],
)
def test_the_statement_is_the_one_that_assigns_the_name(function, names, text):
    assert statement_of(function, *names).text == text


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (heads.project, ("q", "k", "v")),
        (heads.multi_head_attention, ("q", "merged", "return")),
        (attention.attention, ("scores", "scale", "scaled_scores", "masked_scores", "weights")),
        (softmax.softmax_steps, ("tempered", "top", "shifted", "exps", "total", "weights")),
    ],
)
def test_every_line_of_a_statement_stands_in_the_file_where_it_says(function, names):
    statement = statement_of(function, *names)
    file = (PROJECT / statement.file).read_text().splitlines()
    shown = statement.text.splitlines()
    there = [file[number - 1].strip() for number in statement.lines]
    assert [line.strip() for line in shown] == there
    assert len(shown) >= len(set(names) - {"k", "v"})


def test_several_names_come_in_the_order_of_the_file_each_statement_once():
    text = statement_of(attention.attention, "scaled_scores", "scale").text
    assert [line.split(" = ")[0] for line in text.splitlines()] == ["scale", "scaled_scores"]
    assert (
        statement_of(heads.multi_head_attention, "v", "q").text
        == "q, k, v = project(x, projections)"
    )


def test_returns_of_branches_come_with_their_conditions():
    text = statement_of(mask_of, "return").text
    assert [line.split()[0] for line in text.splitlines()] == ["if", "return"] * 2 + ["return"]


@pytest.mark.parametrize(
    ("lines", "told"), [((45,), "45"), ((5, 6, 7), "5–7"), ((5, 6, 9, 11, 12), "5–6, 9, 11–12")]
)
def test_line_numbers_are_told_as_runs(lines, told):
    assert Source("file.py", lines[0], "", False, lines).line_numbers == told


def test_the_whole_function_is_what_inspect_reads_too():
    whole = source_of(softmax.softmax_steps)
    assert whole.file == "attention_core/softmax.py"
    assert whole.text + "\n" == inspect.getsource(softmax.softmax_steps)
    assert whole.line == inspect.getsourcelines(softmax.softmax_steps)[1]
    assert not whole.is_newer


def test_comments_and_statements_of_many_lines_stay_whole(tmp_path):
    module = written(tmp_path / "twice.py", TWO_STEPS)
    text = statement_of(module.doubled, "twice").text
    assert text == ("twice = 2 * x  # the reason why\nif twice:\n    twice += (\n        1\n    )")
    assert source_of(module.doubled).file == "twice.py"


def test_an_edited_file_shows_its_new_text_although_the_lines_have_moved(tmp_path):
    path = tmp_path / "edited.py"
    module = written(path, TWO_STEPS)
    assert statement_of(module.doubled, "return").line == 8
    path.write_text("# a new first line\n\n" + TWO_STEPS.replace("2 * x", "x + x"))
    os.utime(path, (4e9, 4e9))  # two writes may share one tick of the clock
    changed = statement_of(module.doubled, "twice")
    assert changed.text.startswith("twice = x + x  # the reason why")
    assert changed.line == 5
    assert changed.is_newer


def test_a_name_that_is_never_assigned_is_said_to_be_so():
    with pytest.raises(ValueError, match="attention never assigns wieghts"):
        statement_of(attention.attention, "weights", "wieghts")
    with pytest.raises(ValueError, match="never assigns"):
        statement_of(attention.attention)


def test_a_function_that_is_not_at_the_top_level_is_refused():
    def inner() -> None: ...

    with pytest.raises(ValueError, match=r"test_source\.py has no function .*inner"):
        source_of(inner)
