"""What the three components send to the browser: the numbers, exactly, and not too many bytes."""

import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Emphasis, Figure
from pages.ui.widgets.packing import STEPS, limits, pack, pack_thumbnails


def payload(app: AppTest, index: int = 0) -> dict:
    assert not app.exception
    return json.loads(app.get("bidi_component")[index].proto.json)


def floats(packed: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["values"]), "<f8")


def matrix_page() -> None:
    import numpy as np

    from pages.ui.widgets.figure import Figure

    values = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, -np.inf]])
    Figure(
        "Two queries, three keys.",
        values,
        rows=["0 <script>alert(1)</script>", "1 **it**"],
        columns=["0 a", "1 b", "2 c"],
        cell=(1, 0),
    ).draw("weights", on_pick=lambda row, column: None)
    Figure("", values - 0.5, rows="ab", columns="xyz", role="query").draw("scores")


def test_matrix_sends_exact_numbers_and_literal_labels() -> None:
    sent = payload(AppTest.from_function(matrix_page, default_timeout=30).run())
    expected = [0.2, 0.3, 0.5, 1.0, 0.0, np.nan]
    np.testing.assert_array_equal(floats(sent), expected)
    assert sent["rows"][0] == "0 <script>alert(1)</script>"
    assert (sent["low"], sent["high"], sent["cell"]) == (0.0, 1.0, [1, 0])
    assert sent["pick"] and sent["blocked"]


def test_signed_matrix_is_symmetric_and_view_only() -> None:
    sent = payload(AppTest.from_function(matrix_page, default_timeout=30).run(), 1)
    assert (sent["low"], sent["high"], sent["pick"]) == (-0.5, 0.5, False)


def lost_page() -> None:
    import numpy as np

    from pages.ui.widgets.figure import Figure

    values = np.array([[np.nan, np.nan, 0.5], [0.25, np.nan, -np.inf]])
    blocked = np.array([[False, True, False], [False, False, False]])
    for key, forbidden in (("some", blocked), ("none", np.isnan(values))):
        Figure(key, values, rows="ab", columns="xyz", blocked=forbidden).draw(key)


def test_matrix_tells_what_is_no_number_from_what_is_blocked() -> None:
    app = AppTest.from_function(lost_page, default_timeout=30).run()
    sent = payload(app)
    bits = np.unpackbits(np.frombuffer(base64.b64decode(sent["lost"]), np.uint8))[:6]
    assert bits.tolist() == [1, 0, 0, 0, 1, 0]
    assert sent["blocked"]
    assert payload(app, 1)["lost"] is None and payload(app, 1)["blocked"]


def test_matrix_names_sizes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\).* 1 .* 3 "):
        Figure("", np.zeros((2, 3)), rows="a", columns="xyz").draw("m")


@pytest.mark.parametrize(
    ("emphasis", "row", "complaint"),
    [
        (Emphasis(floor=1.0), 0, r" 1\.0 .* 0 .* 1\.0"),
        (Emphasis(floor=0.0), 0, r" 0\.0 .* 0 .* 1\.0"),
        (Emphasis(floor=0.1), 0, r" 0 .* -0\.5"),
        (Emphasis(marks=[2, 3]), 0, r"\[2, 3\].* 3 "),
        (Emphasis(marks=[1]), None, r"\[1\].* 0 "),
    ],
)
def test_emphasis_that_does_not_fit_is_refused(
    emphasis: Emphasis, row: int | None, complaint: str
) -> None:
    values = np.array([[0.2, 0.3, -0.5]])
    with pytest.raises(ValueError, match=complaint):
        Figure("", values, rows="a", columns="xyz", row=row, emphasis=emphasis).draw("m")


@pytest.mark.parametrize("n", [33, 128])
def test_many_numbers_travel_as_16_bits(n: int) -> None:
    values = np.random.default_rng(n).normal(size=(n, n))
    future = np.triu(np.ones((n, n), dtype=bool), 1)
    packed = pack(values, future)
    steps = np.frombuffer(base64.b64decode(str(packed["values"])), "<u2").reshape(n, n)
    start, end = np.array(packed["range"])
    assert (steps == STEPS + 1).tolist() == future.tolist()
    decoded = start + steps[~future] / STEPS * (end - start)
    np.testing.assert_allclose(decoded, values[~future], atol=(end - start) / STEPS)
    assert len(json.dumps(packed)) < 50_000


def test_all_blocked_and_constant_matrices_pack() -> None:
    everything = np.ones((40, 40), dtype=bool)
    assert pack(np.full((40, 40), -np.inf), everything)["range"] == [0.0, 0.0]
    assert pack(np.full((40, 40), 3.0), ~everything)["range"] == [3.0, 3.0]


def test_limits_default_to_the_scale_of_the_role() -> None:
    seen = np.array([-3.0, 2.0])
    assert limits(seen, False, None, None) == (0.0, 1.0)
    assert limits(seen, True, None, None) == (-3.0, 3.0)
    assert limits(seen, True, None, 5.0) == (-3.0, 5.0)
    assert limits(np.array([]), True, None, None) == (-1.0, 1.0)
    with pytest.raises(ValueError, match=r" 2\.0 .* 1\.0"):
        limits(seen, False, 2.0, None)


def test_thumbnails_keep_a_lone_strong_weight() -> None:
    weights = np.zeros((12, 128, 100))
    weights[3, 127, 99] = 1.0
    future = np.triu(np.ones((128, 100), dtype=bool), 1)
    packed = pack_thumbnails(weights, future)
    assert packed["shape"] == [12, 64, 50]
    shades = np.frombuffer(base64.b64decode(str(packed["weights"])), np.uint8).reshape(12, 64, 50)
    assert shades[3, 63, 49] == 254
    assert shades[0, 0, 1] == 255 and shades[0, 1, 0] == 0


def heads_page() -> None:
    import numpy as np

    from pages.ui.widgets.head_grid import head_grid

    head_grid(
        np.eye(4)[None].repeat(2, 0), key="heads", selected=1, label="", on_pick=lambda h: None
    )


def test_head_grid_sends_one_byte_a_weight() -> None:
    sent = payload(AppTest.from_function(heads_page, default_timeout=30).run())
    assert (sent["shape"], sent["selected"]) == ([2, 4, 4], 1)
    assert base64.b64decode(sent["weights"])[:5] == bytes([254, 0, 0, 0, 0])


def breakdown_page() -> None:
    from pages.ui.widgets.breakdown import Column, breakdown

    weight = Column("weight", ["0.8000", "0.2000"], "weights", [0.8, 0.2])
    breakdown(
        [Column("score", ["1.39", "0.00"]), weight],
        key="softmax",
        row_labels=["0 <b>it</b>", "1 on"],
        selected=0,
        footer=["sum", "", "1.0000"],
        label="Softmax of the row",
    )


def test_breakdown_sends_texts_as_they_are() -> None:
    sent = payload(AppTest.from_function(breakdown_page, default_timeout=30).run())
    assert sent["rows"] == ["0 <b>it</b>", "1 on"]
    assert [column["cells"] for column in sent["columns"]] == [
        ["1.39", "0.00"],
        ["0.8000", "0.2000"],
    ]
    assert sent["footer"] == ["sum", "", "1.0000"]


def test_breakdown_refuses_a_column_that_is_too_short() -> None:
    with pytest.raises(ValueError, match=r"'weight' .* 2 "):
        breakdown([Column("weight", ["1"])], key="b", row_labels=["a", "b"], label="")


def strong_page() -> None:
    from pages.ui.widgets.breakdown import Column, breakdown

    columns = [Column("plain", ["1", "2"]), Column("told", ["1", "2"], strong=[False, True])]
    breakdown(columns, key="t", row_labels=["a", "b"], label="")


def test_a_table_says_which_cells_catch_the_eye() -> None:
    plain, told = payload(AppTest.from_function(strong_page, default_timeout=30).run())["columns"]
    assert plain["strong"] is None and told["strong"] == [False, True]
    with pytest.raises(ValueError, match=r"'x' .* 1 "):
        breakdown([Column("x", ["1"], strong=[True, False])], key="u", row_labels=["a"], label="")
