"""Find a head: every head measured on one word, a pattern, a pronoun or a repetition. No layer is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis import head_patterns, head_search
from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.head_search import Dealt, Found, dealt_out
from attention_core.analysis.masking import even_weights
from attention_core.analysis.patterns import even_head, share_on, targets
from attention_core.analysis.words import Span, shares, tokens_of
from attention_core.errors import ReaderError
from attention_core.experiments.reading import (
    Places,
    added,
    places_of,
    query_rows,
    run_ids,
    self_attending_layers,
)
from attention_core.pretrained import capture, loading
from attention_core.pretrained.layers import Capture, Layer
from attention_core.toy.words import word_spans

N_WORDS = 25  # that are drawn and repeated
N_SEQUENCES = 4  # whose mean is the induction score
NO_PLACES = "This model's tokenizer does not tell where its tokens stand, so words can't be found."


@dataclass(frozen=True)
class WordWeights:
    """What one word gives every word, in every head."""

    places: Places
    rows: np.ndarray  # (n_heads, n_units), words first; nan where the mask hides a unit
    even: np.ndarray  # the same of a uniform head
    n_pieces: list[int]  # tokens of each unit
    n_query_pieces: int  # that are averaged
    is_shared: list[bool]  # whether a token of the unit is another unit's, too


def word_weights(read: Capture, spans: Sequence[Span], query: int) -> WordWeights:
    """The rows of one word alone. Raises ReaderError if the model has not read that word."""
    pieces = tokens_of(spans[query], read.places)
    if not pieces:
        raise ReaderError(NO_PLACES if read.left_out == "" else "The model has not read this word.")
    key_units = head_search.units(read.places, spans)
    layers = self_attending_layers(read)
    places = places_of(layers)
    pieces = pieces[-1:] if places.is_causal else pieces
    rows: list[np.ndarray] = []
    even: list[np.ndarray] = []
    for _, layer in layers:
        weights, allowed = query_rows(layer, pieces)
        n_q, n_k = allowed.shape[-2:]
        flat = even_weights(n_q, n_k, allowed)
        for found, each in ((rows, weights), (even, np.broadcast_to(flat, weights.shape))):
            found.append(head_search.unit_rows(each, allowed, key_units))
    n_pieces = [len(unit) for unit in key_units]
    parts = shares(key_units, len(read.tokens))
    is_shared = [bool(((part > 0) & (part < 1)).any()) for part in parts]
    return WordWeights(
        places, np.concatenate(rows), np.concatenate(even), n_pieces, len(pieces), is_shared
    )


@dataclass(frozen=True)
class WordChance:
    """What a word would get from the best head if every head dealt its own weights out at random."""

    n_heads: int  # that may look at the word
    n_tokens: int  # that the asking word may look at
    dealt: Dealt
    without_sink: (
        Dealt | None
    )  # None where the unit with most of all heads is the word, or one of two


def word_chance(asked: WordWeights, found: Found, key: int) -> WordChance:
    """Chance for the winner of `found`, also without the unit that takes most of all heads together."""
    sink = int(np.nan_to_num(asked.rows).sum(axis=0).argmax())
    fair = None
    if sink != key and np.isfinite(asked.rows).sum(axis=1).min() >= 3:
        fair = dealt_out(np.delete(asked.rows, sink, axis=1), key - (sink < key))
    return WordChance(
        int(np.isfinite(found.weights).sum()),
        round(asked.n_pieces[key] / asked.even[found.best, key]),
        dealt_out(asked.rows, key),
        fair,
    )


@dataclass(frozen=True)
class HeadScores:
    """The score of every head, what a uniform head would get, and the best of as many heads with random scores."""

    places: Places
    scores: np.ndarray
    even: np.ndarray
    best_random: float
    control: np.ndarray | None = None  # the same weights where there is nothing to find
    n_words: int = 0  # drawn for it; 0 where the reader's sentence was read


def patterns(read: Capture) -> dict[str, HeadScores]:
    """Every pattern that a sentence shows, in every head. nan where there is no place for it."""
    layers = self_attending_layers(read)
    points = targets([token.text for token in read.tokens])
    found: dict[str, tuple[list, list, list]] = {name: ([], [], []) for name in points}
    for i, layer in layers:
        mask = layer.mask
        first = mask if mask is None or mask.ndim == 2 else mask[0]
        random = head_search.random_heads(layer.n_heads, len(read.tokens), first, seed=i)
        flat = even_head(len(read.tokens), mask)  # one head, unless each has a mask of its own
        for weights, allowed, place in (
            (layer.weights, mask, 0), (flat, mask, 1), (random, first, 2)
        ):  # fmt: skip
            for name, target in points.items():
                share = share_on(weights, target, allowed)
                found[name][place].append(np.broadcast_to(share, (layer.n_heads,)))
    places = places_of(layers)
    return {
        name: HeadScores(
            places, np.concatenate(scores), np.concatenate(even), float(np.concatenate(best).max())
        )
        for name, (scores, even, best) in found.items()
    }


def pattern_scores(read: Capture, name: str) -> np.ndarray:
    """One pattern of `patterns` in every head of a run."""
    target = targets([token.text for token in read.tokens])[name]
    return np.concatenate(
        [share_on(layer.weights, target, layer.mask) for _, layer in self_attending_layers(read)]
    )


@dataclass(frozen=True)
class Pronoun:
    """What the pronoun of one built-in sentence gives the noun it means, and the other one, in every head."""

    places: Places
    noun: np.ndarray
    rival: np.ndarray


def pronoun(loaded: loading.LoadedModel, i: int) -> Pronoun:
    """One pass for the i-th of SENTENCES. Raises ReaderError if the model has not read all its words."""
    sentence = SENTENCES[i]
    read = capture.capture(sentence.text, loaded)
    words = word_spans(sentence.text)
    key_units = head_search.units(read.places, words)
    noun, rival = (words.index(sentence.place(word)) for word in (sentence.noun, sentence.rival))
    asks = tokens_of(sentence.place(sentence.pronoun), read.places)
    if not asks or not key_units[noun] or not key_units[rival]:
        raise ReaderError(NO_PLACES)
    layers = self_attending_layers(read)
    places = places_of(layers)
    asks = asks[-1:] if places.is_causal else asks
    rows = [head_search.unit_rows(*query_rows(layer, asks), key_units) for _, layer in layers]
    all_words = np.nan_to_num(np.concatenate(rows))  # a hidden noun gets nothing
    return Pronoun(places, all_words[:, noun], all_words[:, rival])


def induction(loaded: loading.LoadedModel, seed: int) -> HeadScores:
    """Random words of the model's vocabulary, repeated; and, as a control, the same without repetition."""
    scores: list[np.ndarray] = []
    controls: list[np.ndarray] = []
    random: list[np.ndarray] = []
    for draw in draws_of(seed):
        for make, found in (
            (head_patterns.unrepeated, controls), (head_patterns.repeated, scores)
        ):  # fmt: skip
            ids, text = sequence(loaded, make, draw)
            layers = run_ids(ids, loaded)
            found.append(induction_scores(layers, text))
        places, mask = places_of(layers), layers[0][1].mask
        first = mask if mask is None or mask.ndim == 2 else mask[0]
        drawn = head_search.random_heads(len(places), len(ids), first, seed=draw)
        random.append(head_patterns.after_first(drawn[:, text, text]))
    even = head_patterns.after_first(even_weights(len(ids), len(ids), first)[None, text, text])
    return HeadScores(
        places,
        np.mean(scores, axis=0),
        np.repeat(even, len(places)),
        float(np.mean(random, axis=0).max()),
        np.mean(controls, axis=0),
        (text.stop - text.start) // 2,
    )


def draws_of(seed: int) -> list[int]:
    """The seeds of the sequences behind one seed of the reader's."""
    return [seed * N_SEQUENCES + i for i in range(N_SEQUENCES)]


def sequence(
    loaded: loading.LoadedModel, make: Callable[[np.ndarray, int, int], np.ndarray], draw: int
) -> tuple[list[int], slice]:
    """Random words, made into a sequence with the tokens that the model adds; and where they stand in it."""
    known = loaded.tokenizer.get_vocab()
    words = head_patterns.plain_words(known)
    if len(words) < 2 * N_WORDS:
        words = np.setdiff1d(sorted(known.values()), loaded.tokenizer.all_special_ids)
    before, after = added(loaded)
    room = loaded.max_tokens - len(before) - len(after)
    n = min(N_WORDS, room // 2, len(words) // 2)
    ids = [*before, *make(words, n, draw).tolist(), *after]
    return ids, slice(len(before), len(before) + 2 * n)


def induction_scores(layers: list[tuple[int, Layer]], text: slice) -> np.ndarray:
    """The induction score of every head on one sequence."""
    return np.concatenate(
        [head_patterns.after_first(each.weights[:, text, text]) for _, each in layers]
    )


def mean_induction(loaded: loading.LoadedModel, seed: int) -> np.ndarray:
    """The induction score of every head of a model."""
    found = []
    for draw in draws_of(seed):
        ids, text = sequence(loaded, head_patterns.repeated, draw)
        found.append(induction_scores(run_ids(ids, loaded), text))
    return np.mean(found, axis=0)
