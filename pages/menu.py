"""What every page shares: page settings, the sentence, the sidebar with model, layer, head and query, the menu."""

from pathlib import Path

import streamlit as st

from pages import frame
from pages.contents import Lesson, Tool, sections
from pages.ui.reader.controls import model, shared_controls
from pages.ui.reader.notices import show_notices
from pages.ui.reader.page_link import tidy_history
from pages.ui.reader.predict import remember_whether_hidden
from pages.ui.reader.sentence import hide_sentence, how_read, sentence, sentence_bar
from pages.ui.server.faults import faults_shown
from pages.ui.widgets.component import close_numbers_of_other_pages

# not a material icon, and before the navigation, which would take Home's: that one would be fetched from outside
st.set_page_config(
    page_title="Attention Workbench", page_icon="🔎", layout="wide", initial_sidebar_state=256
)
pages_of = sections()
page = st.navigation({name: list(pages) for name, pages in pages_of.items()}, position="top")
about = next(pages[page] for pages in pages_of.values() if page in pages)
lesson = about if isinstance(about, Lesson) else None
tool = about if isinstance(about, Tool) else None
if about:  # a screen reader says it first, and thirty open tabs are told apart
    st.set_page_config(page_title=f"{page.title} · Attention Workbench")
st.html(Path(__file__).with_suffix(".css"))
tidy_history()

# the sentence and the sidebar are drawn on every page, and always in the same place: a widget that
# is not drawn loses its value, and one that moves may lose its place in the link
title, bar = st.container(), st.container(key="sentence")
with title:
    if about is None:
        st.title("Attention, with every number in sight", anchor=False)
    if lesson:
        frame.head(lesson.heading, lesson.question)
    if tool and tool.has_title:
        frame.head(tool.title, tool.question)
    elif tool:
        st.html(f"<h1 class='unseen'>{tool.title}</h1>")  # for who hears the page
with bar:
    is_hidden = about is not None and not about.takes_sentence
    sentence_bar(examples=not is_hidden)
    if is_hidden:
        hide_sentence()
shared_controls()
if not is_hidden:
    with bar:
        how_read(model(), sentence())
show_notices()
close_numbers_of_other_pages(page.url_path)
frame.remember(lesson.number if lesson else None)
remember_whether_hidden()
with faults_shown():
    page.run()
if lesson:
    frame.foot(lesson)
