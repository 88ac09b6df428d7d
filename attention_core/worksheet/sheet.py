"""The worksheet as a PDF: tagged, in English, and the same bytes for the same seed. Typeset by Typst from sheet.typ.

Everything reaches the template as data, never as its source, so no text can be taken for a command.
"""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import segno
import typst

from attention_core.native.worker import apart
from attention_core.quiz.question import Choice, Question, Table
from attention_core.quiz.quiz import make_quiz
from attention_core.worksheet.tasks import Blanks, Task, make_tasks
from attention_core.worksheet.writing import printable, runs

Paper = Literal["a4", "us-letter"]
PAPERS: tuple[Paper, ...] = ("a4", "us-letter")
TEMPLATE = (Path(__file__).parent / "sheet.typ").read_bytes()
# Typst keeps what it has set for its next ten documents; without so many empty ones sixty worksheets held 180 MB
FORGET = 12
LETTERS = "ABCD"
PREVIEW_PPI = 100
LONGEST_LINK = 1500  # characters; a QR code holds little more, and a phone reads no denser one


@dataclass(frozen=True)
class Sheet:
    """What makes a worksheet: all that its bytes depend on."""

    seed: int
    link: str  # to the same questions in the app
    paper: Paper = "a4"
    heading: str = ""  # the teacher's own line
    answers: bool = False  # whether an answer key follows, on a page of its own


def as_pdf(sheet: Sheet) -> bytes:
    """The worksheet, which must hold as PDF/UA-1: readable by a screen reader.

    Raises ValueError for a seed below 0, WorkerDied if Typst ends its process or hangs.
    """
    # no date, so the same bytes tomorrow
    return apart(_typeset, sheet, format="pdf", pdf_standards=["ua-1"], timestamp=0)[0]


def first_page(sheet: Sheet) -> bytes:
    """The first page as a PNG picture, to see what will be printed. Raises as `as_pdf`."""
    return apart(_typeset, sheet, format="png", ppi=PREVIEW_PPI)[0]


def _typeset(sheet: Sheet, **options: Any) -> list[bytes]:
    inputs = _inputs(sheet)
    # without the system's fonts: the same letters on every computer
    compiler = typst.Compiler(TEMPLATE, ignore_system_fonts=True)
    made = compiler.compile(sys_inputs=inputs, **options)
    for _ in range(FORGET):
        compiler.compile(b"", sys_inputs=None, format="pdf")
    return made if isinstance(made, list) else [made or b""]


def qr_svg(link: str) -> str:
    """The link as a QR code, dark on light whatever the theme, with the quiet zone that readers need."""
    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        drawn, kind="svg", border=4, light="#fff", dark="#000", xmldecl=False
    )
    return drawn.getvalue().decode()


def _inputs(sheet: Sheet) -> dict[str, str]:
    tasks, questions = make_tasks(sheet.seed), make_quiz(sheet.seed)
    data = {
        "number": sheet.seed,
        "paper": sheet.paper,
        "heading": printable(sheet.heading),
        "link": sheet.link,
        "tasks": [_task(task) for task in tasks],
        "questions": [_question(question) for question in questions],
        "answers": [_answer(question) for question in questions] if sheet.answers else None,
    }
    return {"worksheet": json.dumps(data), "qr": qr_svg(sheet.link)}


def _task(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "prompt": _runs(task.prompt),
        "tables": [_table(table) for table in task.shown],
        "empty": _blanks(task.blanks, filled=False),
        "filled": _blanks(task.blanks, filled=True),
    }


def _question(question: Question) -> dict[str, Any]:
    options = question.answer.options if isinstance(question.answer, Choice) else ()
    return {
        "prompt": _runs(question.prompt),
        "tables": [_table(table) for table in question.shown],
        "options": [
            {"letter": letter, "text": _runs(option)}
            for letter, option in zip(LETTERS, options, strict=False)
        ],
    }


def _answer(question: Question) -> dict[str, Any]:
    right = question.answer
    letter = f"{LETTERS[right.right]} · " if isinstance(right, Choice) else ""
    return {"text": [*_runs(letter), *_runs(right.text)], "reason": _runs(question.reason)}


def _table(table: Table) -> dict[str, Any]:
    shades = table.values.tolist() if table.heatmap else None
    axes = table.axes if table.heatmap else None
    return _cells(table.title, table.texts, table.rows, table.columns, table.role, shades, axes)


def _blanks(blanks: Blanks, filled: bool) -> dict[str, Any]:
    texts = [
        [text if filled or given else "" for text, given in zip(row, marks, strict=True)]
        for row, marks in zip(blanks.texts, blanks.given, strict=True)
    ]
    is_heatmap = blanks.shades is not None
    shades = blanks.shades.tolist() if blanks.shades is not None and filled else None
    axes = ("query (asks)", "key (offers)") if is_heatmap else None
    return _cells(blanks.title, texts, blanks.rows, blanks.columns, blanks.role, shades, axes)


def _cells(
    title: str,
    texts: Any,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    role: str | None,
    shades: Any,
    axes: tuple[str, str] | None,
) -> dict[str, Any]:
    return {
        "title": _runs(title),
        "texts": texts,
        "rows": [_runs(row) for row in rows],
        "columns": [_runs(column) for column in columns],
        "role": role,
        "shades": shades,
        "axes": axes,
    }


def _runs(markdown: str) -> list[dict[str, Any]]:
    return [asdict(run) for run in runs(markdown)]
