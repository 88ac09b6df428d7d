"""Text that a reader can see whole: a character without a shape of its own is named by its code point.

Every label passes here: tokens, words, titles, cells of tables, names of files. XML, JSON, CSV, PDF and browsers
can carry what comes out, and nothing in it reorders the text beside it.
"""

import re
import unicodedata
from typing import TypeVar

T = TypeVar("T")
SIGNS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
BASE = "◌"  # carries a combining mark that stands alone
# Unicode counts them as marks, letters or symbols; they leave no ink: fillers, an empty Braille cell
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U00016fe4\U0001d159")
_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# a keycap (1️⃣) and the flag of a region, spelt with invisible letters that end with U+E007F
_ONE_PICTURE = re.compile(
    "[#*0-9]\ufe0f?\u20e3|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
)
# letters of a script → what selects another form of them
_FORMS = {
    "CJK": re.compile("[\ufe00-\ufe02\U000e0100-\U000e01ef]"),
    "MONGOLIAN": re.compile("[\u180b-\u180d\u180f]"),
}
_EMOJI_AMONG_PUNCTUATION = frozenset("‼⁉〰ℹ")
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_VIRAMA = 9  # its class of combining marks: Indic letters after it join or don't


def visible(text: str) -> str:
    """`text` with a visible sign for each character that cannot be seen or carried: U+001B, ␣, ⏎, ⇥.

    A space between other characters stays. So do characters that only shape visible neighbours: the
    selector and the joiners of an emoji, a joiner in Arabic and Indic letters (Unicode 23.4, UTS #51).
    """
    if not text.strip(" "):
        return SIGNS[" "] * len(text)
    if text.isascii() and text.isprintable():
        return text
    whole = {i for found in _ONE_PICTURE.finditer(text) for i in range(*found.span())}
    shown, carries = [], False  # whether the character before can carry a mark
    for i, character in enumerate(text):
        if i in whole or _is_seen(character) or _shapes(text, i):
            alone = unicodedata.category(character)[0] == "M" and not carries
            shown.append(f"{BASE}{character}" if alone else character)
            carries = character != " "
        else:
            shown.append(SIGNS.get(character, f"U+{ord(character):04X}"))
            carries = False
    return "".join(shown)


def visible_throughout(data: T) -> T:
    """The same data, as JSON knows it, with every text in it visible, names included."""
    if isinstance(data, str):
        return visible(data) if data else data  # type: ignore[return-value]
    if isinstance(data, dict):
        shown = {visible_throughout(name): visible_throughout(each) for name, each in data.items()}
        return shown  # type: ignore[return-value]
    if isinstance(data, list | tuple):
        return type(data)(visible_throughout(each) for each in data)
    return data


def _is_seen(character: str) -> bool:
    """Assigned, no control, no format, no separator but the space, and with ink."""
    blank = character in _BLANK or _SELECTOR.match(character)
    return character.isprintable() and not blank


def _shapes(text: str, i: int) -> bool:
    """Whether an invisible character changes how its neighbours look: then it is seen by its effect."""
    before, after = text[i - 1 : i] if i else "", text[i + 1 : i + 2]
    if _SELECTOR.match(text[i]):
        return _has_form(before, text[i])
    if text[i] not in (_JOINER, _NON_JOINER) or not before:
        return False
    picture = text[i - 2] if i > 1 and _SELECTOR.match(before) else before
    if text[i] == _JOINER and _is_picture(picture):
        return _is_picture(after)
    return unicodedata.combining(before) == _VIRAMA or [
        unicodedata.bidirectional(each) for each in (before, after or " ")
    ] == ["AL", "AL"]


def _has_form(base: str, selector: str) -> bool:
    """Whether the selector has a meaning after `base`: symbols look like text or like emoji, letters of few scripts differ."""
    if not base or not _is_seen(base) or base.isascii():
        return False
    if unicodedata.category(base) in ("So", "Sm") or base in _EMOJI_AMONG_PUNCTUATION:
        return "\ufe00" <= selector <= "\ufe0f"
    script = unicodedata.name(base, "").partition(" ")[0]
    return script in _FORMS and bool(_FORMS[script].match(selector))


def _is_picture(character: str) -> bool:
    """A symbol that may be part of an emoji sequence, or a skin tone."""
    if not character or character.isascii() or not _is_seen(character):
        return False
    is_skin = "\U0001f3fb" <= character <= "\U0001f3ff"
    return is_skin or unicodedata.category(character) in ("So", "Sm")
