"""The toy of this reader: the scenario on screen, its history for undo, and its edits in the link.

A reader's edits live here, per sentence; the scenarios themselves are values that never change.
"""

from dataclasses import dataclass, replace
from itertools import count

import streamlit as st

from attention_core.analysis.words import mean_over_words, tokens_of
from attention_core.errors import ReaderError
from attention_core.pretrained.finite import finite
from attention_core.toy.edits import apply_text, edits_of
from attention_core.toy.own import from_random, from_vectors
from attention_core.toy.presets import preset_for
from attention_core.toy.scenario import Scenario, same
from attention_core.toy.words import word_spans
from pages.ui.reader.notices import notice
from pages.ui.reader.page_link import PageLink
from pages.ui.server import faults, models

MOST_TOYS = 8  # sentences whose edits are remembered
MOST_STEPS = 100  # that can be undone
MOST_MADE_UP = 512  # words of a text whose embeddings are made up
LINK = PageLink("edits")
BAD_EDITS = "The edits in this link could not be read, so the toy starts from its own numbers."
_versions = count()


@dataclass(frozen=True)
class Linked:
    """What the link says of a sentence's toy, until what it was made on is there."""

    edits: str
    is_new: bool  # a link was opened; else the browser went back or on


@dataclass
class Toy:
    """One sentence's toy. `version` is part of the keys of its settings: a new one shows them afresh."""

    base: Scenario
    origin: str  # where the embeddings come from: "preset", "made up", or a model's id
    variance_kept: float | None  # of an own sentence's embeddings
    history: list[Scenario]
    version: int

    @property
    def current(self) -> Scenario:
        return self.history[-1]

    @property
    def is_edited(self) -> bool:
        return not same(self.base, self.current)

    def commit(self, scenario: Scenario) -> None:
        """Make an edit that undo can take back; the settings keep what they show."""
        if not same(self.current, scenario):
            self.history = [*self.history[-MOST_STEPS:], scenario]

    def show(self, scenario: Scenario) -> None:
        """Make a change that the settings do not know of: they start afresh from it."""
        self.commit(scenario)
        self.remount()

    def remount(self) -> None:
        self.version = next(_versions)

    def undo(self) -> None:
        self.history = self.history[:-1] or self.history
        self.remount()


def current_toy(sentence: str, model_id: str) -> Toy:
    """The toy of this sentence, as the reader left it. Raises ValueError if the sentence has no word."""
    is_new = "toys" not in st.session_state
    toys: dict[str, Toy] = st.session_state.setdefault("toys", {})
    linked: dict[str, Linked] = st.session_state.setdefault("link_edits", {})
    if (edits := LINK.news(is_new)) is not None:
        linked[sentence] = Linked(edits, is_new)
    toy = toys.pop(sentence, None)
    if toy is None or (not toy.is_edited and toy.origin != _origin(sentence, model_id)):
        toy = _begin(sentence, model_id)
    if toy.origin != "made up" or toy.is_edited or models.has_failed(model_id):
        _take_edits_of_link(toy, sentence)  # not before what they were made on is there
    toys[sentence] = toy  # the last one is the newest
    while len(toys) > MOST_TOYS:
        toys.pop(next(iter(toys)))
    return toy


def write_edits_to_link(toy: Toy) -> str:
    """Keep the link's edits equal to the toy's. What the reader should know of it, or ""."""
    if toy.base.sentence in st.session_state["link_edits"]:
        return ""  # those of the link still wait for the model
    return LINK.write(edits_of(toy.base, replace(toy.current, query=toy.base.query)) or None)


def _origin(sentence: str, model_id: str) -> str:
    if preset_for(sentence):
        return "preset"
    return model_id if models.is_ready(model_id) else "made up"


def _begin(sentence: str, model_id: str) -> Toy:
    origin, variance_kept = _origin(sentence, model_id), None
    base = preset_for(sentence)
    if base is None and origin != "made up":
        base, variance_kept = _from_model(sentence, model_id)
    if base is None:
        base = from_random(sentence, word_spans(sentence)[:MOST_MADE_UP])
    return Toy(base, origin, variance_kept, [base], next(_versions))


def _from_model(sentence: str, model_id: str) -> tuple[Scenario | None, float | None]:
    """The words that the model has read, with its own embeddings, shortened; nothing if it read none.

    Whatever goes wrong with the model is said where the model is shown: the toy is made of other numbers.
    """
    try:
        places = models.tokenized(model_id, sentence).places
        end = max(end for _, end in places)  # the text may be far longer than what is read of it
        spans = tuple(
            span
            for span in word_spans(sentence, places)
            if span[0] < end and tokens_of(span, places)
        )
        if not spans:
            return None, None
        vectors = mean_over_words(models.embedded(model_id, sentence), places, spans)
        return from_vectors(sentence, spans, finite(vectors))
    except ReaderError:
        return None, None
    except Exception as error:
        faults.log(error)
        return None, None


def _take_edits_of_link(toy: Toy, sentence: str) -> None:
    """Apply the edits that the link has for this sentence, once, unless the reader of an opened link was faster."""
    linked: Linked | None = st.session_state["link_edits"].pop(sentence, None)
    if linked is None or (linked.is_new and (toy.is_edited or not linked.edits)):
        return
    try:
        toy.show(apply_text(toy.base, linked.edits))
    except ValueError:
        notice(BAD_EDITS)
