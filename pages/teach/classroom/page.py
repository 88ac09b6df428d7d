"""For a teacher with thirty students and a projector: links to presets, questions to reveal, a worksheet to print."""

import pandas as pd
import streamlit as st

from attention_core.native.worker import WorkerDied
from attention_core.quiz.question import Choice, Question
from attention_core.worksheet.sheet import LONGEST_LINK, PAPERS, Sheet, qr_svg
from attention_core.worksheet.writing import INSTEAD, LONGEST, printable
from pages.teach.classroom.handouts import (
    HIDDEN_IS_NOT_SECRET,
    MISSING_SIGNS,
    NO_ADDRESS,
    ONLY_HERE,
    TOO_LONG,
    Topic,
    described,
    found_address,
    is_address,
    is_only_here,
    link,
    own_settings,
    topics,
    worksheet_pdf,
    worksheet_picture,
)
from pages.ui.reader import predict
from pages.ui.reader import quiz as state
from pages.ui.reader.quiz import LETTERS, draw, number_box
from pages.ui.reader.sentence import hide_sentence
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.takeaway import CANNOT, native_download

LINKS, QUESTIONS, WORKSHEET = "Links for the class", "Questions to reveal", "Worksheet to print"
PREPARED, OWN = "As prepared for this page", "As I have set it here"
SMALL, LARGE = 260, 640  # pixels of a QR code; in large a whole room can read it
NAMES = {"a4": "A4", "us-letter": "Letter"}


def server_address() -> str:
    """The address in this browser, unless the teacher types the one that phones must use. Without / at the end."""
    found = found_address(st.context.url or "")
    typed = st.text_input(
        "Address of this server, as the class reaches it",
        found,
        key="teach_address",
        persist_state="session",
        help="Phones need an address that they can reach: the name or number of this computer in "
        "the network of the room, and the app must listen there.",
    )
    address = typed.strip().rstrip("/")
    if not is_address(address):
        st.text(NO_ADDRESS)
        return found
    if is_only_here(address):
        st.markdown(ONLY_HERE)
    return address


def links(address: str) -> None:
    """Everything from choosing a page to the link of it."""
    offered = topics()
    left, right = st.columns([5, 4], gap="large")
    with left:
        which = st.selectbox(
            "What the class opens",
            range(len(offered)),
            format_func=lambda i: f"{offered[i].section}: {offered[i].title}",
            key="teach_topic",
            persist_state="session",
        )
        topic = offered[which]
        st.markdown(topic.question)
        settings = _settings(topic) | hidden_answers()
        large = st.toggle("Large, for the projector", key="teach_large", persist_state="session")
    for_class = link(address, topic.slug, settings)
    with st.container(horizontal_alignment="center") if large else right:
        _shown(for_class, LARGE if large else SMALL)
    st.header("All links, as prepared", anchor=False)
    _table(address, offered)


def hidden_answers() -> dict[str, str]:
    """What a link needs so that its answers stay hidden, if the teacher wants that."""
    if not st.toggle("Hide the answers in the class", key="teach_hidden", persist_state="session"):
        return {}
    st.markdown(HIDDEN_IS_NOT_SECRET)
    return {predict.ANSWERS: predict.HIDDEN}


def _settings(topic: Topic) -> dict[str, str]:
    how = one_of("Sentence, model, layer, head, word", (PREPARED, OWN), key="teach_settings")
    if how == PREPARED:
        return dict(topic.settings)
    settings, has_all_edits = own_settings()
    st.text(described(settings))  # holds the reader's sentence
    if not has_all_edits:
        st.markdown("The toy has more edits than a link can hold: they are left out.")
    return settings


def _shown(for_class: str, width: int) -> None:
    if len(for_class) > LONGEST_LINK:
        st.markdown(TOO_LONG)
    else:
        st.image(qr_svg(for_class), width=width, alt="QR code of the link below")
    st.code(for_class, language=None, wrap_lines=True)
    st.link_button("Open it in a new tab", for_class, icon=":material/open_in_new:")


def _table(address: str, offered: tuple[Topic, ...]) -> None:
    table = pd.DataFrame(
        {
            "Section": [topic.section for topic in offered],
            "Page": [topic.title for topic in offered],
            "Link": [link(address, topic.slug, topic.settings) for topic in offered],
            "Question": [topic.question for topic in offered],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_order=["Section", "Page", "Link", "Question"],
        column_config={
            "Section": st.column_config.TextColumn(width=90),
            "Question": st.column_config.TextColumn(width="large"),
            "Link": st.column_config.LinkColumn(display_text="Open", width=70),
        },
        alt="All pages, their questions and their links",
        key="teach_table",
    )
    st.download_button(
        "All links as CSV",
        table.to_csv(index=False).encode(),
        "attention-workbench-links.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


@st.fragment
def questions(number: int) -> None:
    """Every question with its tables and options, and a switch that reveals its answer."""
    asked = state.questions(number)
    keys = [f"teach_answer_{number}_{i}" for i in range(len(asked))]
    with st.container(horizontal=True):
        _all("Reveal all", keys, True, "visibility")
        _all("Hide all", keys, False, "visibility_off")
    for i, (question, key) in enumerate(zip(asked, keys, strict=True)):
        with st.container(border=True):
            _question(number, i, question)
            if st.toggle(f"Answer to question {i + 1}", key=key, persist_state="session"):
                _answer(question)


def _all(label: str, keys: list[str], shown: bool, icon: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=lambda: st.session_state.update(dict.fromkeys(keys, shown)),
    )


def _question(number: int, i: int, question: Question) -> None:
    with st.container(key=f"formula_teach_{i}"):  # menu.py enlarges this class
        st.markdown(f"**{i + 1}.** {question.prompt}")
    options = question.answer.options if isinstance(question.answer, Choice) else ()
    tables = len(question.shown)
    columns = iter(st.columns(tables + 1, gap="medium")) if tables else iter([st.container()])
    for j, table in enumerate(question.shown):
        with next(columns):
            draw(table, f"teach_{number}_{i}_{j}")
    with next(columns), st.container(key=f"formula_teach_options_{i}"):
        st.markdown(
            "  \n".join(
                f"**{letter}**  {text}" for letter, text in zip(LETTERS, options, strict=False)
            )
            or "The answer is a number."
        )


def _answer(question: Question) -> None:
    right = question.answer
    letter = f"{LETTERS[right.right]} · " if isinstance(right, Choice) else ""
    st.markdown(f":material/check_circle: **{letter}{right.text}**  \n{question.reason}")


def worksheet(address: str, number: int) -> None:
    """What the teacher prints: the questions of this number and two tasks to fill in."""
    left, right = st.columns([4, 5], gap="large")
    with left:
        sheet = _sheet(address, number)
        if len(sheet.link) > LONGEST_LINK:
            st.markdown("The address of the server is too long for a QR code.")
            return
        name = f"attention-worksheet-{number}-{sheet.paper}.pdf"
        native_download(
            "Worksheet as PDF",
            lambda: worksheet_pdf(sheet),
            name,
            "application/pdf",
            key="teach_pdf",
        )
        st.markdown(
            "The same number gives the same worksheet, and the same questions as the quiz on screen. "
            "The code at the foot of each page opens that quiz."
        )
    with right, st.container(border=True, width="content"):
        try:
            page = worksheet_picture(sheet)
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


part = one_of("Part", (LINKS, QUESTIONS, WORKSHEET), key="teach_part", has_label=False)
if part == LINKS:
    links(server_address())
elif part == QUESTIONS:
    hide_sentence()
    questions(number_box())
else:
    hide_sentence()
    number = number_box()
    worksheet(server_address(), number)
