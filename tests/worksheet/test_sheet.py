"""The worksheet as a file: the same bytes for a seed, the questions of that quiz, readable aloud, its code scannable."""

import io
import re
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from attention_core.quiz.question import Choice
from attention_core.quiz.quiz import LENGTH, make_quiz
from attention_core.worksheet.sheet import LONGEST_LINK, PAPERS, Sheet, as_pdf, first_page, qr_svg
from attention_core.worksheet.tasks import make_tasks
from attention_core.worksheet.writing import INSTEAD, LONGEST, printable, runs

LINK = "http://192.168.1.20:8501/recap?quiz=17"
SHEET = Sheet(17, LINK)
MILLIMETRES = {"a4": (210, 297), "us-letter": (215.9, 279.4)}
POINT = 25.4 / 72


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words(reader: PdfReader) -> str:
    """All text, without the white space that only layout decides."""
    return squeezed("".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s|\u00ad", "", text)


def plain(markdown: str) -> str:
    return squeezed("".join(run.text for run in runs(markdown)))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert as_pdf(SHEET) == as_pdf(SHEET)
    assert as_pdf(SHEET) != as_pdf(replace(SHEET, seed=18))
    assert b"/CreationDate" not in as_pdf(SHEET)


@pytest.mark.parametrize("seed", [1, 2, 17, 9999])
def test_it_asks_what_the_quiz_of_this_number_asks(seed: int):
    text = words(read(as_pdf(replace(SHEET, seed=seed))))
    for question in make_quiz(seed):
        assert plain(question.prompt) in text
        for table in question.shown:
            assert plain(table.title) in text or table.heatmap
        if isinstance(question.answer, Choice):
            assert all(plain(option) in text for option in question.answer.options)
    for task in make_tasks(seed):
        assert plain(task.prompt) in text


@pytest.mark.parametrize("paper", PAPERS)
def test_it_fits_its_paper_and_every_page_has_number_and_link(paper):
    reader = read(as_pdf(replace(SHEET, paper=paper)))
    for i, page in enumerate(reader.pages, 1):
        size = [float(side) * POINT for side in page.mediabox[2:]]
        assert size == pytest.approx(MILLIMETRES[paper], abs=0.1)
        text = squeezed(page.extract_text())
        assert f"Worksheet17·page{i}of{len(reader.pages)}" in text
        assert LINK in text


@pytest.mark.parametrize(("seed", "paper"), list(zip(range(1, 5), PAPERS * 2, strict=True)))
def test_the_answer_key_is_one_page_at_the_end_and_only_if_asked_for(seed: int, paper):
    without, with_key = (
        read(as_pdf(replace(SHEET, seed=seed, paper=paper, answers=answers)))
        for answers in (False, True)
    )
    assert len(with_key.pages) == len(without.pages) + 1
    *asked, key = with_key.pages
    key_text = squeezed(key.extract_text())
    tasks_text = squeezed("".join(page.extract_text() for page in asked))
    assert f"Answerstoworksheet{seed}" in key_text
    for question in make_quiz(seed):
        assert plain(question.reason) in key_text
        assert plain(question.reason) not in tasks_text
        assert plain(question.reason) not in words(without)


def test_it_is_tagged_has_a_title_and_a_language():
    reader = read(as_pdf(SHEET))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/Lang"] == "en"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    assert reader.metadata.title == "Attention: worksheet 17"
    assert b"pdfuaid:part" in as_pdf(SHEET)  # it declares, and Typst has checked, PDF/UA


@pytest.mark.parametrize(
    "heading", ["", "Class 9b", "日本語 😀", "#panic(1) *a* $x$ `", "a" * 500, "\x00\n\t"]
)
def test_any_line_on_top_is_printed_as_it_is_or_shown_as_missing(heading: str):
    text = words(read(as_pdf(replace(SHEET, heading=heading))))
    assert squeezed(printable(heading)) in text


def test_every_sign_that_counts_as_printable_is_in_the_fonts():
    every = {chr(i) for i in range(0x3000)} - {INSTEAD}
    kept = sorted(c for c in every if printable(c) == c)
    assert len(kept) > 400
    for start in range(0, len(kept), LONGEST):  # PDF/UA refuses a sign without a glyph
        assert as_pdf(replace(SHEET, heading="".join(kept[start : start + LONGEST])))


@pytest.mark.parametrize("paper", PAPERS)
def test_a_phone_reads_the_code_at_the_foot(paper):
    picture = Image.open(io.BytesIO(first_page(replace(SHEET, paper=paper))))
    width, height = picture.size
    (code,) = zxingcpp.read_barcodes(picture.crop((0, int(0.85 * height), width, height)))
    assert code.text == LINK


def test_a_code_holds_the_longest_link():
    assert qr_svg("x" * LONGEST_LINK).startswith("<svg")
    assert as_pdf(replace(SHEET, link="http://a/" + "x" * (LONGEST_LINK - 9)))


def test_a_worksheet_has_the_length_of_its_quiz():
    assert len(make_quiz(SHEET.seed)) == LENGTH
    with pytest.raises(ValueError, match="negative"):
        as_pdf(replace(SHEET, seed=-1))
