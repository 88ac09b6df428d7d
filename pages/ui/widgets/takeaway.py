"""The table twin of a picture, and the files to take away. Nothing is built before it is asked for."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.api.types import is_numeric_dtype
from streamlit import runtime
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

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
ICON = ":material/download:"
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
    pictures: dict[str, Callable[[], bytes]] = {}
    if (chart := numbers.chart) is not None:  # made when they are asked for
        pictures = {"PNG": lambda: as_png(chart()), "SVG": lambda: as_svg(chart())}
    names = {kind: file_name(numbers.name, kind) for kind in MIME}
    with st.container(horizontal=True):
        for kind, data in files.items():
            st.download_button(
                kind, data, names[kind], MIME[kind], f"{key}_{kind}", icon=ICON, on_click="ignore"
            )
        for kind, make in pictures.items():
            with st.container(width="content"):
                native_download(kind, make, names[kind], MIME[kind], key=f"{key}_{kind}")


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


@dataclass
class Making:
    """One file on its way: made by the first who calls, watched by the run of the page."""

    _make: Callable[[], bytes]
    _ended: Event = field(default_factory=Event)
    _died: bool = False

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


@st.fragment  # a click reruns this button alone: the file that another button has promised stays promised
def native_download(
    label: str, make: Callable[[], bytes], file_name: str, mime: str, *, key: str
) -> None:
    """A button that makes a file with a native library, and says below if that could not be done."""
    slot = f"{key}_making"
    asked_for = st.session_state.get(slot)  # what the button of the run before makes
    # first, for a new button takes that promise back
    failed = st.session_state.get(key) and asked_for and not asked_for.went_well()
    st.session_state[slot] = making = Making(until_fetched(make, file_name, mime, key=key))
    st.download_button(label, making, file_name, mime, key=key, icon=ICON, on_click="rerun")
    if failed:
        st.text(CANNOT)


def until_fetched(
    make: Callable[[], bytes], file_name: str, mime: str, *, key: str
) -> Callable[[], bytes]:
    """The same file, still there when the browser fetches it. `key` is that of its button.

    Streamlit 1.67 counts a file made on a click as nobody's, and drops it at the end of the second run of any
    reader's page: in a class that is before the browser has asked for it. So the reader's session holds it.
    """
    session = get_script_run_ctx()

    def made() -> bytes:
        data = make()
        if session is not None and runtime.exists():
            hold = Thread(
                target=runtime.get_instance().media_file_mgr.add,
                args=(data, mime, f"{key}_made", file_name, True),
            )
            add_script_run_ctx(hold, session)  # whose file it is
            hold.start()
            hold.join()
        return data

    return made


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
