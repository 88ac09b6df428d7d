"""`make quick` runs the tests of what was changed."""

import pytest

from tests.changed import changed, modules_for


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("pages/learn/softmax/steps.py", ["tests/pages/test_learn_softmax.py"]),
        ("pages/compare/side_by_side/page.py", ["tests/pages/test_side_by_side.py"]),
        ("pages/home.py", ["tests/pages/test_home.py"]),
        ("tests/toy/test_toy_edits.py", ["tests/toy/test_toy_edits.py"]),
        ("tests/browser/test_quiz.py", []),
        ("pages/ui/server/models.py", []),
        ("README.md", []),
        ("tests/toy/test_that_was_removed.py", []),
    ],
)
def test_a_page_is_tested_by_the_module_of_its_name(file, tests):
    assert modules_for([file]) == tests


def test_what_differs_from_the_last_commit_is_a_list_of_files():
    assert all(name and not name.startswith("/") for name in changed())
