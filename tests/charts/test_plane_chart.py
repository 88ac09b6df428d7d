"""The chart of a plane: a row for each mark, equal units, arrows that point where they should."""

import json
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import altair as alt
import numpy as np
import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.export import as_png, as_svg
from attention_core.charts.plane import AIR, SIDE, plane_chart, plane_frame

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())
NAMES = ["a", "<b>", "the", "the"]
XS, YS = [1, 0, -2.5, 2], [1, -2, 0, 0]
ROLES = ["query", "key", None, None]
STARTS = np.array([(0, 0), (0, 0), (0, 0), (np.nan, np.nan)])


def chart() -> alt.LayerChart | alt.FacetChart:
    return plane_chart(plane_frame(NAMES, XS, YS, ROLES, STARTS), "Four marks", "first", "second")


def records() -> list[dict]:
    return chart().to_dict()["data"]["values"]


def test_a_frame_has_a_row_for_every_mark() -> None:
    frame = plane_frame(NAMES, XS, YS)
    assert frame.to_numpy().tolist() == [list(row) for row in zip(NAMES, XS, YS, strict=True)]


@pytest.mark.parametrize(
    "parts", [([1], YS), (XS, [1]), (XS, YS, ["key"]), (XS, YS, ROLES, STARTS[:2])]
)
def test_a_frame_names_the_numbers_that_do_not_fit(parts: tuple) -> None:
    with pytest.raises(ValueError, match="4 names need as many of each"):
        plane_frame(NAMES, *parts)


def test_the_chart_is_valid_and_survives_json() -> None:
    spec = chart().to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert spec["title"] == "Four marks"


def test_both_axes_have_the_same_units_and_hold_every_mark() -> None:
    spec = chart().to_dict()
    assert spec["width"] == spec["height"] == SIDE
    for layer in spec["layer"]:
        x, y = layer["encoding"]["x"], layer["encoding"]["y"]
        assert (
            x["scale"]["domain"] == y["scale"]["domain"] == pytest.approx([-2.5 * AIR, 2.5 * AIR])
        )
        assert (x["title"], y["title"]) == ("first", "second")


def test_heads_turn_clockwise_from_up() -> None:
    assert [row["turn"] for row in records()[:3]] == pytest.approx([45, 180, -90])
    assert [row["arrow"] for row in records()] == [True, True, True, False]
    assert records()[3]["turn"] is None


def test_every_mark_is_drawn_once_and_named_literally() -> None:
    svg = ET.fromstring(as_svg(chart()))
    kinds = [node.get("aria-roledescription") for node in svg.iter()]
    assert (kinds.count("rule mark"), kinds.count("point"), kinds.count("circle")) == (3, 3, 1)
    written = [node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(text for text in written if text in NAMES) == sorted(NAMES)


def test_a_frame_without_roles_and_starts_is_drawn_as_dots() -> None:
    assert as_png(plane_chart(plane_frame(NAMES, XS, YS), "Dots")).startswith(b"\x89PNG")
    assert as_svg(plane_chart(plane_frame([], [], []), "Nothing"))
    assert as_svg(plane_chart(plane_frame(["a"], [0], [np.float32(0)]), "At zero"))


def test_a_downloaded_plane_has_the_colours_of_the_screen() -> None:
    theme = CONFIG["theme"]["light"]
    colours = {"query": "blue", "key": "orange", "value": "green", "weights": "violet", "output": "red"}  # fmt: skip
    for role, colour in colours.items():
        assert ROLE_COLOURS[role] == theme[f"{colour}Color"]
    assert ROLE_COLOURS["none"] == theme["textColor"]
