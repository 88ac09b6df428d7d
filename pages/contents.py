"""All pages in the order of the menu, each with what it is about: a lesson, a tool, or (Home) neither."""

from copy import copy
from functools import cache

import streamlit as st

from pages.lessons import LESSONS, Lesson
from pages.tools import PAGES, TOOLS, Tool

About = Lesson | Tool | None
Sections = dict[str, dict[st.Page, About]]


def sections() -> Sections:
    """Pages for one run. To make one, Streamlit looks up its path on the disk: for all of them, in each run of each
    reader, that is a good part of a run. So they are made once, and each run has copies, for Streamlit marks the one it shows.
    """
    return {
        name: {copy(page): about for page, about in pages.items()}
        for name, pages in _made().items()
    }


@cache
def _made() -> Sections:
    home = st.Page(PAGES / "home.py", title="Home", icon=":material/home:", default=True)
    found: Sections = {
        "": {home: None},
        "Learn": {_page(each.heading, each): each for each in LESSONS},
    }
    for tool in TOOLS:
        found.setdefault(tool.section, {})[_page(tool.title, tool)] = tool
    return found


def _page(title: str, about: Lesson | Tool) -> st.Page:
    return st.Page(about.file, title=title, url_path=about.slug, help=about.question)
