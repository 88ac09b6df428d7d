"""What one page keeps in the link by hand, as one parameter: taken when the page opens and when the browser goes back.

By hand and in one piece, because each write is one more entry in the browser's history, and a widget bound
to the link leaves another when the page is left. What is usual is not written, so that Back leads out of the page.
"""

from dataclasses import dataclass
from time import monotonic

import streamlit as st

UNDER_WAY = 1.0  # seconds that a request may take
LONGEST = 1500  # characters that go into the link


@dataclass(frozen=True)
class PageLink:
    """One parameter of the link. Its page says what the text means, and what is usual."""

    parameter: str

    @property
    def _written(self) -> str:
        """Session: what the link says, and when that was written."""
        return f"link of {self.parameter}"

    def news(self, is_new: bool) -> str | None:
        """What the link says, if that is news: the page opens, or the browser went back or on ("" = what is usual).

        A request that was under way while the link was written still has the old one: that is no news.
        """
        link = st.query_params.get(self.parameter)
        last, when = st.session_state.get(self._written, (None, 0.0))
        moved = link != last and monotonic() - when > UNDER_WAY
        if not (link is not None if is_new else moved):
            return None
        st.session_state[self._written] = link, 0.0
        return link or ""

    def write(self, text: str | None) -> bool:
        """Last of all: what a run writes before the next click cuts it short is lost. None is what is usual.

        False if the text is too long; then the link says nothing.
        """
        fits = text is None or len(text) <= LONGEST
        link = text if fits else None
        if st.query_params.get(self.parameter) != link:
            if link is None:
                del st.query_params[self.parameter]
            else:
                st.query_params[self.parameter] = link
            st.session_state[self._written] = link, monotonic()
        return fits
