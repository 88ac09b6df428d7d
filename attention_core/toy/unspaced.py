"""Scripts that put no spaces between words, so that a reader's words can't be told by spaces.

By Unicode's line breaking rules (UAX #14) lines break between any two ideographs or kana, and in Thai, Lao, Khmer,
Burmese and their kin only with a dictionary. Korean and all others have spaces. Which words a text has is not said
here; a model's tokens are the next best thing.
"""

import unicodedata
from itertools import pairwise

# how Unicode's names of their letters begin
SCRIPTS = (
    "CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC ITERATION MARK",
    "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "BOPOMOFO", "YI SYLLABLE",
    "THAI", "LAO", "KHMER", "MYANMAR", "TAI LE", "NEW TAI LUE", "TAI THAM", "TAI VIET", "AHOM",
    "TIBETAN", "BALINESE", "JAVANESE",
)  # fmt: skip


def is_unspaced(character: str) -> bool:
    """Whether it is a letter of such a script."""
    return unicodedata.category(character)[0] == "L" and unicodedata.name(character, "").startswith(
        SCRIPTS
    )


def has_unspaced(text: str) -> bool:
    """Whether two such letters follow each other: one alone is a word of its own in any case."""
    found = [
        is_unspaced(character)
        for character in text
        if not unicodedata.category(character).startswith("M")
    ]
    return any(a and b for a, b in pairwise(found))
