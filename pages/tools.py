"""The pages that are no lessons: the one list that the menu and the links between pages are made of."""

from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parent


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


TOOLS = (
    Tool(
        "Explore",
        "all-heads",
        "All heads",
        "What does each head of the model do with this sentence?",
    ),
    Tool(
        "Explore",
        "one-head",
        "One head",
        "Where does this head look, why, and what does it pass on?",
    ),
    Tool(
        "Explore",
        "find-a-head",
        "Find a head",
        "Which head does what you are looking for, and how surely?",
    ),
    Tool(
        "Explore",
        "head-survey",
        "Head survey",
        "What does each head do over thousands of sentences, and how far can you trust a single one?",
    ),
    Tool(
        "Explore",
        "predictions",
        "Predictions",
        "Which word does the model expect, and how sure is it?",
    ),
    Tool(
        "Explore",
        "encoder-decoder",
        "Encoder and decoder",
        "How does a model that reads one text and writes another look from one to the other?",
    ),
    Tool(
        "Explore",
        "beyond-one-layer",
        "Beyond one layer",
        "What reaches a word through all layers, and does attention tell what matters?",
    ),
    Tool(
        "Compare",
        "side-by-side",
        "Side by side",
        "One sentence through an editable toy and through a pretrained model",
        has_title=False,
    ),
    Tool(
        "Compare",
        "two-sentences",
        "Context changes a word",
        "What becomes of one word in two different sentences?",
        takes_sentence=False,
    ),
    Tool(
        "Compare",
        "two-heads",
        "Two heads",
        "Where do two heads, layers, sentences or models differ?",
    ),
    Tool(
        "Experiment",
        "our-core-inside",
        "Our core inside",
        "Does the model say the same when our NumPy function is its attention?",
    ),
    Tool(
        "Experiment",
        "break-it",
        "Break it",
        "What goes wrong when one step of attention is wrong?",
    ),
    Tool(
        "Experiment",
        "knock-out",
        "Knock out",
        "Does this head, this look or this word matter for the result?",
    ),
    Tool(
        "Experiment",
        "edit-a-score",
        "Edit a score",
        "What would the model say if one word looked elsewhere?",
    ),
    Tool(
        "Experiment",
        "toy-twin",
        "Toy twin",
        "How few numbers does it take to copy a real head?",
    ),
    Tool(
        "Experiment",
        "let-it-learn",
        "Let it learn",
        "How does attention find out where to look?",
        takes_sentence=False,
    ),
    Tool(
        "Teach",
        "classroom",
        "Classroom",
        "How do thirty people open, answer and write down the same thing?",
    ),
)


def tool(slug: str) -> Tool:
    """The page with this address, for a link to it."""
    return next(tool for tool in TOOLS if tool.slug == slug)
