"""What one page keeps in the link by hand, as one parameter: taken when the page opens and when the browser goes back.

By hand and in one piece, because a widget bound to the link leaves an entry in the browser's history when the page is
left. What is usual is not written. A long text is deflated; what is still too long is kept on the server, in memory, under a name that nobody can guess.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from attention_core.toy.compact import LONGEST_LINK, expand, shorten
from pages.ui.reader.notices import notice
from pages.ui.server.settings import MOST_BYTES_OF_LINKS

HOURS = 24  # after its last use, for a text on the server
LONGEST = 200_000  # bytes of such a text
PREFIX = "kept."  # of its link
UNDER_WAY = 10.0  # seconds that a request may take
MOST_BEFORE = 32  # links that such a request may have
NEARLY = 3 * LONGEST_LINK // 4  # characters from which on the reader is told what a link holds
HISTORY = Path(__file__).with_name("history.js").read_text(encoding="utf-8")
FEW = "This is longer than a link or this server can keep. It lives in this tab only."
KEPT = (
    f"This is longer than a link holds ({LONGEST_LINK:,} characters). This server keeps it under the address "
    f"of this page, until {HOURS} hours after its last use."
)


@dataclass
class _Kept:
    text: str
    n_bytes: int
    used: float


class LongLinks:
    """Texts by name. Threads may share it."""

    def __init__(
        self, most_bytes: int = MOST_BYTES_OF_LINKS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._guard = Lock()
        self._texts: OrderedDict[str, _Kept] = OrderedDict()  # the latest used one last

    def keep(self, text: str, link: str | None = None) -> str | None:
        """The link of this text; a reader who goes on editing hands in the old one. None if it is too long."""
        n_bytes = len(text.encode(errors="replace"))
        if n_bytes > min(LONGEST, self._most_bytes):
            return None
        link = link or PREFIX + secrets.token_urlsafe(16)
        with self._guard:
            self._texts.pop(link, None)
            self._texts[link] = _Kept(text, n_bytes, self._clock())
            self._drop()
        return link

    def find(self, link: str) -> str | None:
        """The text, or None if it is gone."""
        with self._guard:
            self._drop()
            if link not in self._texts:
                return None
            self._texts.move_to_end(link)
            self._texts[link].used = self._clock()
            return self._texts[link].text

    @property
    def n_bytes(self) -> int:
        return sum(kept.n_bytes for kept in self._texts.values())

    def _drop(self) -> None:
        oldest = self._clock() - 3600 * HOURS
        while self._texts:
            first = next(iter(self._texts.values()))
            if first.used > oldest and self.n_bytes <= self._most_bytes:
                return
            self._texts.popitem(last=False)


long_links = LongLinks()


@dataclass
class _Written:
    """Session: what the link says, in full, since when, and on which page."""

    link: str | None = None
    text: str | None = ""  # None: it cannot be read
    page: str = ""
    kept: str | None = None  # this session's name for what is too long
    since: float = 0.0
    before: list[str | None] = field(default_factory=list)  # what it said in this session

    def becomes(self, link: str | None, text: str | None) -> None:
        if link != self.link:
            self.before = [*self.before[1 - MOST_BEFORE :], self.link]
        self.link, self.text, self.since = link, text, monotonic()

    def is_late(self, link: str | None) -> bool:
        """Whether a request may have been on its way while the link was written: it has one that was left."""
        return link in self.before and monotonic() - self.since < UNDER_WAY


@dataclass(frozen=True)
class PageLink:
    """One parameter of the link. Its page says what the text means, and what is usual."""

    parameter: str

    @property
    def _written(self) -> _Written:
        written: _Written = st.session_state.setdefault(f"link of {self.parameter}", _Written())
        return written

    def news(self, is_new: bool) -> str | None:
        """What the link says, if that is news: the page opens, or the browser went back or on ("" = what is usual).

        A link that cannot be read is said to be, and taken for the usual.
        """
        link, last = st.query_params.get(self.parameter), self._written
        page, went_back = _where()
        # a page that does not write the parameter says nothing by not having it
        is_said = link is not None or (page == last.page and not is_new)
        if not is_said or (not is_new and link == last.link):
            return None
        if not is_new and not went_back and last.is_late(link):
            return None
        last.becomes(link, self._read(link or ""))
        last.page, last.before = page, [] if is_new else last.before
        return last.text or ""

    def write(self, text: str | None) -> str:
        """Last of all: what a run writes before the next click cuts it short is lost. None is what is usual.

        What the reader should know: "", or that the link is nearly full, or that the server keeps what it cannot hold.
        """
        last = self._written
        if (text or "") != last.text:
            last.becomes(self._link(text, last), text or "")
        last.page = _where()[0]
        if st.query_params.get(self.parameter) != last.link:
            if last.link is None:
                del st.query_params[self.parameter]
            else:
                st.query_params[self.parameter] = last.link
        return _to_say(text, last.link)

    def _read(self, link: str) -> str | None:
        if link.startswith(PREFIX):
            text = long_links.find(link)
            if text is None:
                notice(
                    f"The link's “{self.parameter}” was too long for an address. This server kept it until "
                    f"{HOURS} hours after its last use, or until it was restarted. It is gone now."
                )
            return text
        try:
            return expand(link)
        except ValueError as error:
            notice(f"The link's “{self.parameter}” cannot be read: {error}.")
            return None

    def _link(self, text: str | None, last: _Written) -> str | None:
        if not text:
            return None
        link = shorten(text)
        if len(link) <= LONGEST_LINK:
            return link
        last.kept = long_links.keep(text, last.kept)
        return last.kept


def _to_say(text: str | None, link: str | None) -> str:
    if text and link is None:
        return FEW
    if link and link.startswith(PREFIX):
        return KEPT
    if link and len(link) > NEARLY:
        return (
            f"The link is {len(link):,} of at most {LONGEST_LINK:,} characters long. Beyond that, this server "
            f"keeps the changes until {HOURS} hours after their last use."
        )
    return ""


def _where() -> tuple[str, bool]:
    """The page, and whether the browser came here by Back or Forward."""
    context = get_script_run_ctx()
    return (context.page_script_hash, context.is_history_navigation) if context else ("", False)


def tidy_history() -> None:
    """The browser's history gets one entry for each step of a reader, not one for each parameter that Python writes.

    Once on every page, in a place that is not shown. The script leaves every address as it is; see history.js.
    """
    with st.container(key="history"):
        st.html(f"<script>{HISTORY}</script>", unsafe_allow_javascript=True)
