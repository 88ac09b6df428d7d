"""The reader's edits as a readable text, and as a link holds it: only what differs from a base.

It says nothing of the sentence it edits; the link carries that by itself.

    x1.0:0.5     the embedding of token 1, dimension 0, is 0.5      (also WQ, WK, WV, WO)
    T3:dog       token 3 reads "dog"        (letters as they are, signs percent-encoded)
    heads:2  mask:causal  scale:0  temp:0.7  query:3

A long text is deflated in the link, see `compact`: some 250 numbers with all their digits fit.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import numpy as np

from attention_core.toy.compact import LONGEST_LINK, expand, shorten
from attention_core.toy.scenario import TABLES, Scenario, set_cell, set_token

LONGEST = LONGEST_LINK
SEPARATOR = "~"

_CODES = {table: table.replace("_", "") for table in TABLES}
_TABLES = {code: table for table, code in _CODES.items()}
_CELL = re.compile(r"(x|WQ|WK|WV|WO)([0-9]{1,6})\.([0-9]{1,6})")
_TOKEN = re.compile(r"T([0-9]{1,6})")
_SIGN = re.compile(r"[^\w.'-]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")


def encode_edits(base: Scenario, edited: Scenario) -> str:
    """What turns `base` into `edited`, as a link holds it: "x1.0:0.5~heads:2"; "" if nothing does.

    Raises ValueError if the edits would make a link longer than `LONGEST`, and as `edits_of`.
    """
    link = shorten(edits_of(base, edited))
    if len(link) > LONGEST:
        raise ValueError(f"the edits need {len(link)} characters, a link holds {LONGEST}")
    return link


def edits_of(base: Scenario, edited: Scenario) -> str:
    """The same as a readable text of any length.

    Numbers keep full precision. Raises ValueError if the two have different numbers of tokens or
    dimensions. Name, notes and the white space between tokens are the base's own and not compared.
    """
    if base.x.shape != edited.x.shape:
        raise ValueError(f"edits cannot turn x of shape {base.x.shape} into {edited.x.shape}")
    parts = [*_cell_edits(base, edited), *_token_edits(base, edited), *_option_edits(base, edited)]
    return SEPARATOR.join(parts)


def apply_edits(base: Scenario, link: str) -> Scenario:
    """The inverse of `encode_edits`. Raises ValueError naming what cannot be read."""
    try:
        text = expand(link)
    except ValueError as error:
        raise ValueError(f"cannot read the edits: {error}") from error
    return apply_text(base, text)


def apply_text(base: Scenario, text: str) -> Scenario:
    """The inverse of `edits_of`. Raises ValueError naming the part that cannot be applied."""
    parts = text.split(SEPARATOR) if text else []
    try:
        return _apply_all(base, parts)
    except ValueError:
        return _apply_each(base, parts)  # slower, but it knows which part it was


def _apply_all(base: Scenario, parts: list[str]) -> Scenario:
    """All numbers of a table at once: each new scenario checks every cell, and a link may have thousands of edits."""
    tables = {table: getattr(base, table).copy() for table in TABLES}
    others = []
    for part in parts:
        what, _, value = part.partition(":")
        if cell := _CELL.fullmatch(what):
            table, row, col = _TABLES[cell[1]], int(cell[2]), int(cell[3])
            if row >= tables[table].shape[0] or col >= tables[table].shape[1]:
                raise ValueError(f"{table} has no row {row}, column {col}")
            tables[table][row, col] = _number(value)
        else:
            others.append(part)
    edited = base if len(others) == len(parts) else replace(base, **tables)
    return _apply_each(edited, others)


def _apply_each(base: Scenario, parts: list[str]) -> Scenario:
    edited = base
    for part in parts:
        try:
            edited = _apply(edited, part)
        except ValueError as error:
            raise ValueError(f"cannot apply the edit “{part[:60]}”: {error}") from error
    return edited


def _cell_edits(base: Scenario, edited: Scenario) -> Iterator[str]:
    for table, code in _CODES.items():
        before, after = getattr(base, table), getattr(edited, table)
        for row, col in np.argwhere(before != after).tolist():
            yield f"{code}{row}.{col}:{_shortest(float(after[row, col]))}"


def _token_edits(base: Scenario, edited: Scenario) -> Iterator[str]:
    for pos, (before, after) in enumerate(zip(base.tokens, edited.tokens, strict=True)):
        if before != after:
            yield f"T{pos}:{_SIGN.sub(_percent, after)}"


def _option_edits(base: Scenario, edited: Scenario) -> Iterator[str]:
    if base.n_heads != edited.n_heads:
        yield f"heads:{edited.n_heads}"
    if base.mask != edited.mask:
        yield f"mask:{edited.mask}"
    if base.scaled != edited.scaled:
        yield f"scale:{int(edited.scaled)}"
    if base.temperature != edited.temperature:
        yield f"temp:{_shortest(edited.temperature)}"
    if base.query != edited.query:
        yield f"query:{edited.query}"


def _percent(sign: re.Match[str]) -> str:
    """ "~" becomes "%7E", so that neither it nor ":" in a word can be taken for ours."""
    return "".join(f"%{byte:02X}" for byte in sign[0].encode())


def _shortest(value: float) -> str:
    """The fewest digits that read back as the same float; 2.0 is just 2."""
    return repr(value).removesuffix(".0")


def _apply(scenario: Scenario, part: str) -> Scenario:
    """One edit, "what:value"."""
    what, colon, value = part.partition(":")
    if not colon:
        raise ValueError("an edit reads what:value")
    if cell := _CELL.fullmatch(what):
        table, row, col = _TABLES[cell[1]], int(cell[2]), int(cell[3])
        return set_cell(scenario, table, row, col, _number(value))
    if token := _TOKEN.fullmatch(what):
        return set_token(scenario, int(token[1]), unquote(value, errors="strict"))
    match what:
        case "heads":
            return replace(scenario, n_heads=_whole(value))
        case "mask":
            return replace(scenario, mask=value)
        case "scale":
            return replace(scenario, scaled=_switch(value))
        case "temp":
            return replace(scenario, temperature=_number(value))
        case "query":
            return replace(scenario, query=_whole(value))
    raise ValueError(f"there is nothing called “{what}”")


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"“{text}” is not a number")
    return float(text)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError(f"“{text}” is not a whole number")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(f"“{text}” is neither 0 nor 1")
    return text == "1"
