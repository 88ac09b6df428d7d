"""Words as people read them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.toy.unspaced import has_unspaced
from attention_core.toy.words import word_spans

# plain text mixed with what is easily cut in the wrong place
SNIPPETS = ["puppy", "didn't", ".", "...", "!", "(", " ", "\n", "e\u0301", "\u0301", "\u200d"]
SNIPPETS += ["日本", "は", "รัก", "。"]
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


@pytest.mark.parametrize(
    ("sentence", "tokens", "expected"),
    [
        ("猫は寝た。", [(0, 1), (1, 3), (3, 4), (4, 5)], ["猫", "は寝", "た", "。"]),
        ("iPhone12を買う！", [(0, 6), (6, 8), (8, 10), (10, 11)], ["iPhone12", "を買", "う", "！"]),
        ("รักแมว", [(0, 3), (3, 6)], ["รัก", "แมว"]),
        ("รักแมว", [(0, 1), (1, 2), (2, 6)], ["รั", "กแมว"]),  # never between letter and mark
        ("大韓民國은", [(0, 4), (4, 5)], ["大韓民國", "은"]),
        ("한국어는 합니다", [(0, 1), (1, 4), (5, 8)], ["한국어는", "합니다"]),
        (
            "https://a.jp/日本 don't",
            [(0, 5), (5, 13), (13, 15)],
            ["https://a.jp", "/", "日本", "don't"],
        ),
        ("日 本👨‍👩‍👧", [(0, 1), (2, 3), (3, 8)], ["日", "本", "👨‍👩‍👧"]),
        ("日本", [(0, 2)], ["日本"]),
        ("日本", None, ["日", "本"]),
        ("猫は……U.S.A.の", None, ["猫", "は", "……", "U.S.A", ".", "の"]),
        ("unbelievable", [(0, 2), (2, 12)], ["unbelievable"]),
    ],
)
def test_where_no_spaces_tell_words_end_where_tokens_end(sentence, tokens, expected):
    assert [sentence[a:b] for a, b in word_spans(sentence, tokens)] == expected


@given(TEXTS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=9))
def test_tokens_only_ever_join_what_would_be_words(sentence, tokens):
    alone = word_spans(sentence)
    joined = word_spans(sentence, [(min(each), max(each)) for each in tokens])
    assert {start for start, _ in joined} <= {start for start, _ in alone}
    assert {end for _, end in joined} <= {end for _, end in alone}


def test_scripts_without_spaces_are_told_by_their_letters():
    unspaced = ["日本語", "ひらがな", "カタカナー", "ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "བོད"]
    assert [text for text in unspaced if not has_unspaced(text)] == []
    spaced = ["한국어", "हिन्दी", "Ελλάδα", "日", "a日b", "👨‍👩‍👧", "123", "。。", "اردو"]
    assert [text for text in spaced if has_unspaced(text)] == []
