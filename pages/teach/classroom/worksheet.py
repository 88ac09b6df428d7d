"""The worksheet: paper, heading and answer key, its first page as a picture, and the file."""

import streamlit as st

from attention_core.native.worker import WorkerDied
from attention_core.worksheet.sheet import LONGEST_LINK, PAPERS, Paper, Sheet, as_pdf, first_page
from attention_core.worksheet.writing import INSTEAD, LONGEST, printable
from pages.teach.classroom.links import hidden_answers
from pages.teach.classroom.topics import link
from pages.ui.server.cache import cached
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.takeaway import CANNOT, native_download

MISSING_SIGNS = "□ stands for signs that the worksheet's letters do not have."
NAMES = {"a4": "A4", "us-letter": "Letter"}


def worksheet(address: str, number: int) -> None:
    """What the teacher prints: the questions of this number and two tasks to fill in."""
    left, right = st.columns([4, 5], gap="large")
    with left:
        sheet = _sheet(address, number)
        if len(sheet.link) > LONGEST_LINK:
            st.markdown("The address of the server is too long for a QR code.")
            return
        name = f"attention-worksheet-{number}-{sheet.paper}.pdf"
        made = native_download(
            "Worksheet as PDF",
            lambda: _pdf(*_parts(sheet)),
            name,
            "application/pdf",
            key="teach_pdf",
        )
        if not made:
            st.text(CANNOT)
        st.markdown(
            "The same number gives the same worksheet, and the same questions as the quiz on screen. "
            "The code at the foot of each page opens that quiz."
        )
    with right, st.container(border=True, width="content"):
        try:
            page = _picture(*_parts(sheet))
        except WorkerDied:
            st.text(CANNOT)
        else:
            st.image(page, alt=f"The first page of worksheet {number}", width=520)


def _sheet(address: str, number: int) -> Sheet:
    paper = one_of("Paper", PAPERS, key="teach_paper", format_func=NAMES.__getitem__)
    heading = st.text_input(
        "Your line on top", key="teach_heading", max_chars=LONGEST, persist_state="session",
        placeholder="Class, course or date",
    )  # fmt: skip
    if INSTEAD in printable(heading):
        st.markdown(MISSING_SIGNS)
    answers = st.toggle(
        "With an answer key, on a page of its own", key="teach_key", persist_state="session"
    )
    quiz = link(address, "recap", {"quiz": str(number)} | hidden_answers())
    return Sheet(number, quiz, paper, heading, answers)


def _parts(sheet: Sheet) -> tuple[int, str, Paper, str, bool]:
    return sheet.seed, sheet.link, sheet.paper, sheet.heading, sheet.answers


@cached(max_entries=32)
def _pdf(seed: int, for_class: str, paper: Paper, heading: str, answers: bool) -> bytes:
    return as_pdf(Sheet(seed, for_class, paper, heading, answers))


@cached(max_entries=32)
def _picture(seed: int, for_class: str, paper: Paper, heading: str, answers: bool) -> bytes:
    return first_page(Sheet(seed, for_class, paper, heading, answers))
