"""What every page shares: page settings, the sentence, the sidebar with model, layer, head and query, the menu."""

import streamlit as st

from pages.ui import answers
from pages.ui.contents import sections
from pages.ui.controls import shared_controls
from pages.ui.faults import faults_told
from pages.ui.history import tidy_history
from pages.ui.how_read import how_read
from pages.ui.learn import frame, progress
from pages.ui.learn.lessons import Lesson
from pages.ui.model_choice import model
from pages.ui.notices import show_notices
from pages.ui.sentence import hide_sentence, sentence, sentence_bar
from pages.ui.tools import Tool

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
# two worlds need the width, a formula large type, a quotation contrast; and in code no colour, for a colour
# means query, key, value, weights or output here (Streamlit's own are too pale as well). No theme setting reaches these
st.html(
    """<style>
    [data-testid='stMainBlockContainer'] {padding-inline: clamp(1rem, 3vw, 3rem)}
    [data-testid='stMain'] blockquote {opacity: 1; border-left: 4px solid; padding: 0.2em 0 0.2em 0.9em}
    [class*='st-key-formula_'] p, .st-key-lesson_question p {font-size: 1.2rem; line-height: 1.7}
    :is([data-testid='stMain'], [data-testid='stPageLink-NavLink']):focus-visible {outline: 2px solid; outline-offset: -2px}
    @media (forced-colors: active) {[role='radio'][aria-checked='true'] {outline: 3px solid Highlight}}
    h1.unseen {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
    [data-testid='stCode'] .token {color: inherit !important}
    [data-testid='stCode'] :is(.keyword, .function) {font-weight: 650}
    [data-testid='stCode'] :is(.comment, .string) {font-style: italic}
    .st-key-history {display: none}
    </style>"""
)
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
progress.remember(lesson.number if lesson else None)
answers.remember()
with faults_told():
    page.run()
if lesson:
    frame.foot(lesson)
