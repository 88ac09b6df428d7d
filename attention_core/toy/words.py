"""Where the words of a sentence stand, as a person reads them.

It is no model's tokenizer: a toy token is a whole word or a punctuation mark, never a piece of a word. Only where a
script has no spaces between words, as in Japanese or Thai, a model's tokens take their place (`unspaced`).
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from attention_core.toy.unspaced import is_unspaced

ZERO_WIDTH_JOINER = "\u200d"
KEYCAP = "\u20e3"  # "#" + keycap is a picture, not punctuation


Span = tuple[int, int]


def word_spans(sentence: str, tokens: Sequence[Span] | None = None) -> tuple[Span, ...]:
    """[start, end) of each token, in the order of the string: "Oh, puppy." → Oh · , · puppy · .

    White space separates. Punctuation at either end of a word is a token of its own, and a mark
    that is repeated ("...") is one; inside a word it stays ("didn't", "well-known"). Combining
    marks and emoji sequences are never cut. White space alone gives no token.

    Beside letters of a script without spaces, words end where no token of a model goes on; `tokens` are their
    places in the sentence. Without them (None) each such letter is a word.
    """
    inside = {i for start, end in tokens or () for i in range(start + 1, end)}
    spans: list[Span] = []
    for chunk in re.finditer(r"\S+", sentence):
        for clusters in _cut_unspaced(sentence, _clusters(sentence, *chunk.span()), inside):
            spans += _split_edges(sentence, clusters)
    return tuple(spans)


def _clusters(sentence: str, start: int, end: int) -> list[Span]:
    """What a reader counts as one character: a base with all that attaches to it (cf. Unicode UAX #29)."""
    starts = [start]
    for i in range(start + 1, end):
        attaches = unicodedata.category(sentence[i])[0] == "M" or _is_format(sentence[i])
        joined = sentence[i - 1] == ZERO_WIDTH_JOINER
        led_by_marks = all(map(_is_format, sentence[starts[-1] : i]))
        if not (attaches or joined or led_by_marks):
            starts.append(i)
    return list(zip(starts, [*starts[1:], end], strict=True))


def _cut_unspaced(sentence: str, clusters: list[Span], inside: set[int]) -> list[list[Span]]:
    """Cut on both sides of each letter of a script without spaces, but never inside a token."""
    parts = [clusters[:1]]
    for before, cluster in pairwise(clusters):
        beside = is_unspaced(sentence[before[0]]) or is_unspaced(sentence[cluster[0]])
        if beside and cluster[0] not in inside:
            parts.append([cluster])
        else:
            parts[-1].append(cluster)
    return parts


def _split_edges(sentence: str, clusters: list[Span]) -> list[Span]:
    """Peel the punctuation off both ends of one chunk; what is left in the middle is the word."""
    is_word = [not _is_punctuation(sentence[start:end]) for start, end in clusters]
    if not any(is_word):
        return _join_repeats(sentence, clusters)
    first, last = is_word.index(True), len(is_word) - 1 - is_word[::-1].index(True)
    word = (clusters[first][0], clusters[last][1])
    before, after = clusters[:first], clusters[last + 1 :]
    return [*_join_repeats(sentence, before), word, *_join_repeats(sentence, after)]


def _join_repeats(sentence: str, marks: list[Span]) -> list[Span]:
    """Three full stops in a row are one token; a full stop and a quotation mark are two."""
    joined: list[Span] = []
    for start, end in marks:
        if joined and sentence[joined[-1][0]] == sentence[start]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _is_punctuation(cluster: str) -> bool:
    visible = next((character for character in cluster if not _is_format(character)), "")
    return bool(visible) and unicodedata.category(visible)[0] == "P" and KEYCAP not in cluster


def _is_format(character: str) -> bool:
    """An invisible character that only steers its neighbours: a joiner, a direction mark."""
    return unicodedata.category(character) == "Cf"
