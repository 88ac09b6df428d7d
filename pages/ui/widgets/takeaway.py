"""The table twin of a picture, and the files to take away. Nothing is built before it is asked for."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.api.types import is_numeric_dtype

from attention_core.charts.export import Picture, as_png, as_svg
from attention_core.native.worker import WorkerDied
from attention_core.visible import visible

MIME = {"CSV": "text/csv", "JSON": "application/json", "PNG": "image/png", "SVG": "image/svg+xml"}
FORMULA = (
    "=",
    "+",
    "-",
    "@",
)  # how a spreadsheet knows one; tabs and line ends are made visible before
LONGEST_NAME = 200  # bytes of a file's name; systems hold 255, its ending included
NOT_IN_NAMES = set('<>:"/\\|?*')  # on one system or another
CANNOT = "This can’t be made: the program that draws it stopped. The page itself goes on."
PATIENCE = 20.0  # seconds; after that Streamlit's own message must do
TITLE = "Numbers and files"


@dataclass(frozen=True)
class Numbers:
    """What stands behind a picture: its numbers as a table and, where there is one, the picture on paper."""

    name: str  # of the table and of its files
    frame: Callable[[], pd.DataFrame]
    chart: Callable[[], Picture] | None = None


def numbers_and_files(numbers: Numbers, *, key: str) -> None:
    """The numbers to read and to search, and a button for each file."""
    frame = numbers.frame()
    st.dataframe(
        # a header for the column of row labels, too: a screen reader says it before each of them
        _with_texts(frame, _shown).rename_axis([each or "row" for each in frame.index.names]),
        alt=f"{visible(numbers.name)}, as numbers",
        key=f"{key}_table",
    )
    # ready at once: a button that must first make its file loses the focus, and with it the key that closes a dialog
    files = {"CSV": as_csv(frame), "JSON": as_json(numbers.name, frame)}
    _offer(numbers.name, key, files, numbers.chart)


def table_twin(
    name: str,
    frame: Callable[[], pd.DataFrame],
    *,
    key: str,
    chart: Callable[[], Picture] | None = None,
) -> None:
    """A popover with the numbers behind a picture that has no corner of its own."""
    numbers = Numbers(name, frame, chart)
    with st.popover(TITLE, icon=":material/table_view:", on_change="rerun", key=key) as shown:
        if shown.open:
            st.fragment(numbers_and_files)(numbers, key=key)  # a click on a file reruns this alone


def _offer(
    name: str, key: str, files: Mapping[str, bytes], chart: Callable[[], Picture] | None
) -> None:
    """A button for each file. A picture is made when it is asked for; one that can't be made says so."""
    pictures: dict[str, Callable[[], bytes]] = {}
    if chart is not None:
        pictures = {"PNG": lambda: as_png(chart()), "SVG": lambda: as_svg(chart())}
    with st.container(horizontal=True):
        for kind, data in files.items():
            st.download_button(
                kind,
                data,
                file_name(name, kind),
                MIME[kind],
                key=f"{key}_{kind}",
                icon=":material/download:",
                on_click="ignore",
            )
        made = [
            native_download(kind, make, file_name(name, kind), MIME[kind], key=f"{key}_{kind}")
            for kind, make in pictures.items()
        ]
    if not all(made):
        st.text(CANNOT)


class Making:
    """One file on its way: made by the first who calls, watched by the run of the page."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._ended = Event()
        self._died = False

    def __call__(self) -> bytes:
        try:
            return self._make()
        except WorkerDied:
            self._died = True
            raise
        finally:
            self._ended.set()

    def went_well(self) -> bool:
        """Waits for its end. A file that takes too long, or that nobody fetched, has not failed."""
        self._ended.wait(PATIENCE)
        return not self._died


def native_download(
    label: str, make: Callable[[], bytes], file_name: str, mime: str, *, key: str
) -> bool:
    """Offer the file; False if it was asked for just now and could not be made."""
    slot = f"{key}_making"
    asked_for = st.session_state.get(slot)  # what the button of the run before would make
    st.session_state[slot] = making = Making(make)
    clicked = st.download_button(
        label, making, file_name, mime, key=key, icon=":material/download:", on_click="rerun"
    )
    return not (clicked and asked_for) or asked_for.went_well()


def file_name(name: str, kind: str) -> str:
    """What a file is called: "One head, layer 3.png", without what some system does not take."""
    shown = "".join("-" if each in NOT_IN_NAMES else each for each in visible(name))
    kept = shown.encode()[:LONGEST_NAME].decode(errors="ignore")
    return f"{visible(kept).strip(' .')}.{kind.lower()}"


def _with_texts(frame: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    """The table with each cell and each label changed that is no number."""
    columns = (frame.iloc[:, i] for i in range(frame.shape[1]))
    changed = [each if is_numeric_dtype(each) else each.map(change) for each in columns]
    return (pd.concat(changed, axis=1) if changed else frame).rename(index=change, columns=change)


def _shown(cell: Any) -> Any:
    return visible(cell) if isinstance(cell, str) and cell else cell


def as_csv(frame: pd.DataFrame) -> bytes:
    """The table for a spreadsheet, which runs text that begins like a formula: such text gets an apostrophe in front."""
    return _with_texts(frame, _as_text).to_csv().encode()


def _as_text(cell: Any) -> Any:
    """A cell or a label that no spreadsheet takes for a formula. "+0.5" is a number, "+x" a token of a reader's text."""
    shown = _shown(cell)
    if not isinstance(shown, str) or not shown.startswith(FORMULA):
        return shown
    try:
        float(shown)
    except ValueError:
        return f"'{shown}"
    return shown


def as_json(name: str, frame: pd.DataFrame) -> bytes:
    """{"name", "rows", "columns", "values"}: `values` row by row, every number with all its digits.

    A label of several parts is a list of them. JSON knows no infinity and no NaN: ±∞ (a blocked
    score) becomes "Infinity" or "-Infinity", a number that is not there null.
    """
    columns = [frame.iloc[:, i].tolist() for i in range(frame.shape[1])]
    table = {
        "name": _plain(name),
        "rows": [_plain(label) for label in frame.index],
        "columns": [_plain(label) for label in frame.columns],
        "values": [[_plain(cell) for cell in row] for row in zip(*columns, strict=True)],
    }
    return json.dumps(table, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """A cell or a label as JSON can say it."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value if value is None or isinstance(value, bool | int | float) else _shown(str(value))


def matrix_frame(values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """A matrix as a table, at full precision."""
    return pd.DataFrame(values, index=list(map(_shown, rows)), columns=list(map(_shown, columns)))
