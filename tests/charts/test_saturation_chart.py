"""The two charts of ÷ √d: valid, drawn from the numbers they are given, in the colours that are meant."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.export import as_spec, as_svg, on_paper
from attention_core.charts.saturation import (
    PLAIN,
    SCALED,
    sharpness,
    sizes_frame,
    spread,
)

D_HEADS = (4, 16, 64)
FRAME = sizes_frame(D_HEADS, np.array([4.1, 15.8, 64.3]), np.array([1.0, 0.9, 1.1]), chosen=16)


def test_a_frame_has_two_rows_for_every_size() -> None:
    rows = FRAME.to_numpy().tolist()
    assert rows[:2] == [[4, PLAIN, 4.1, False], [16, PLAIN, 15.8, True]]
    assert rows[3:5] == [[4, SCALED, 1.0, False], [16, SCALED, 0.9, True]]
    assert len(rows) == 2 * len(D_HEADS)


def test_a_frame_names_the_numbers_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="3 sizes, but 2 and 2 values"):
        sizes_frame(D_HEADS, np.ones(2), np.ones(2))


@pytest.mark.parametrize("chart", [spread, sharpness])
def test_a_chart_is_valid_survives_json_and_brings_no_data(chart) -> None:
    spec = chart().to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert not {"data", "config"} & set(as_spec(chart()))


@pytest.mark.parametrize("chart", [spread, sharpness])
def test_every_size_is_a_dot_and_the_chosen_ones_are_larger(chart) -> None:
    svg = ET.fromstring(as_svg(on_paper(chart(), FRAME)))
    dots = [node for node in svg.iter() if node.get("aria-roledescription") == "circle"]
    assert len(dots) == len(FRAME)
    assert len({dot.get("d") for dot in dots}) == 2
    colours = {PLAIN: ROLE_COLOURS["none"], SCALED: ROLE_COLOURS["weights"]}
    drawn = sorted(str(dot.get("fill")) for dot in dots)
    assert drawn == sorted(colours[name] for name in FRAME["scores"])
