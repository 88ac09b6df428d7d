"""Does a model need a head to tell which noun a pronoun refers to? Its leaning to the right noun, with and without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.coreference_sentences import PronounSentence, one_pair_each
from attention_core.analysis.leaning import leaning_of_prediction, leaning_of_vectors
from attention_core.analysis.pronoun_prompts import ANIMAL, DECIDED, OF_LESSON, STREET, Prompt
from attention_core.analysis.words import Span, sum_over_words, tokens_of
from attention_core.pretrained import loading, next_word, ranking, tokens
from attention_core.pretrained.interventions import Head
from attention_core.pretrained.run import Outcome, core_attention
from attention_core.toy.words import word_spans

Text = Prompt | PronounSentence
Piece = tuple[int, int]  # a layer, and the place of a text among the texts


@dataclass(frozen=True)
class Texts:
    """What a model is asked with."""

    by_prediction: bool  # else by vectors
    texts: tuple[Text, ...]
    of_lesson: tuple[int, ...]  # places among the texts
    scored: tuple[int, ...]  # of those whose noun is the right one


def texts_for(by_prediction: bool) -> Texts:
    """Prompts to go on with for a model that predicts the next word, else whole sentences."""
    if by_prediction:
        texts: tuple[Text, ...] = (*OF_LESSON, *DECIDED)
        return Texts(True, texts, (0, 1), tuple(range(len(OF_LESSON), len(texts))))
    sentences = one_pair_each()
    of_lesson = tuple(sentences.index(each) for each in (ANIMAL, STREET))
    return Texts(False, sentences, of_lesson, tuple(range(len(sentences))))


def words_of(text: Text) -> tuple[str, str, str]:
    """The text, the word that is right, and the other one."""
    wanted = text.wanted if isinstance(text, Prompt) else text.noun
    return text.text, wanted, text.rival


def weight_on_noun(
    sentence: PronounSentence,
    places: Sequence[Span],
    weights: Float[np.ndarray, "n_tokens n_tokens"],
) -> float | None:
    """What the pronoun gives its noun in one head, all pieces together; None where either is cut off.

    `places` has each token's place in the sentence.
    """
    place = sentence.place(sentence.noun)
    q = tokens_of(sentence.place(sentence.pronoun), places)
    if not q or not tokens_of(place, places):
        return None
    words = word_spans(sentence.text)
    return float(sum_over_words(weights[q[-1]], places, words)[words.index(place)])


def leanings(
    text: Text,
    loaded: loading.LoadedModel,
    layer: int,
    n_heads: int,
    instead: str,
    means: Sequence[Float[np.ndarray, "n_heads d_v"]] = (),
) -> Float[np.ndarray, " n"]:
    """The leaning with all heads, then without each head of the layer; nan where the model cannot be asked so."""
    attends = [core_attention, *ranking.without_each_head(layer, n_heads, instead, means)]
    read = tokens.tokenize(text.text, loaded.tokenizer, loaded.max_tokens)
    leaning = _leaning(text, loaded, read.places)
    if leaning is None:
        return np.full(len(attends), np.nan)
    return np.array(ranking.of_each(read.ids, loaded, attends, leaning))


def _leaning(
    text: Text, loaded: loading.LoadedModel, places: list[Span]
) -> Callable[[Outcome], float] | None:
    """From an outcome to its leaning. None where both words begin with the same token, or cannot be found."""
    if isinstance(text, Prompt):
        wanted, rival = (next_word.first_token(word, loaded) for word in (text.wanted, text.rival))
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
    """What is measured so far."""

    asked: Texts
    n_heads: Mapping[int, int]  # of each layer that is measured on all texts
    found: Mapping[Piece, Float[np.ndarray, " n"]]  # see `leanings`

    @property
    def heads(self) -> list[Head]:
        return [(layer, head) for layer, n in self.n_heads.items() for head in range(n)]

    def control(self, texts: tuple[int, ...]) -> Float[np.ndarray, " n_texts"]:
        """The leaning with all heads."""
        layer = next(iter(self.n_heads))
        return np.array([self.found[layer, i][0] for i in texts])

    def changes(self, head: Head, texts: tuple[int, ...]) -> Float[np.ndarray, " n_texts"]:
        """The leaning without the head, minus that with it."""
        found = np.stack([self.found[head[0], i] for i in texts])
        return found[:, 1 + head[1]] - found[:, 0]

    @property
    def known(self) -> tuple[int, ...]:
        """The scored texts that the model can be asked with."""
        layer = next(iter(self.n_heads))
        return tuple(i for i in self.asked.scored if np.isfinite(self.found[layer, i]).all())

    def means(self, sizes: bool = False) -> dict[Head, float]:
        """The mean change without each head, or of its size, whatever the sign; {} where no text can be asked."""
        if not self.known:
            return {}
        changes = {head: self.changes(head, self.known) for head in self.heads}
        return {
            head: float((np.abs(each) if sizes else each).mean()) for head, each in changes.items()
        }


def answer_of(
    asked: Texts, n_heads: Mapping[int, int], found: Mapping[Piece, np.ndarray]
) -> Answer:
    """From `found` so far; `n_heads` has all layers that may be measured."""
    whole = {
        layer: n
        for layer, n in n_heads.items()
        if all((layer, i) in found for i in range(len(asked.texts)))
    }
    return Answer(asked, whole, found)
