"""Where the words of a sentence stand, as a person reads them.

It is no model's tokenizer: a toy token is a whole word or a punctuation mark, never a piece of a word.
"""

import re
import unicodedata

ZERO_WIDTH_JOINER = "\u200d"
KEYCAP = "\u20e3"  # "#" + keycap is a picture, not punctuation


def word_spans(sentence: str) -> tuple[tuple[int, int], ...]:
    """[start, end) of each token, in the order of the string: "Oh, puppy." → Oh · , · puppy · .

    White space separates. Punctuation at either end of a word is a token of its own, and a mark
    that is repeated ("...") is one; inside a word it stays ("didn't", "well-known"). Combining
    marks and emoji sequences are never cut. White space alone gives no token.
    """
    spans: list[tuple[int, int]] = []
    for chunk in re.finditer(r"\S+", sentence):
        spans += _split_edges(sentence, _clusters(sentence, *chunk.span()))
    return tuple(spans)


def _clusters(sentence: str, start: int, end: int) -> list[tuple[int, int]]:
    """What a reader counts as one character: a base with all that attaches to it (cf. Unicode UAX #29)."""
    starts = [start]
    for i in range(start + 1, end):
        attaches = unicodedata.category(sentence[i])[0] == "M" or _is_format(sentence[i])
        joined = sentence[i - 1] == ZERO_WIDTH_JOINER
        led_by_marks = all(map(_is_format, sentence[starts[-1] : i]))
        if not (attaches or joined or led_by_marks):
            starts.append(i)
    return list(zip(starts, [*starts[1:], end], strict=True))


def _split_edges(sentence: str, clusters: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Peel the punctuation off both ends of one chunk; what is left in the middle is the word."""
    is_word = [not _is_punctuation(sentence[start:end]) for start, end in clusters]
    if not any(is_word):
        return _join_repeats(sentence, clusters)
    first, last = is_word.index(True), len(is_word) - 1 - is_word[::-1].index(True)
    word = (clusters[first][0], clusters[last][1])
    before, after = clusters[:first], clusters[last + 1 :]
    return [*_join_repeats(sentence, before), word, *_join_repeats(sentence, after)]


def _join_repeats(sentence: str, marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Three full stops in a row are one token; a full stop and a quotation mark are two."""
    joined: list[tuple[int, int]] = []
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
