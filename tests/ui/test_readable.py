"""How much of a text is read, whatever it is written in."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.reader.sentence import LONGEST_IN_LINK, LONGEST_TEXT, how_much, readable


@pytest.mark.parametrize("text", ["", "a cat", "  a cat ", "я" * 8_000, "a" * LONGEST_TEXT])
def test_a_text_that_fits_is_read_to_its_end(text: str):
    assert readable(text) == text.strip()
    assert how_much(text) is None


@pytest.mark.parametrize(
    ("text", "n_read"),
    [
        ("a" * 20_001, LONGEST_TEXT),
        ("я" * 20_000, 8_000),
        ("猫" * 20_000, 5_333),
        ("🙂" * 20_000, 4_000),
    ],
)
def test_a_longer_one_is_read_as_far_as_the_address_holds_it(text: str, n_read: int):
    assert len(readable(text)) == n_read
    assert how_much(text) == f"Only the first {n_read:,} of {len(text):,} characters are read."


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.text(st.sampled_from("a я猫🙂%\n"), min_size=1, max_size=40), st.integers(1, 3_000))
def test_what_is_read_is_the_beginning_and_fits_into_the_address(piece: str, times: int):
    text = piece * times
    kept = readable(text)
    assert text.strip().startswith(kept)
    assert len(kept) <= LONGEST_TEXT and len(quote(kept)) <= LONGEST_IN_LINK
