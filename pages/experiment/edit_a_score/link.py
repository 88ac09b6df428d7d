"""An edited row as the link says it: "weights.13.8.8~one6~3:0.25~sum", with all digits of every number."""

import re
from dataclasses import dataclass, replace

from attention_core.analysis.edited_row import EVEN, MOST, ONE, OWN, SCORES, WEIGHTS, RowEdit
from pages.ui.reader.page_link import PageLink

LINK = PageLink("row")
SEPARATOR = "~"
DIVIDED = "sum"
_PLACE = re.compile(rf"({SCORES}|{WEIGHTS})\.(\d+)\.(\d+)\.(\d+)", re.ASCII)
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_ADDED = re.compile(rf"all:({_NUMBER})", re.ASCII)
_CELL = re.compile(rf"(\d+):({_NUMBER})", re.ASCII)
_ONE = re.compile(rf"{ONE}(\d+)", re.ASCII)


@dataclass(frozen=True)
class Linked:
    """Whose row it is, and the edit."""

    layer: int
    head: int
    q_pos: int
    edit: RowEdit


def written(linked: Linked) -> str:
    """The row and its edit as the link says it."""
    edit = linked.edit
    parts = [f"{edit.kind}.{linked.layer}.{linked.head}.{linked.q_pos}"]
    if edit.base != OWN:
        parts.append(f"{ONE}{edit.key}" if edit.base == ONE else EVEN)
    if edit.added:
        parts.append(f"all:{edit.added!r}")
    parts.extend(f"{k_pos}:{value!r}" for k_pos, value in edit.cells)
    return SEPARATOR.join(parts + [DIVIDED] * edit.divided)


def read(link: str) -> Linked:
    """The row that a link says. Raises ValueError if it says none."""
    place, *parts = link.split(SEPARATOR)
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(f"no row: {place[:60]!r}")
    edit = RowEdit(found[1])
    for part in parts:
        edit = _with_part(edit, part)
    return Linked(int(found[2]), int(found[3]), int(found[4]), edit)


def _with_part(edit: RowEdit, part: str) -> RowEdit:
    if part == EVEN:
        return replace(edit, base=EVEN)
    if part == DIVIDED and edit.kind == WEIGHTS:
        return replace(edit, divided=True)
    if one := _ONE.fullmatch(part):
        return replace(edit, base=ONE, key=int(one[1]))
    if cell := _CELL.fullmatch(part):
        return edit.with_cell(int(cell[1]), float(cell[2]))
    added = _ADDED.fullmatch(part)
    if added is None or edit.kind != SCORES or abs(float(added[1])) > MOST:
        raise ValueError(f"no edit: {part[:60]!r}")
    return replace(edit, added=float(added[1]))
