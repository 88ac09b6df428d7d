"""The quiz's markdown as pieces of plain text with a look, and any reader's text as signs that the fonts have."""

import re
from dataclasses import dataclass

from attention_core.visible import visible

_BOLD = "**"
_PIECE = re.compile(r":(?P<colour>[a-z]+)\[|(?P<bold>\*\*)|(?P<end>\])")
# Latin, Greek, Cyrillic and common punctuation: a test sets every one of them
_LACKING = re.compile(
    r"[^ -~\xa0-\xac\xae-\u0192\u0386-\u0388\u0391-\u03a1\u03a3-\u03c9\u0400-\u044f\u2013\u2014\u2018-\u201a\u201c-\u201e\u2026\u20ac−√·×÷]"
)
INSTEAD = "□"
LONGEST = 80  # characters of a heading


@dataclass(frozen=True)
class Run:
    """Some words that look the same."""

    text: str
    bold: bool = False
    colour: str | None = None


def runs(markdown: str) -> tuple[Run, ...]:
    """The little markdown that questions use: `**bold**` and `:blue[words]`, also one in the other.

    Raises ValueError where something is opened and not closed.
    """
    found: list[Run] = []
    bold, colours, at = False, list[str](), 0
    for piece in _PIECE.finditer(markdown):
        if piece["end"] and not colours:
            continue  # a bracket of the sentence
        found.append(Run(markdown[at : piece.start()], bold, colours[-1] if colours else None))
        at = piece.end()
        if piece["bold"]:
            bold = not bold
        elif piece["end"]:
            colours.pop()
        else:
            colours.append(piece["colour"])
    if bold or colours:
        raise ValueError(f"{_BOLD if bold else ']'} is missing in {markdown!r}")
    return tuple(run for run in (*found, Run(markdown[at:])) if run.text)


def printable(typed: str) -> str:
    """A reader's text on one line, with U+200B for what cannot be seen and □ for what the fonts lack, cut where it would not fit."""
    line = " ".join(typed.split())
    return _LACKING.sub(INSTEAD, visible(line))[:LONGEST] if line else ""
