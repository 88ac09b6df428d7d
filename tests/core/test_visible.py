"""Every character of Unicode is seen, or its code point is; what is invisible by the standard's own list, for one."""

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from attention_core.visible import visible, visible_throughout

MANY = (
    "Cn",
    "Co",
    "Cs",
    "Lo",
)  # nearly all of Unicode: unassigned, private, surrogates, ideographs
ALL = "".join(map(chr, range(sys.maxunicode + 1)))
IGNORABLE = set(regex.findall(r"\p{Default_Ignorable_Code_Point}", ALL))
SAMPLE = [
    character
    for i, character in enumerate(ALL)
    if i % 499 == 0
    or i & 0xFFFE == 0xFFFE
    or unicodedata.category(character) not in MANY
    or character in IGNORABLE
]
NOT_IN_XML = regex.compile("[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # 1.0, Char
INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|[\p{C}\p{Z}--[ ]]", regex.V1)  # fmt: skip
ONE_PICTURE = [
    "❤️", "👩‍⚕️", "👩🏽‍⚕️", "🏳️‍🌈", "🏴‍☠️", "🙂‍↔️", "1️⃣", "#⃣", "‼️", "ℹ️", "👨‍👩‍👧‍👦", "🇫🇷",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # England
    "葛\U000e0100", "☺︎",
]  # fmt: skip


def named(character: str) -> str:
    return {"\n": "⏎", "\t": "⇥"}.get(character, f"U+{ord(character):04X}")


@pytest.mark.parametrize("around", [("", ""), ("a", "b"), ("1 ", " é"), ("ש", "ש")])
def test_each_invisible_character_is_named(around: tuple[str, str]):
    before, after = around
    hidden = [c for c in SAMPLE if INVISIBLE.match(c)]
    assert len(hidden) > 5000
    wrong = [c for c in hidden if visible(before + c + after) != before + named(c) + after]
    assert [f"{ord(c):04X}" for c in wrong] == []


def test_each_character_with_ink_stays_what_it_is():
    inked = [c for c in SAMPLE if unicodedata.category(c)[0] in "LNPS" and not INVISIBLE.match(c)]
    assert len(inked) > 10_000
    changed = [f"{ord(c):04X}" for c in inked if visible(f"a{c}b") != f"a{c}b"]
    assert changed == ["2800", "1D159"]  # a Braille cell without dots, a note without a head


def test_nothing_that_xml_or_utf_8_cannot_carry_is_left():
    shown = visible("".join(SAMPLE))
    assert not NOT_IN_XML.search(shown)
    assert shown.encode().decode() == shown


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_what_is_visible_stays_and_can_be_carried_and_cannot_reorder(text: str):
    shown = visible(text)
    assert visible(shown) == shown
    assert not NOT_IN_XML.search(shown)
    assert not regex.search(r"\p{Bidi_Control}", shown)
    assert bool(shown.strip()) == bool(text)


@pytest.mark.parametrize("picture", ONE_PICTURE)
def test_an_emoji_of_several_characters_is_one_visible_thing(picture: str):
    assert regex.fullmatch(r"\X", picture)
    assert visible(picture) == picture
    assert visible(f"a {picture}, b") == f"a {picture}, b"


@pytest.mark.parametrize("word", ["می‌خواهم", "क्‍ष", "க்‌ஷ", "e\u0301\u0302", "לֹא", "ที่", "ꯍꯥꯏ"])
def test_letters_keep_their_marks_and_joiners(word: str):
    assert visible(word) == word


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Build\x1b[31mlog\x1b[0m cap\x1bture", "BuildU+001B[31mlogU+001B[0m capU+001Bture"),
        ("T\x10his", "TU+0010his"),
        ("\ufe0f", "U+FE0F"),
        ("❤️\ufe0f", "❤️U+FE0F"),  # a second one selects nothing
        ("1\ufe0f", "1U+FE0F"),
        ("👩\u200d", "👩U+200D"),
        ("\u0301x", "◌\u0301x"),
        ("\x00\u0301", "U+0000◌\u0301"),
        (" ", "␣"),
        ("a b", "a b"),
        ("a\r\n\tb", "aU+000D⏎⇥b"),
        ("", ""),
    ],
)
def test_by_hand(text: str, shown: str):
    assert visible(text) == shown


def test_data_keep_their_form_and_numbers():
    data = {"a\x00": ["b\x1b", 1.5, None, True, ("", {"c": "\ufffe"})]}
    assert visible_throughout(data) == {
        "aU+0000": ["bU+001B", 1.5, None, True, ("", {"c": "U+FFFE"})]
    }
