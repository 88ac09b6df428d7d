"""What one page is set to: one frozen dataclass, kept for the session, taken from the link and written to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from pages.ui.reader.link_codec import T, decode, encode
from pages.ui.reader.notices import NOT_THERE, notice
from pages.ui.reader.page_link import PageLink

V = TypeVar("V")


@dataclass(frozen=True)
class PageState(Generic[T]):
    """The state of one page, which is written in the link as one parameter.

    The widget of a field has the key f"{keys}_{field}". The widget `shown` is always drawn, and gone when the page is left.
    """

    parameter: str
    kind: type[T]
    keys: str
    shown: str
    separators: str = "."

    def encode(self, state: T) -> str | None:
        return encode(state, self.separators)

    def decode(self, link: str) -> T:
        return decode(self.kind, link, self.separators)

    def take(self) -> bool:
        """Before the first control is drawn: whether a link was opened, or the browser went back or on."""
        link = PageLink(self.parameter).news(is_new=self.shown not in st.session_state)
        if link is None:
            return False
        try:
            state = self.decode(link)
        except ValueError:
            state = self.kind()
            self.say_not_there()
        for each in fields(state):
            st.session_state.pop(self._key(each.name), None)
        st.session_state[self._kept] = st.session_state[self._linked] = state
        return True

    def write(self, state: T | None = None) -> None:
        """Last of all: the link says what is current, or another state; the reader is told if it is too long."""
        link = self.encode(self.current() if state is None else state)
        if text := PageLink(self.parameter).write(link):
            st.markdown(text)

    def current(self) -> T:
        state: T = st.session_state.get(self._kept) or self.kind()
        return state

    def keep(self, **values: Any) -> None:
        """What the widgets say."""
        st.session_state[self._kept] = replace(self.current(), **values)

    def change(self, **values: Any) -> None:
        """The widgets of these fields will show it: before they are drawn, or in callbacks."""
        self.keep(**values)
        for name, value in values.items():
            if (key := self._key(name)) in st.session_state:
                st.session_state[key] = value

    def draw(self, name: str, widget: Callable[..., V], *args: Any, **how: Any) -> V:
        """The widget of a field. It is gone when the page is left; what it says is kept."""
        key = self._key(name)
        if key not in st.session_state:
            st.session_state[key] = getattr(self.current(), name)
        value = widget(*args, key=key, **how)
        self.keep(**{name: value})
        return value

    def choose(
        self,
        name: str,
        label: str,
        options: Sequence[V],
        told: Callable[[V], str] = str,
        help_text: str | None = None,
    ) -> V:
        """One of a few for a field, all in sight; the first where the field has none of them."""
        value = st.session_state.get(self._key(name), getattr(self.current(), name))
        if value not in options:
            self.change(**{name: options[0]})
        how = {"format_func": told, "required": True, "wrap": True, "help": help_text}
        return self.draw(name, st.segmented_control, label, options, **how)

    def linked(self) -> T | None:
        """What the link said, once: for a page that must look whether it has that."""
        state: T | None = st.session_state.pop(self._linked, None)
        return state

    def fit(self, **exists: bool) -> None:
        """Of what the link said: the fields that name what does not exist are as usual, and the reader is told."""
        usual = self.kind()
        missing = {name: getattr(usual, name) for name, does in exists.items() if not does}
        if missing:
            self.change(**missing)
            self.say_not_there()

    def say_not_there(self) -> None:
        """Here and now, and on top of the page from the next run on, until it is dismissed."""
        text = NOT_THERE.format(self.parameter)
        st.text(text)
        notice(text)

    def _key(self, name: str) -> str:
        return f"{self.keys}_{name}"

    @property
    def _kept(self) -> str:
        return f"state of {self.parameter}"

    @property
    def _linked(self) -> str:
        return f"link of {self.parameter}, not yet looked at"
