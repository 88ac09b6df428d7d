"""What a model's token is called: the text it stands for, whole and visible, without the marks of a vocabulary."""

import re
from collections import Counter
from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase
from transformers.convert_slow_tokenizer import bytes_to_unicode

from attention_core.visible import visible

# SentencePiece's token for a space that no token took along; its place is not its own
SPACE_ALONE = "▁"
CUT = "\ufffd"  # what a tokenizer decodes bytes to that are no whole character
_BYTES = {letter: byte for byte, letter in bytes_to_unicode().items()}  # GPT-2's alphabet
_BYTE = re.compile("<0x([0-9A-F]{2})>")  # SentencePiece's token for one byte
_LONE_BYTES = re.compile("[\udc80-\udcff]+")  # how Python keeps them in a text


def names_of(
    text: str,
    pieces: Sequence[str],
    spans: Sequence[tuple[int, int]],
    tokenizer: PreTrainedTokenizerBase,
) -> list[str]:
    """A name for each piece of the vocabulary that stands at [start, end) of the text; () where it has no place."""
    # what the tokenizer spells out may be several tokens: "½" as 1 ⁄ 2
    shares = Counter(
        span for span, piece in zip(spans, pieces, strict=True) if piece != SPACE_ALONE
    )
    seen: Counter[tuple[int, int]] = Counter()
    names = []
    for piece, (start, end) in zip(pieces, spans, strict=True):
        part = text[start:end]
        name = shown(part or piece)
        if piece == SPACE_ALONE:
            name = shown(" ")
        elif part and piece == tokenizer.unk_token != part:
            name = f"{name} {piece}"
        elif part and (cut := _in_bytes(piece, tokenizer)):
            name = cut
        elif part and shares[start, end] > 1:
            seen[start, end] += 1
            name = f"{name} {seen[start, end]}/{shares[start, end]}"
        names.append(name)
    return names


def shown(part: str) -> str:
    """The piece without the space around it; a piece that is only space, as such."""
    return visible(part.strip(" ") or part)


def _in_bytes(piece: str, tokenizer: PreTrainedTokenizerBase) -> str | None:
    """A token that cuts a character, with its bytes: ⟨E2 9D⟩. None where it cuts none, or its bytes are unknown."""
    decoded = tokenizer.convert_tokens_to_string([piece])
    if CUT not in decoded:
        return None
    byte = _BYTE.fullmatch(piece)
    letters = [_BYTES[letter] for letter in piece if letter in _BYTES]
    held = bytes.fromhex(byte[1]) if byte else bytes(letters)
    if held.decode(errors="replace") != decoded:
        return None  # another alphabet
    return shown(_LONE_BYTES.sub(_hexadecimal, held.decode(errors="surrogateescape")))


def _hexadecimal(lone: re.Match[str]) -> str:
    return f"⟨{lone[0].encode(errors='surrogateescape').hex(' ').upper()}⟩"
