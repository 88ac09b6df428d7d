"""Links that a class opens: where they begin, one as text and as a QR code, and all of them as a table."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from attention_core.toy.edits import encode_edits
from attention_core.visible import visible
from attention_core.worksheet.sheet import LONGEST_LINK, qr_svg
from pages.teach.classroom.topics import Topic, link, topics
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.predict import ANSWERS, HIDDEN
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.wording import labels

LONGEST = 200  # characters
KEY = "teach_address"
NO_ADDRESS = "This is no address: it must look like http://192.168.1.20:8501"
TOO_LONG = "This link is too long for a QR code. A shorter sentence makes it shorter."
ONLY_HERE = (
    ":material/wifi_off: This address works on **this computer only**. For other devices "
    "start the app with `--server.address 0.0.0.0` and type this computer's address above."
)
HIDDEN_IS_NOT_SECRET = (
    "Predictions and the quiz then keep their answers back. Hidden is not secret: "
    f"without `{ANSWERS}={HIDDEN}` the same link shows them."
)


def server_address() -> str:
    """The address in this browser, unless the teacher types the one that phones must use. Without / at the end."""
    found = found_address(st.context.url or "")
    typed = st.text_input(
        "Address of this server, as the class reaches it",
        found,
        key=KEY,
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


def found_address(url: str) -> str:
    """The address that the browser shows, without the page; nothing if it shows none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}" if url else ""


def is_address(text: str) -> bool:
    """Whether a link can begin so: http or https, a host, perhaps a port and a folder, nothing else."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and (parts.port or 1) > 0  # reading the port checks it
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>\\`?#@")
    return has_host and is_plain and parts.scheme in ("http", "https") and len(text) <= LONGEST


def is_only_here(address: str) -> bool:
    """Whether no other device can reach it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")


PREPARED, OWN = "As prepared for this page", "As I have set it here"
SMALL, LARGE = 260, 640  # pixels of a QR code; in large a whole room can read it


def links(address: str) -> None:
    """Everything from choosing a page to the link of it."""
    offered = topics()
    left, right = st.columns([5, 4], gap="large")
    with left:
        topic = offered[_choose(offered)]
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
    return {ANSWERS: HIDDEN}


def _choose(offered: tuple[Topic, ...]) -> int:
    return st.selectbox(
        "What the class opens",
        range(len(offered)),
        format_func=lambda i: f"{offered[i].section}: {offered[i].title}",
        key="teach_topic",
        persist_state="session",
    )


def _settings(topic: Topic) -> dict[str, str]:
    how = one_of("Sentence, model, layer, head, word", (PREPARED, OWN), key="teach_settings")
    if how == PREPARED:
        return dict(topic.settings)
    settings, has_all_edits = own_settings()
    st.text(described(settings))  # holds the reader's sentence
    if not has_all_edits:
        st.markdown("The toy has more edits than a link can hold: they are left out.")
    return settings


def own_settings() -> tuple[dict[str, str], bool]:
    """What is set on this page, edits of the toy included; and whether all of them fit."""
    choice, toy = chosen(), toy_or_none()
    settings = {"text": choice.sentence}
    fits = True
    if toy:
        settings["query"] = labels(toy.current.tokens)[choice.query]
        try:
            edits = encode_edits(toy.base, toy.current)
        except ValueError:
            edits, fits = "", False
        settings |= {"edits": edits} if edits else {}
    where = {"model": choice.model_id, "layer": str(choice.layer), "head": str(choice.head)}
    return settings | where, fits


def described(settings: Mapping[str, str]) -> str:
    """The settings in words, as one line, nothing of it invisible."""
    return " · ".join(f"{name}: {visible(value)}" for name, value in settings.items())


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
        lambda: table.to_csv(index=False).encode(),
        "attention-workbench-links.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
