"""The passes behind "Does the coreference head matter?": the leaning of each text with all heads and without each one, kept for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.coreference_sentences import PronounSentence, one_pair_each
from attention_core.analysis.leaning import leaning_of_prediction, leaning_of_vectors
from attention_core.analysis.pronoun_prompts import ANIMAL, DECIDED, OF_LESSON, STREET, Prompt
from attention_core.analysis.words import Span, tokens_of
from attention_core.pretrained import ranking, tokens
from attention_core.pretrained.catalogue import entry_for
from attention_core.pretrained.run import Outcome, core_attention
from pages.experiment.knock_out.measuring import Work
from pages.experiment.knock_out.runs import loaded, token_of
from pages.experiment.knock_out.state import Pair
from pages.ui.reader.ready import Subject
from pages.ui.server import models, runs
from pages.ui.server.cache import Pieces, cached

Text = Prompt | PronounSentence
Leanings = Pieces[tuple[int, int], np.ndarray]


@dataclass(frozen=True)
class Question:
    """What a model is asked: texts with a right answer, those of the lessons, and the head that is in question."""

    subject: Subject
    instead: str
    by_prediction: bool  # else by vectors
    texts: tuple[Text, ...]
    of_lesson: tuple[int, ...]  # places among the texts
    scored: tuple[int, ...]  # of those whose noun is the right one
    head: Pair
    is_known: bool  # whether the lessons name this head

    @property
    def done(self) -> Leanings:
        return leanings(self.subject.model_id, self.instead)

    def work(self, layers: list[int], name: str) -> Work:
        model_id, instead = self.subject.model_id, self.instead
        return Work(
            name,
            (model_id, instead),
            [(layer, i) for layer in layers for i in range(len(self.texts))],
            self.done,
            lambda piece: _measure(model_id, instead, piece[0], self.texts[piece[1]], piece, self),
            "Pass",
        )


def question_of(subject: Subject, instead: str) -> Question:
    entry = entry_for(subject.model_id)
    is_known = entry is not None and entry.weights is not None
    head = entry.showcase if entry and is_known else (subject.choice.layer, subject.choice.head)
    if models.predicts_next(subject.model_id) and not models.why_no_head(subject.model_id):
        texts: tuple[Text, ...] = (*OF_LESSON, *DECIDED)
        scored = tuple(range(len(OF_LESSON), len(texts)))
        return Question(subject, instead, True, texts, (0, 1), scored, head, is_known)
    sentences = one_pair_each()
    of_lesson = tuple(sentences.index(each) for each in (ANIMAL, STREET))
    every = tuple(range(len(sentences)))
    return Question(subject, instead, False, sentences, of_lesson, every, head, is_known)


@cached(max_entries=6)
def leanings(model_id: str, instead: str) -> Leanings:
    """(layer, text) → the leaning with all heads, then without each head of the layer. Filled piece by piece, for all readers."""
    return Pieces()


def _measure(
    model_id: str, instead: str, layer: int, text: Text, piece: tuple[int, int], asked: Question
) -> None:
    """nan where a model cannot be asked with this text."""
    means = runs.mean_contexts(model_id) if instead == "mean" else ()
    n_heads = asked.subject.capture.layers[layer].n_heads
    attends = [core_attention, *ranking.without_each_head(layer, n_heads, instead, means)]
    model = loaded(model_id)
    read = tokens.tokenize(text.text, model.tokenizer, model.max_tokens)
    leaning = _leaning(model_id, text, read.places)
    if leaning is None:
        found = np.full(len(attends), np.nan)
    else:
        found = np.array(ranking.of_each(read.ids, model, attends, leaning))
    found.setflags(write=False)
    asked.done.keep(piece, found)


def _leaning(model_id: str, text: Text, places: list[Span]) -> Callable[[Outcome], float] | None:
    """From an outcome to its leaning. None where both words begin with the same token, or cannot be found."""
    if isinstance(text, Prompt):
        wanted, rival = (token_of(model_id, word) for word in (text.wanted, text.rival))
        if wanted == rival:
            return None

        def of_prediction(end: Outcome) -> float:
            assert end.logits is not None
            return leaning_of_prediction(end.logits, wanted, rival)

        return of_prediction
    words = (text.pronoun, text.noun, text.rival)
    pronoun, noun, other = (tokens_of(text.place(word), places) for word in words)
    if not (pronoun and noun and other):
        return None
    return lambda end: leaning_of_vectors(end.states, pronoun, noun, other)


@dataclass(frozen=True)
class Answer:
    """What is measured of a question so far."""

    question: Question
    layers: tuple[int, ...]  # that are measured on all texts
    done: dict[tuple[int, int], np.ndarray]  # now

    def control(self, texts: tuple[int, ...]) -> np.ndarray:
        """(n_texts,): the leaning with all heads."""
        return np.array([self.done[self.layers[0], i][0] for i in texts])

    def changes(self, head: Pair, texts: tuple[int, ...]) -> np.ndarray:
        """(n_texts,): the leaning without the head, minus that with it."""
        layer, h = head
        found = np.stack([self.done[layer, i] for i in texts])
        return found[:, 1 + h] - found[:, 0]

    @property
    def heads(self) -> list[Pair]:
        layers = self.question.subject.capture.layers
        return [(layer, h) for layer in self.layers for h in range(layers[layer].n_heads)]

    @property
    def known(self) -> tuple[int, ...]:
        """The scored texts that the model can be asked with."""
        layer = self.layers[0]
        return tuple(i for i in self.question.scored if np.isfinite(self.done[layer, i]).all())

    def means(self, sizes: bool = False) -> dict[Pair, float]:
        """The mean change without each head, or of its size, whatever the sign; {} where no text can be asked."""
        if not self.known:
            return {}
        changes = {head: self.changes(head, self.known) for head in self.heads}
        return {
            head: float((np.abs(each) if sizes else each).mean()) for head, each in changes.items()
        }


def answer_of(question: Question) -> Answer | None:
    """None until the layer of the head in question is measured."""
    n, done = len(question.texts), question.done.now()
    layers = tuple(
        layer for layer in question.subject.layers if all((layer, i) in done for i in range(n))
    )
    return Answer(question, layers, done) if question.head[0] in layers else None
