"""Words as people read them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.toy.words import word_spans

# plain text mixed with what is easily cut in the wrong place
SNIPPETS = ["puppy", "didn't", ".", "...", "!", "(", " ", "\n", "e\u0301", "\u0301", "\u200d"]
SNIPPETS += ["👨‍👩‍👧", "👍🏽", "#\ufe0f\u20e3", "שלום", "عربي،", "\u200f", "—", "“", "🇮🇱", "क्षि"]
TEXTS = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=12).map("".join)


def words(sentence: str) -> list[str]:
    return [sentence[start:end] for start, end in word_spans(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I love my new puppy. She", ["I", "love", "my", "new", "puppy", ".", "She"]),
        ("so fluffy!", ["so", "fluffy", "!"]),
        ("The animal didn't", ["The", "animal", "didn't"]),
        ("a well-known  dog\n", ["a", "well-known", "dog"]),
        ("Wait... what?!", ["Wait", "...", "what", "?", "!"]),
        ('"Yes," he said.', ['"', "Yes", ",", '"', "he", "said", "."]),
        ("(see 3.14)", ["(", "see", "3.14", ")"]),
        ("cat — dog", ["cat", "—", "dog"]),
        ("שלום, עולם.", ["שלום", ",", "עולם", "."]),
        ("cafe\u0301.", ["cafe\u0301", "."]),
        ("a.\u0301 b", ["a", ".\u0301", "b"]),
        ("👨‍👩‍👧! 👍🏽 #️⃣", ["👨‍👩‍👧", "!", "👍🏽", "#️⃣"]),
        ("", []),
        (" \t\n\u3000", []),
    ],
)
def test_words_are_cut_where_a_reader_would(sentence, expected):
    assert words(sentence) == expected


@given(TEXTS)
def test_spans_are_ordered_disjoint_and_cover_every_visible_character(sentence):
    spans = word_spans(sentence)
    reached = 0
    for start, end in spans:
        assert reached <= start < end <= len(sentence)
        assert sentence[reached:start].strip() == ""
        assert sentence[start:end].split() == [sentence[start:end]]
        reached = end
    assert sentence[reached:].strip() == ""
    assert word_spans(sentence) == spans


@given(TEXTS)
def test_no_cut_before_a_combining_mark_or_beside_a_joiner(sentence):
    for start, _ in word_spans(sentence):
        if start and not sentence[start - 1].isspace():
            assert unicodedata.category(sentence[start])[0] != "M"
            assert "\u200d" not in (sentence[start - 1], sentence[start])


@given(TEXTS)
def test_words_joined_by_spaces_are_the_same_words(sentence):
    assert words(" ".join(words(sentence))) == words(sentence)
