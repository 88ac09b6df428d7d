"""A component of the browser: its template, styles and script, and the one way to put it on a page.

`mount` draws it at once. Inside `together` it is gathered instead, and all that was gathered is drawn as one
component: each element of a page costs every run a message, so pictures that belong together travel together.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from attention_core.visible import visible, visible_throughout
from pages.ui.widgets.sources import register, script, style
from pages.ui.widgets.takeaway import TITLE, Numbers, numbers_and_files

OPEN = "numbers_open"  # session: the key of the picture whose numbers are open
SEEN_ON = "numbers_page"  # session: the page that they belong to
WHERE = "together_in"  # session: of a picture that was drawn with others, the key of the component that holds it


COMPONENTS: dict[str, "Component"] = {}


@dataclass(frozen=True)
class Component:
    """What the browser needs to draw one kind of picture."""

    name: str
    html: str
    css: tuple[str, ...]  # the names of its style sheets
    js: tuple[str, ...]  # and of its scripts: what several components share, then its own, last
    draw: Callable[..., Any] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        made = register(self.name, self.html, style(*self.css), script(*self.js))
        object.__setattr__(self, "draw", made)
        COMPONENTS[self.name] = self


@dataclass(frozen=True)
class Part:
    """One picture among others: what `mount` was called with."""

    component: Component
    data: Mapping[str, Any]
    key: str
    numbers: Numbers | None
    callbacks: Mapping[str, Callable[[], None]]


@dataclass(frozen=True)
class Prose:
    """A paragraph of ours among pictures."""

    markdown: str


@dataclass
class Column:
    """Pictures, words and groups from top to bottom, under a literal title."""

    title: str
    on_phones: str
    width: int
    items: list["Part | Group | Prose | str"] = field(default_factory=list)


@dataclass
class Group:
    """Columns beside each other."""

    gap: str
    columns: list[Column] = field(default_factory=list)

    @contextmanager
    def column(self, title: str = "", on_phones: str = "", width: int = 1) -> Iterator[None]:
        """What is drawn inside goes into a new column, under its literal title.

        `on_phones` is a name for where columns stand below each other, if the title is not enough or not there.
        `width` is that of this column against the others'.
        """
        self.columns.append(Column(title, on_phones, width))
        yield

    def add(self, item: "Part | Group | Prose | str") -> None:
        self.columns[-1].items.append(item)

    def parts(self) -> Iterator[Part]:
        for item in (each for column in self.columns for each in column.items):
            if isinstance(item, Part):
                yield item
            elif isinstance(item, Group):
                yield from item.parts()


gathering: ContextVar[Group | None] = ContextVar("gathering", default=None)


def mount(
    kind: Component,
    data: Mapping[str, Any],
    *,
    key: str,
    numbers: Numbers | None = None,
    **callbacks: Callable[[], None],
) -> None:
    """Draw the component. With `numbers`, a button in its corner opens them in a dialog."""
    if numbers is not None:
        data = {**data, "files": TITLE}
        callbacks["on_files_change"] = lambda: st.session_state.update({OPEN: key})
    part = Part(kind, visible_throughout(dict(data)), key, numbers, callbacks)
    group = gathering.get()
    if group is not None:
        group.add(part)
        return
    st.session_state.get(WHERE, {}).pop(key, None)
    kind.draw(key=key, data=part.data, **callbacks)
    open_numbers(part)


def say(text: str, alone: Callable[[str], Any] = st.text) -> None:
    """Literal text between pictures that are drawn together; elsewhere an element of its own."""
    group = gathering.get()
    if group is None:
        alone(text)
    else:
        group.add(text)


def explain(markdown: str) -> None:
    """A paragraph of ours, never a reader's text. Between pictures that are drawn together it knows **bold**,
    *slanted* and :blue[coloured] words, a line break, an icon, and a quotation; elsewhere all of markdown.
    """
    group = gathering.get()
    if group is None:
        st.markdown(markdown)
    else:
        group.add(Prose(markdown))


def sent(key: str, name: str) -> Any:
    """What the component with this key has sent under a name in this run; None if nothing."""
    holder = st.session_state.get(WHERE, {}).get(key)
    state = st.session_state.get(holder or key)
    return state.get(f"{key}_{name}" if holder else name) if isinstance(state, Mapping) else None


def open_numbers(part: Part) -> None:
    """The dialog with the numbers of a picture, if its corner was clicked."""
    if part.numbers is not None and st.session_state.get(OPEN) == part.key:
        st.dialog(TITLE, width="large", on_dismiss=_close)(_named_numbers)(part)


def close_numbers_of_other_pages(page: str) -> None:
    """A reader may leave a page by the browser's Back, with a dialog open that no other page should open again."""
    if st.session_state.get(SEEN_ON) != page:
        _close()
    st.session_state[SEEN_ON] = page


def _named_numbers(part: Part) -> None:
    assert part.numbers is not None
    st.text(visible(part.numbers.name))  # whose numbers: the picture itself is covered
    numbers_and_files(part.numbers, key=f"{part.key}_numbers")


def _close() -> None:
    st.session_state.pop(OPEN, None)
