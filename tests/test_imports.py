"""Imports go one way, `a page → pages.ui → attention_core`, no page imports another, and every library has its place.

Read from the source: nothing is run.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROOT, UI, PAGES, PAGE, ENTRY = "attention_core", "pages.ui", "pages", "a page", "app"
SECTIONS = {"learn", "explore", "compare", "experiment", "teach"}
PARTS = {
    f"{ROOT}.{part}"
    for part in (
        "analysis",
        "charts",
        "experiments",
        "native",
        "pretrained",
        "quiz",
        "survey",
        "toy",
        "worksheet",
    )
}

MAY_USE = {
    ROOT: {ROOT},
    **{part: {ROOT, part} for part in PARTS},
    f"{ROOT}.quiz": {ROOT, f"{ROOT}.analysis", f"{ROOT}.toy", f"{ROOT}.quiz"},
    f"{ROOT}.survey": {ROOT, f"{ROOT}.analysis", f"{ROOT}.pretrained", f"{ROOT}.survey"},
    f"{ROOT}.experiments": {
        ROOT,
        f"{ROOT}.analysis",
        f"{ROOT}.pretrained",
        f"{ROOT}.toy",
        f"{ROOT}.experiments",
    },
    f"{ROOT}.charts": {ROOT, f"{ROOT}.native", f"{ROOT}.charts"},
    f"{ROOT}.worksheet": {ROOT, f"{ROOT}.quiz", f"{ROOT}.native", f"{ROOT}.worksheet"},
    UI: {ROOT, *PARTS, UI},
    PAGES: {ROOT, *PARTS, UI, PAGES},  # the menu, home, and the lists of all pages
    PAGE: {ROOT, *PARTS, UI, PAGES},
    ENTRY: {ROOT, *PARTS, UI, PAGES},
}
LIBRARY_BELONGS_IN = {
    "streamlit": {PAGE, PAGES, UI, ENTRY},
    "torch": {f"{ROOT}.pretrained"},
    "transformers": {f"{ROOT}.pretrained"},
    "altair": {f"{ROOT}.charts"},
    "dask": {f"{ROOT}.survey"},
    "distributed": {f"{ROOT}.survey"},
    "vl_convert": {f"{ROOT}.native"},
    "loky": {f"{ROOT}.native"},
    "typst": {f"{ROOT}.worksheet"},
    "segno": {f"{ROOT}.worksheet"},
    "pyarrow": {f"{ROOT}.survey"},
    "pandas": {f"{ROOT}.charts", PAGE, PAGES, UI},
}
ROOT_MAY_USE = {"numpy", "jaxtyping", "dataclasses", "typing", "collections", "re", "unicodedata"}


def home(module: str) -> str | None:
    """The part of the project a dotted name belongs to, None for a library."""
    if page(module):
        return PAGE
    parts = [part for part in MAY_USE if f"{module}.".startswith(f"{part}.")]
    return max(parts, key=len, default=None)


def page(module: str) -> str | None:
    """The page a dotted name belongs to: `pages.<section>.<page>`."""
    names = module.split(".")
    return (
        ".".join(names[:3]) if names[0] == PAGES and names[1:2] and names[1] in SECTIONS else None
    )


def imported(source: str, package: list[str]) -> Iterator[str]:
    """The full dotted name behind every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            prefix = [*above, node.module] if node.module else above
            yield from (".".join([*prefix, alias.name]) for alias in node.names)


def misplaced_imports(path: str, source: str) -> list[str]:
    """The imports that the file at `path` may not have."""
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return [
        f"{path} imports {name}"
        for name in imported(source, package=path.split("/")[:-1])
        if not is_allowed(name, module)
    ]


def is_allowed(name: str, module: str) -> bool:
    library, own_home = name.partition(".")[0], home(module)
    if page(name):
        return page(name) == page(module)
    if home(name):
        return home(name) in MAY_USE[own_home]
    if own_home == ROOT:
        return library in ROOT_MAY_USE
    return library not in LIBRARY_BELONGS_IN or own_home in LIBRARY_BELONGS_IN[library]


def test_every_import_points_the_right_way():
    paths = [
        PROJECT / "app.py",
        *PROJECT.glob("attention_core/**/*.py"),
        *PROJECT.glob("pages/**/*.py"),
    ]
    sources = {str(path.relative_to(PROJECT)): path.read_text() for path in paths if path.exists()}
    assert "attention_core/softmax.py" in sources
    assert [
        bad for path, source in sources.items() for bad in misplaced_imports(path, source)
    ] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("attention_core/heads.py", "from attention_core.attention import attention"),
        ("attention_core/heads.py", "from .attention import attention"),
        ("attention_core/toy/scenarios.py", "from attention_core.toy.words import words"),
        ("attention_core/toy/scenarios.py", "from ..heads import Projections"),
        ("attention_core/pretrained/load.py", "import torch.nn, transformers"),
        ("attention_core/charts/heatmap.py", "import altair as alt, pandas as pd"),
        ("attention_core/quiz/rows.py", "from attention_core.analysis.rows import check_rows"),
        ("attention_core/quiz/rows.py", "from attention_core.toy.presets import PRESETS"),
        ("attention_core/survey/run.py", "from attention_core.pretrained.files import locate"),
        ("attention_core/survey/run.py", "from distributed import Client"),
        ("attention_core/worksheet/sheet.py", "import segno, typst"),
        ("attention_core/worksheet/sheet.py", "from attention_core.quiz.quiz import make_quiz"),
        ("pages/ui/server/cached.py", "from attention_core.pretrained import load"),
        ("pages/ui/reader/quiz.py", "from attention_core.quiz.quiz import make_quiz"),
        ("pages/ui/server/cached.py", "from pages.ui.reader.pickers import layer"),
        ("pages/learn/softmax/page.py", "import streamlit as st, pandas as pd"),
        ("pages/learn/softmax/page.py", "from pages import ui"),
        ("pages/learn/softmax/page.py", "from pages.learn.softmax.steps import steps"),
        ("pages/learn/softmax/steps.py", "from pages.contents import LESSONS"),
        ("pages/frame.py", "from pages.contents import LESSONS"),
        ("app.py", "import streamlit as st"),
    ],
)
def test_imports_that_point_the_right_way_pass(path, source):
    assert misplaced_imports(path, source) == []


@pytest.mark.parametrize(
    ("path", "source", "offender"),
    [
        ("attention_core/heads.py", "import scipy", "scipy"),
        ("attention_core/heads.py", "from attention_core.toy import words", "attention_core.toy"),
        ("attention_core/heads.py", "from attention_core import charts", "attention_core.charts"),
        ("attention_core/heads.py", "from .toy import words", "attention_core.toy"),
        ("attention_core/heads.py", "def f():\n    import torch", "torch"),
        ("attention_core/charts/heatmap.py", "import streamlit as st", "streamlit"),
        ("attention_core/toy/scenarios.py", "import pandas as pd", "pandas"),
        ("attention_core/toy/scenarios.py", "from torch import nn", "torch.nn"),
        ("attention_core/toy/learn.py", "from attention_core.analysis import x", "analysis"),
        ("attention_core/toy/learn.py", "from ..charts import heatmap", "attention_core.charts"),
        ("attention_core/analysis/x.py", "from attention_core.quiz import quiz", "quiz.quiz"),
        ("attention_core/quiz/rows.py", "from attention_core.pretrained import x", "pretrained.x"),
        ("attention_core/quiz/rows.py", "import streamlit as st", "streamlit"),
        ("attention_core/survey/run.py", "import torch", "torch"),
        ("attention_core/survey/run.py", "from attention_core.charts import x", "charts.x"),
        ("attention_core/analysis/x.py", "import dask", "dask"),
        ("attention_core/worksheet/sheet.py", "import streamlit as st", "streamlit"),
        ("attention_core/quiz/quiz.py", "from attention_core.worksheet import sheet", "sheet"),
        ("pages/teach/classroom/worksheet.py", "import typst", "typst"),
        ("pages/ui/server/cached.py", "import pyarrow.parquet", "pyarrow.parquet"),
        ("attention_core/pretrained/load.py", "from pages.ui import cached", "pages.ui.cached"),
        ("attention_core/pretrained/x.py", "from attention_core.analysis import x", "analysis.x"),
        ("pages/ui/server/cached.py", "from pages.learn import softmax", "pages.learn.softmax"),
        ("pages/ui/server/cached.py", "import torch", "torch"),
        ("pages/learn/softmax/page.py", "import altair as alt", "altair"),
        ("pages/learn/softmax/page.py", "import transformers.models", "transformers.models"),
        ("pages/learn/softmax/page.py", "from pages.compare import twin", "pages.compare.twin"),
        ("pages/learn/softmax/x.py", "from pages.learn.recap import terms", "recap.terms"),
        ("pages/learn/softmax/x.py", "import pages.explore.one_head.state", "one_head.state"),
        ("pages/ui/server/cached.py", "from pages.contents import TOOLS", "pages.contents.TOOLS"),
        ("pages/menu.py", "from pages.learn.softmax.steps import steps", "softmax.steps"),
        ("app.py", "import torch", "torch"),
    ],
)
def test_imports_that_point_the_wrong_way_are_named(path, source, offender):
    (found,) = misplaced_imports(path, source)
    assert found.startswith(f"{path} imports ")
    assert offender in found
