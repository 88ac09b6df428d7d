"""What attention says of each word beside what leaving that word out does to the result: in a toy, in a model."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.leave_out import moved_probability, turned
from attention_core.analysis.value_norms import handed_over
from attention_core.analysis.words import Span, sum_over_words, tokens_of, word_of
from attention_core.attention import AttentionTrace
from attention_core.heads import head_of
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario, run
from attention_core.toy.shorter import without_token


@dataclass(frozen=True)
class Claim:
    """What one row of attention says of each word, and how the result it should explain is computed and compared."""

    scenario: Scenario
    asking: int | None  # the word that asks: it is not left out; None: a token the model added
    weights: np.ndarray  # one number for each word
    handed: np.ndarray | None  # weight × length of value, as shares; None where v is not known
    result: Callable[[Scenario], np.ndarray]  # of a sentence, whose `query` is the word that asks
    change: Callable[[np.ndarray, np.ndarray], float]

    def strongest_words(self, most: int) -> list[int]:
        """The words to leave out: those with the largest weights, without the one that asks."""
        strong = strongest(self.weights, most, also=self.asking).tolist()
        return [word for word in strong if word != self.asking]

    def changes(self) -> Callable[[int], float]:
        """How far the result moves without a word: a function, because each word costs a pass of the model."""
        asked = replace(self.scenario, query=self.asking or 0)
        whole = self.result(asked)
        return lambda word: self.change(whole, self.result(without_token(asked, word)))


def toy_claim(scenario: Scenario, query: int, head: int) -> Claim:
    """The toy's row; its result is the output of the word that asks."""
    trace = head_of(run(scenario).heads, head)
    return Claim(
        scenario,
        query,
        trace.weights[query],
        _handed(trace, query),
        lambda shorter: run(shorter).output[shorter.query],
        turned,
    )


def next_token_claim(
    capture: Capture,
    layer: int,
    head: int,
    scenario: Scenario,
    next_probabilities: Callable[[str], np.ndarray],
) -> Claim:
    """The last token's row in a model that says what comes next; its result is the next token's probabilities."""
    places = capture.places
    weights, handed = _by_word(capture, layer, head, len(places) - 1, scenario)
    return Claim(
        scenario,
        word_of(places[-1], scenario.spans),
        weights,
        handed,
        lambda shorter: next_probabilities(shorter.sentence),
        moved_probability,
    )


def last_vector_claim(
    capture: Capture,
    layer: int,
    head: int,
    scenario: Scenario,
    last_states: Callable[[str], tuple[np.ndarray, list[Span]]],
) -> Claim | None:
    """The asking word's row in a model that only gives vectors; its result is that word's last vector.

    `last_states` gives a text's last vectors, a row for each token, and where the tokens stand. None where the
    model reads two texts, or not the word that asks.
    """
    pieces = tokens_of(scenario.spans[scenario.query], capture.places)
    if capture.target_tokens or not pieces:
        return None

    def result(shorter: Scenario) -> np.ndarray:
        states, places = last_states(shorter.sentence)
        return states[tokens_of(shorter.spans[shorter.query], places)[-1]]

    weights, handed = _by_word(capture, layer, head, pieces[-1], scenario)
    return Claim(scenario, scenario.query, weights, handed, result, turned)


def _by_word(
    capture: Capture, layer: int, head: int, q_pos: int, scenario: Scenario
) -> tuple[np.ndarray, np.ndarray | None]:
    """A row of weights, and of weight × length of value, summed over the tokens of each word."""
    row, trace = capture.layers[layer].weights[head, q_pos], capture.layers[layer].head_trace(head)
    rows = [row] if trace is None else [row, _handed(trace, q_pos)]
    summed = [sum_over_words(each, capture.places, scenario.spans) for each in rows]
    return summed[0], None if trace is None else summed[1]


def _handed(trace: AttentionTrace, q_pos: int) -> np.ndarray:
    """One head's row of weight × length of value, as shares."""
    return handed_over(trace.weights[None, [q_pos]], trace.v[None])[0, 0]
