"""Long text in a link: exact both ways, bounded, and damage is noticed."""

import base64
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.toy.compact import LONGEST_LINK, LONGEST_TEXT, READABLE, expand, shorten


@given(
    st.text(max_size=2 * READABLE) | st.text("0123456789.~:x-e", min_size=READABLE, max_size=900)
)
def test_expand_undoes_shorten(text: str):
    try:
        link = shorten(text)
    except UnicodeEncodeError:  # half of a character; a toy refuses it
        return
    assert len(link) > LONGEST_LINK or expand(link) == text


def test_a_short_text_stays_readable_and_a_long_one_does_not_need_encoding():
    assert shorten("x1.0:0.5~heads:2") == "x1.0:0.5~heads:2"
    link = shorten("x1.0:0.5~" * 60)
    assert link.startswith("z1.") and link.replace("_", "a").replace("-", "a")[3:].isalnum()
    by_hand = zlib.decompress(base64.urlsafe_b64decode(link[3:] + "=="))
    assert by_hand.decode() == "x1.0:0.5~" * 60


def compact(stream: bytes) -> str:
    return "z1." + base64.urlsafe_b64encode(stream).decode().rstrip("=")


def test_a_link_that_would_unfold_into_very_much_is_refused_before_it_does():
    bomb = compact(zlib.compress(b"0" * 2_900_000, 9))  # about as much as a link can hold of it
    assert 3700 < len(bomb) <= LONGEST_LINK
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than 200,000 characters"):
        expand(bomb)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    with pytest.raises(ValueError, match="more than 200,000 characters"):
        expand(compact(zlib.compress(b"0" * (LONGEST_TEXT + 1), 9)))
    assert len(expand(compact(zlib.compress(b"0" * LONGEST_TEXT, 9)))) == LONGEST_TEXT


@pytest.mark.parametrize(
    "link",
    [
        "z1.", "z1.A", "z1.AAAA~x", "z1.AAAA", "z1." + "A" * 4000, compact(b""), compact(b"abc"),
        compact(zlib.compress(b"x1.0:1" * 99)[:-4]), compact(zlib.compress(b"x1.0:1" * 99) + b"more"),
        compact(zlib.compress(bytes([0xFF] * 500))),
    ],
)  # fmt: skip
def test_a_damaged_link_is_refused(link: str):
    with pytest.raises(ValueError, match=r"it is damaged|at most 4,000 are read"):
        expand(link)


def test_every_changed_or_lost_character_is_noticed():
    link = shorten("~".join(f"x{i}.0:{i / 7}" for i in range(40)))
    for at in range(3, len(link), 7):
        for damaged in (
            link[:at] + link[at + 1 :],
            link[:at] + "AB"[link[at] == "A"] + link[at + 1 :],
        ):
            try:
                assert expand(damaged) == expand(
                    link
                )  # the last bits of the last letter say nothing
            except ValueError as error:
                assert "damaged" in str(error)
