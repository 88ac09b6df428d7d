"""The passes behind the page, cached; `attention_core.experiments.find_a_head` computes them. The model must be loaded."""

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.words import Span
from attention_core.experiments import find_a_head
from attention_core.experiments.find_a_head import HeadScores, Pronoun, WordWeights
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=8)
def word_weights(model_id: str, sentence: str, spans: tuple[Span, ...], query: int) -> WordWeights:
    return find_a_head.word_weights(models.captured(model_id, sentence), spans, query)


@cached(max_entries=8)
def patterns(model_id: str, sentence: str) -> dict[str, HeadScores]:
    return find_a_head.patterns(models.captured(model_id, sentence))


@cached(max_entries=4 * len(SENTENCES))
def pronoun(model_id: str, i: int) -> Pronoun:
    return find_a_head.pronoun(models.loaded(model_id), i)


@cached(max_entries=8)
def induction(model_id: str, seed: int) -> HeadScores:
    return find_a_head.induction(models.loaded(model_id), seed)
