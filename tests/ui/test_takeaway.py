"""What can be taken away from any picture: CSV and JSON with every digit, PNG and SVG where there is a chart."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest

from pages.ui.widgets import takeaway
from pages.ui.widgets.component import OPEN
from pages.ui.widgets.takeaway import as_csv, as_json, matrix_frame, until_fetched


def table(frame: pd.DataFrame) -> dict:
    return json.loads(as_json("a picture", frame))


def test_json_keeps_every_digit_and_names_rows_and_columns():
    values = np.random.default_rng(1).random((2, 3)) ** 20
    found = table(matrix_frame(values, ["0 <script>", "1 🙂"], ["x", "y", "z"]))
    assert found["name"] == "a picture"
    assert found["rows"] == ["0 <script>", "1 🙂"] and found["columns"] == ["x", "y", "z"]
    np.testing.assert_array_equal(found["values"], values)


def test_json_of_single_precision_reads_back_as_the_same_number():
    values = np.random.default_rng(2).random((2, 2)).astype(np.float32)
    found = table(matrix_frame(values, ["a", "b"], ["c", "d"]))
    np.testing.assert_array_equal(np.array(found["values"], np.float32), values)


def test_labels_of_several_parts_become_lists():
    parts = {"q": matrix_frame(np.eye(2), ["a", "b"], ["0", "1"])}
    tall = table(pd.concat(parts | {"k": parts["q"] * 2}))
    assert tall["rows"] == [["q", "a"], ["q", "b"], ["k", "a"], ["k", "b"]]
    assert tall["values"][3] == [0, 2]
    wide = table(pd.concat(parts | {"k": parts["q"] * 2}, axis=1))
    assert wide["columns"] == [["q", "0"], ["q", "1"], ["k", "0"], ["k", "1"]]


def test_what_json_cannot_say_is_said_in_words():
    frame = pd.DataFrame(
        {"score": [-np.inf, np.inf, np.nan], "n": [1, 2, 3], "by": ["a", None, "b"]}
    )
    found = table(frame)
    assert found["values"] == [["-Infinity", 1, "a"], ["Infinity", 2, None], [None, 3, "b"]]
    assert found["rows"] == [0, 1, 2]


def test_columns_of_the_same_name_and_an_empty_frame_survive():
    twice = pd.DataFrame([[1, 2.5]], index=["r"], columns=["c", "c"])
    assert table(twice)["values"] == [[1, 2.5]]
    empty = table(pd.DataFrame(index=["r"]))
    assert empty["rows"] == ["r"] and empty["columns"] == []


def pictures() -> None:
    import numpy as np

    from pages.ui.widgets.figure import Figure
    from pages.ui.widgets.takeaway import Numbers, matrix_frame, table_twin

    weights = np.array([[0.25, 0.75]])
    Figure("W", weights, ["q"], ["x", "y"], heading="ours", note="<b>").draw("w")
    Figure("D", weights - 0.5, ["q"], ["x", "y"], role="diverging").draw("d")
    Figure("To guess", weights, ["q"], ["x", "y"]).draw("guess", has_files=False)
    whole = Numbers("All of it", lambda: matrix_frame(weights, ["q"], ["x", "y"]))
    Figure("A part", weights[:, :1], ["q"], ["x"], whole=whole).draw("part")
    table_twin("T", lambda: matrix_frame(weights, ["q"], ["x", "y"]), key="t")


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ({OPEN: "w"}, ["CSV", "JSON", "PNG", "SVG"]),
        ({OPEN: "d"}, ["CSV", "JSON", "PNG", "SVG"]),
        ({OPEN: "guess"}, []),
        ({OPEN: "part"}, ["CSV", "JSON"]),
        ({"t": True}, ["CSV", "JSON"]),
        ({}, []),
    ],
)
def test_numbers_open_from_the_corner_or_below_and_pictures_where_there_are_any(state, kinds):
    app = AppTest.from_function(pictures, default_timeout=30)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    assert [button.label for button in app.get("download_button")] == kinds
    sent = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    assert [each.get("files") is not None for each in sent] == [True, True, False, True]
    assert [each.value.shape for each in app.dataframe] == [(1, 2)] * bool(kinds)
    assert (sent[0]["heading"], sent[0]["note"], sent[0]["label"]) == ("ours", "<b>", "W")


def test_a_file_made_on_a_click_outlives_the_runs_of_other_readers(monkeypatch):
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=files))

    def clicked(make: Callable[[], bytes]) -> str:
        """Where the browser is told to fetch the file."""
        url = files.execute_deferred(files.add_deferred(make, "text/plain", "x", "a.txt"))
        return Path(url).stem

    reader = SimpleNamespace(session_id="a reader")
    monkeypatch.setattr(takeaway, "get_script_run_ctx", lambda: reader)
    held = clicked(until_fetched(lambda: b"held", "a.txt", "text/plain", key="button"))
    lost = clicked(lambda: b"by Streamlit alone")
    files.remove_orphaned_files()  # as at the end of each run of any reader
    files.remove_orphaned_files()
    assert files.read_file(held).content == b"held" and files.read_file(lost) is None
    files.clear_session_refs("a reader")  # has left
    files.remove_orphaned_files()
    files.remove_orphaned_files()
    assert files.read_file(held) is None


def test_csv_runs_nothing_in_a_spreadsheet_and_keeps_every_digit():
    rows = ["=1+1", "@x", "0 =x", "+0.5", "-1e-07"]
    frame = matrix_frame(-np.random.default_rng(3).random((5, 2)) / 3, rows, ["-x", "\ty"])
    frame["token"] = ["=HYPERLINK(1)", "−1", "it's", "-", "+"]
    read = pd.read_csv(io.BytesIO(as_csv(frame)), index_col=0, dtype={"token": str})
    assert list(read.index) == ["'=1+1", "'@x", "0 =x", "+0.5", "-1e-07"]
    assert list(read.columns) == ["'-x", "⇥y", "token"]
    assert list(read["token"]) == ["'=HYPERLINK(1)", "−1", "it's", "'-", "'+"]
    np.testing.assert_array_equal(read.iloc[:, :2], frame.iloc[:, :2])


def test_csv_of_a_table_without_columns_or_with_labels_of_several_parts():
    parts = pd.concat({"=q": matrix_frame(np.eye(2), ["a", "b"], ["0", "0"])})
    assert as_csv(parts).decode().splitlines()[1] == "'=q,a,1.0,0.0"
    assert as_csv(pd.DataFrame(index=["=a"])).decode().splitlines()[1] == "'=a"
