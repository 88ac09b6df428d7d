"""The lessons in reading order: the one list that the menu, the way through and the progress are made of."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "learn"


@dataclass(frozen=True)
class Lesson:
    """One page of the section Learn, and the one question it answers."""

    slug: str  # its address and, with underscores, its folder
    title: str
    question: str
    takes_sentence: bool = False  # whether the reader's own sentence is what it is about

    @property
    def file(self) -> Path:
        return FOLDER / self.slug.replace("-", "_") / "page.py"

    @property
    def number(self) -> int:
        """Counted from 1, as people count chapters."""
        return LESSONS.index(self) + 1

    @property
    def heading(self) -> str:
        return f"{self.number} · {self.title}"


LESSONS = (
    Lesson("start", "Attention as focus", "What does “it” mean, and how would a machine know?"),
    Lesson("embeddings", "Embeddings", "How can a word be a list of numbers?"),
    Lesson("dot-product", "Dot product", "How similar are two lists of numbers?"),
    Lesson("softmax", "Softmax", "How do scores become shares of one whole?"),
    Lesson(
        "query-key-value",
        "Query, key, value",
        "What does a word ask, what does it offer, what does it hand over?",
        takes_sentence=True,
    ),
    Lesson(
        "self-attention",
        "Self-attention, step by step",
        "How does a word become another vector because of its neighbours?",
        takes_sentence=True,
    ),
    Lesson(
        "heatmaps",
        "Heatmaps and rows",
        "What can a heatmap tell, and what must be true of its rows?",
        takes_sentence=True,
    ),
    Lesson(
        "masks-and-order",
        "Masks and order",
        "How does attention know which word came first, and what it may not see?",
        takes_sentence=True,
    ),
    Lesson("multi-head", "Multi-head attention", "Why look at one sentence several times at once?"),
    Lesson(
        "whole-flow",
        "The whole flow",
        "How does a sentence travel from text to output?",
        takes_sentence=True,
    ),
    Lesson(
        "long-texts",
        "Long texts",
        "What does attention cost, and can it do without the n × n matrix?",
        takes_sentence=True,
    ),
    Lesson("recap", "Recap and quiz", "Which of it can you work out by yourself?"),
)
