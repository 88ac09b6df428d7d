"""Parts that lessons and other pages are made of: a formula with live values, the one thing to notice, a heading."""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import streamlit as st

from pages.ui.reader.controls import toy_or_none
from pages.ui.reader.toy_state import Toy
from pages.ui.server.waiting import queue_shown
from pages.ui.widgets.component import explain

T = TypeVar("T")
R = TypeVar("R")
NO_SENTENCE = "Type a sentence above: even one word will do."
READS = "The model reads without word"  # where words are left out in turn
PATIENCE = 0.3  # seconds before progress is shown: what is cached needs none


def one_of(
    label: str,
    options: Iterable[T],
    *,
    key: str,
    default: T | None = None,
    format_func: Callable[[T], str] = str,
    help_text: str | None = None,
    has_label: bool = True,
) -> T:
    """One of a few, all in sight; the first unless `default` says otherwise. The choice outlives a change of page."""
    offered = list(options)
    return st.segmented_control(
        label,
        offered,
        default=offered[0] if default is None else default,
        format_func=format_func,
        key=key,
        required=True,
        wrap=True,
        help=help_text,
        label_visibility="visible" if has_label else "collapsed",
        persist_state="session",
    )


def formula(markdown: str, *, key: str) -> None:
    """The formula in large type, each factor in its colour with its live value.

    `markdown` is ours, never the reader's text: `:blue[q] · :orange[k] = …`.
    """
    with st.container(border=True, key=f"formula_{key}"):  # menu.py enlarges this class
        st.markdown(markdown)


def details(title: str, draw: Callable[[], None], *, key: str, icon: str | None = None) -> None:
    """A section that is drawn only while it is open."""
    with st.expander(title, icon=icon, on_change="rerun", key=key) as section:
        if section.open:
            draw()


def one_by_one(items: Sequence[T], run: Callable[[T], R], progress: str) -> list[R]:
    """What `run` makes of each item; where that takes long enough to wonder, a bar counts "`progress` 2 of 5"."""
    started, bar, done = time.monotonic(), st.empty(), []
    with queue_shown():
        for i, item in enumerate(items):
            if time.monotonic() - started > PATIENCE:
                bar.progress(i / len(items), f"{progress} {i + 1} of {len(items)} …")
            done.append(run(item))
    bar.empty()
    return done


def asked_for(
    what: Hashable, label: str, *, key: str, icon: str, help_text: str | None = None
) -> bool:
    """Whether the reader asked for `what`, which takes long; until then, the button to ask with."""
    if st.session_state.get(f"{key}_for") == what:
        return True
    st.button(
        label,
        icon=f":material/{icon}:",
        key=key,
        on_click=lambda: st.session_state.update({f"{key}_for": what}),
        help=help_text,
    )
    return False


def notice_this(markdown: str) -> None:
    """The one thing to notice on this screen. Numbers in it are computed by the page."""
    explain(noticed(markdown))


def noticed(markdown: str) -> str:
    """The same as markdown, for an element that it shares with the paragraphs around it."""
    return f"> :material/visibility: {markdown}"  # not st.info: blue means query here


def real_heading(markdown: str) -> None:
    """Opens the part of a lesson that shows the same quantity in the pretrained model."""
    st.header(f":material/neurology: {markdown}", anchor=False)


def toy_of_sentence() -> Toy | None:
    """The reader's toy of the sentence on top; without a word in it, says what to do."""
    toy = toy_or_none()
    if toy is None:
        st.info(NO_SENTENCE, icon=":material/edit:")
    return toy
