"""Several pictures drawn as one component, in columns beside each other that stand below each other on a phone."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from attention_core.visible import visible
from pages.ui.widgets.breakdown import BREAKDOWN
from pages.ui.widgets.component import (
    WHERE,
    Component,
    Group,
    Part,
    Prose,
    gathering,
    open_numbers,
)
from pages.ui.widgets.diagram import DIAGRAM
from pages.ui.widgets.figure import MATRIX
from pages.ui.widgets.head_grid import HEAD_GRID
from pages.ui.widgets.plane import PLANE
from pages.ui.widgets.sources import register, script, style
from pages.ui.widgets.spotlight import SPOTLIGHT

GAPS = {"small": "1rem", "medium": "2rem", "large": "4rem"}  # between columns, as Streamlit's


@contextmanager
def together(key: str, gap: Literal["small", "medium", "large"] = "large") -> Iterator[Group]:
    """What is drawn inside, in columns that the caller opens, becomes one component. Inside another, it is a row of that."""
    outer, group = gathering.get(), Group(GAPS[gap])
    token = gathering.set(group)
    try:
        yield group
    finally:
        gathering.reset(token)
    if outer is not None:
        outer.add(group)
    elif any(column.items for column in group.columns):
        _draw(group, key)


def _draw(group: Group, key: str) -> None:
    parts = list(group.parts())
    callbacks = {
        name.replace("on_", f"on_{part.key}_", 1): callback
        for part in parts
        for name, callback in part.callbacks.items()
    }
    holders: dict[str, str] = st.session_state.setdefault(WHERE, {})
    holders.update({part.key: key for part in parts})
    TOGETHER(key=key, data=_columns(group), **callbacks)
    for part in parts:
        open_numbers(part)


def _columns(group: Group) -> dict[str, Any]:
    whole = sum(column.width for column in group.columns)
    return {
        "gap": group.gap,
        "columns": [
            {
                "title": visible(column.title),
                "onPhones": visible(column.on_phones),
                "share": f"{column.width / whole:.2%}",
                "items": [_item(each) for each in column.items],
            }
            for column in group.columns
        ],
    }


def _item(item: Part | Group | Prose | str) -> Any:
    if isinstance(item, Part):
        if item.component not in KINDS:
            raise ValueError(f"{item.component.name} is not drawn together with others")
        return {"kind": item.component.name, "key": item.key, "data": item.data}
    if isinstance(item, Prose):
        return {"prose": item.markdown}
    return visible(item) if isinstance(item, str) else _columns(item)


def scripts(kinds: Sequence[Component]) -> str:
    """The scripts of all kinds, each in a function of its own, and what draws them together."""
    each = "".join(
        f"KINDS[{json.dumps(kind.name)}] = {{ html: {json.dumps(kind.html)}, css: {json.dumps(style(*kind.css))}, "
        f"draw: (() => {{\n{script(*kind.js).replace('export default', '')}\nreturn component; }})() }};\n"
        for kind in kinds
    )
    return f"const KINDS = {{}};\n{each}{script('together')}"


KINDS = (MATRIX, BREAKDOWN, HEAD_GRID, SPOTLIGHT, DIAGRAM, PLANE)
TOGETHER = register(
    "together",
    '\n<div class="together"></div>\n<!-- filled by together.js -->\n',
    style("together"),
    scripts(KINDS),
)
