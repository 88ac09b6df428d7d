"""All pages in the order of the menu, each with what it is about: a lesson, a tool, or (Home) neither.

The menu, the way through the lessons and the links between pages are made of these lists.
"""

from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Lesson:
    """One page of the section Learn, and the one question it answers."""

    slug: str  # its address and, with underscores, its folder
    title: str
    question: str
    takes_sentence: bool = False  # whether the reader's own sentence is what it is about

    @property
    def file(self) -> Path:
        return PAGES / "learn" / self.slug.replace("-", "_") / "page.py"

    @property
    def number(self) -> int:
        """Counted from 1, as people count chapters."""
        return LESSONS.index(self) + 1

    @property
    def heading(self) -> str:
        return f"{self.number} · {self.title}"


_own = partial(Lesson, takes_sentence=True)
LESSONS = (
    Lesson("start", "Attention as focus", "What does “it” refer to, and how could a machine tell?"),
    Lesson("embeddings", "Embeddings", "How can a word be a list of numbers?"),
    Lesson("dot-product", "Dot product", "How similar are two lists of numbers?"),
    Lesson("softmax", "Softmax", "How do scores become shares of one whole?"),
    _own(
        "query-key-value",
        "Query, key, value",
        "What does a word ask, what does it offer, what does it hand over?",
    ),
    _own(
        "self-attention",
        "Self-attention, step by step",
        "How do neighbouring words change a word’s vector?",
    ),
    _own(
        "heatmaps",
        "Heatmaps and rows",
        "What can a heatmap tell, and what must be true of its rows?",
    ),
    _own(
        "masks-and-order",
        "Masks and order",
        "How does attention know which word came first, and what it may not see?",
    ),
    Lesson("multi-head", "Multi-head attention", "Why look at one sentence several times at once?"),
    _own("whole-flow", "The whole flow", "How does a sentence travel from text to output?"),
    _own(
        "long-texts",
        "Long texts",
        "What does attention cost, and can it do without the n × n matrix?",
    ),
    Lesson("recap", "Recap and quiz", "How much can you work out on your own?"),
)


@dataclass(frozen=True)
class Tool:
    """One page of the sections Explore, Compare, Experiment and Teach, and the question it answers."""

    section: str
    slug: str  # its address and, with underscores, its folder
    title: str
    question: str
    has_title: bool = True  # side by side needs the height
    takes_sentence: bool = True  # whether the reader's own sentence is what it is about

    @property
    def file(self) -> Path:
        return PAGES / self.section.lower() / self.slug.replace("-", "_") / "page.py"


_explore, _compare, _experiment = (
    partial(Tool, name) for name in ("Explore", "Compare", "Experiment")
)
TOOLS = (
    _explore("all-heads", "All heads", "What does each head of the model do with this sentence?"),
    _explore("one-head", "One head", "Where does this head look, why, and what does it pass on?"),
    _explore("find-a-head", "Find a head", "Which head does this, and how sure can we be?"),
    _explore(
        "head-survey",
        "Head survey",
        "What does each head do over thousands of sentences, and how far can you trust a single one?",
    ),
    _explore("predictions", "Predictions", "Which word does the model expect, and how sure is it?"),
    _explore(
        "encoder-decoder",
        "Encoder and decoder",
        "How does a model that reads one text and writes another look from one to the other?",
    ),
    _explore(
        "beyond-one-layer",
        "Beyond one layer",
        "What reaches a word through all layers, and does attention tell what matters?",
    ),
    _compare(
        "side-by-side",
        "Side by side",
        "One sentence through an editable toy and through a pretrained model",
        has_title=False,
    ),
    _compare(
        "two-sentences",
        "Context changes a word",
        "What becomes of one word in two different sentences?",
        takes_sentence=False,
    ),
    _compare("two-heads", "Two heads", "Where do two heads, layers, sentences or models differ?"),
    _experiment(
        "our-core-inside",
        "Our core inside",
        "Does the model say the same when our NumPy function is its attention?",
    ),
    _experiment("break-it", "Break it", "What goes wrong when one step of attention is wrong?"),
    _experiment(
        "knock-out", "Knock out", "Does this head, this look or this word matter for the result?"
    ),
    _experiment(
        "edit-a-score", "Edit a score", "What would the model say if one word looked elsewhere?"
    ),
    _experiment("toy-twin", "Toy twin", "How few numbers does it take to copy a real head?"),
    _experiment(
        "let-it-learn",
        "Let it learn",
        "How does attention find out where to look?",
        takes_sentence=False,
    ),
    Tool(
        "Teach",
        "classroom",
        "Classroom",
        "Links, quiz questions and worksheets for your class",
    ),
)


def tool(slug: str) -> Tool:
    """The page with this address, for a link to it."""
    return next(tool for tool in TOOLS if tool.slug == slug)


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
