"""Charts are valid Vega-Lite that shows what was meant, and become real pictures without a browser."""

import json
import re
import struct
from typing import Any

import altair as alt
import numpy as np
import pytest

from attention_core.attention import attention
from attention_core.charts.colours import BLOCKED, PAPER_TO_WEIGHTS
from attention_core.charts.export import as_png, as_spec, as_svg
from attention_core.charts.heatmap import MOST_CELLS, heatmap, heatmap_frame
from attention_core.charts.products import products, products_frame
from tests.charts.pictures import cells, texts

QUERIES = ["0 the", "1 <b>", "2 the"]
KEYS = ["0 a", "1 a", "2 &amp;", "3 **d**"]
# the first query may look only at the last key: the columns must still stand in order
MASK = np.array([[0, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], dtype=bool)
WEIGHTS = MASK / MASK.sum(axis=1, keepdims=True)


def picture(mask: np.ndarray | None = MASK) -> alt.LayerChart | alt.FacetChart:
    return heatmap(WEIGHTS, QUERIES, KEYS, title="layer 3 · head 1", allowed=mask, high=1.0)


def bars() -> alt.Chart:
    return products().properties(
        data=products_frame(np.array([1.0, 2, -3]), np.array([4.0, -5, 6]))
    )


def records(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return spec["data"]["values"]


@pytest.mark.parametrize("chart", [picture, products, bars])
def test_a_chart_is_valid_and_survives_json(chart):
    spec = chart().to_dict(validate=True)
    again = json.loads(json.dumps(spec, allow_nan=False))
    assert again == spec
    assert alt.Chart.from_dict(again).to_dict()["title"] == spec["title"]


@pytest.mark.parametrize("chart", [picture, products])
def test_a_spec_for_the_page_brings_no_data_and_no_theme(chart):
    spec = as_spec(chart())
    assert not {"data", "datasets", "config", "$schema"} & set(spec)
    assert not any("data" in layer for layer in spec.get("layer", []))
    assert "title" in spec


def test_a_heatmap_has_a_row_for_every_cell():
    frame = heatmap_frame(WEIGHTS, QUERIES, KEYS, MASK)
    assert len(frame) == len(QUERIES) * len(KEYS)
    for i, row in frame.iterrows():
        q_pos, k_pos = divmod(i, len(KEYS))
        expected = (QUERIES[q_pos], KEYS[k_pos], WEIGHTS[q_pos, k_pos], MASK[q_pos, k_pos])
        assert tuple(row) == expected


def test_without_a_mask_every_cell_is_allowed():
    assert heatmap_frame(WEIGHTS, QUERIES, KEYS)["allowed"].all()


def test_rows_ask_and_columns_offer():
    spec = picture().to_dict()
    assert len(records(spec)) == WEIGHTS.size
    for layer in spec["layer"]:
        x, y = layer["encoding"]["x"], layer["encoding"]["y"]
        assert (x["field"], x["title"], x["sort"]) == ("key", "key (offers)", KEYS)
        assert (y["field"], y["title"], y["sort"]) == ("query", "query (asks)", QUERIES)
    colour = spec["layer"][0]["encoding"]["color"]
    assert colour["field"] == "weight"
    assert colour["scale"] == {
        "domain": [0, 1],
        "range": list(PAPER_TO_WEIGHTS),
        "interpolate": "rgb",
    }
    assert spec["layer"][1]["mark"] == {"type": "rect", "color": BLOCKED}


def test_the_picture_keeps_the_order_of_the_tokens_whatever_the_mask_allows():
    written = texts(as_svg(picture()))
    assert [text for text in written if text in KEYS] == KEYS
    assert [text for text in written if text in QUERIES] == QUERIES


def test_a_blocked_cell_is_grey_and_never_the_colour_of_nothing():
    assert cells(as_svg(picture()))[BLOCKED] == (~MASK).sum()
    assert cells(as_svg(picture(None)))[BLOCKED] == 0
    assert cells(as_svg(picture())).total() == cells(as_svg(picture(None))).total() == MASK.size


def test_where_there_is_no_number_the_cell_is_grey_and_the_picture_is_there():
    lost = np.where(MASK, np.nan, WEIGHTS)
    for signed in (False, True):
        drawn = heatmap(
            lost, QUERIES, KEYS, title="no numbers", allowed=MASK, high=1.0, signed=signed
        )
        assert cells(as_svg(drawn))[BLOCKED] == MASK.size
        assert as_png(drawn).startswith(b"\x89PNG")


def test_what_a_reader_typed_is_only_ever_text_in_an_svg():
    svg = as_svg(picture())
    assert {"1 <b>", "2 &amp;", "3 **d**", "layer 3 · head 1"} <= set(texts(svg))
    assert b"<b>" not in svg
    hostile = heatmap(np.ones((1, 1)), ["<script>"], ["]]>"], title='"><script>x</script>')
    assert b"<script" not in as_svg(hostile)


@pytest.mark.parametrize("chart", [picture, bars])
def test_pictures_are_real(chart):
    svg, small, large = as_svg(chart()), as_png(chart(), scale=1.0), as_png(chart())
    assert chart().to_dict()["title"] in texts(svg)
    sizes = [struct.unpack(">II", png[16:24]) for png in (small, large)]
    assert all(png.startswith(b"\x89PNG\r\n\x1a\n") for png in (small, large))
    assert sizes[1] == tuple(2 * side for side in sizes[0])


def test_one_token_is_a_picture_too():
    chart = heatmap(np.ones((1, 1)), ["0 One"], ["0 One"], title="one")
    assert len(records(chart.to_dict())) == 1
    assert texts(as_svg(chart)).count("0 One") == 2


def test_more_cells_than_altair_s_own_limit_are_drawn():
    names = [str(i) for i in range(72)]
    chart = heatmap(np.full((72, 72), 1 / 72), names, names, title="72 × 72 > 5,000")
    assert len(records(chart.to_dict())) == 5184


def test_more_cells_than_anyone_can_read_are_refused():
    side = int(MOST_CELLS**0.5)
    names = [str(i) for i in range(side + 1)]
    with pytest.raises(ValueError, match="65,792 cells are too many for a picture"):
        heatmap(np.ones((side, side + 1)), names[:side], names, title="too large")


@pytest.mark.parametrize("queries", [["the", "cat", "the"], ["the", "cat"]])
def test_rows_that_would_be_drawn_as_one_are_refused(queries):
    with pytest.raises(ValueError, match=re.escape("(3, 4) weights need as many different labels")):
        heatmap_frame(WEIGHTS, queries, KEYS)


def test_the_products_add_up_to_the_score():
    rng = np.random.default_rng(0)
    q, k = rng.standard_normal((2, 1, 32)).astype(np.float32)
    frame = products_frame(q[0], k[0])
    assert frame["product"].sum() == pytest.approx(attention(q, k, k).scores[0, 0], rel=1e-5)
    assert frame["dimension"].tolist() == list(range(32))
    np.testing.assert_array_equal(frame["q"], q[0])
    np.testing.assert_array_equal(frame["k"], k[0])


def test_a_bar_stands_for_one_dimension():
    spec = bars().to_dict()
    (rows,) = spec["datasets"].values()
    assert [row["product"] for row in rows] == [4, -10, -18]
    encoding = spec["encoding"]
    assert spec["mark"] == {"type": "bar"}
    assert (encoding["x"]["field"], encoding["x"]["type"]) == ("dimension", "ordinal")
    assert (encoding["y"]["field"], encoding["y"]["title"]) == ("product", "q × k")
    assert encoding["color"]["scale"] == {"domainMid": 0}
