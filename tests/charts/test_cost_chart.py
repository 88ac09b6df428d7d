"""The cost of attention: valid charts, a line for each way, in the colours that are meant."""

import json

import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.cost import cost_frame, duration, memory
from attention_core.charts.export import as_spec, as_svg, on_paper

WHOLE, BLOCKS = "whole", "blocks"
FRAME = cost_frame(
    [WHOLE, BLOCKS, BLOCKS], [128, 128, 256], [0.001, 0.002, 0.004], [2_000_000, 500_000, 600_000]
)


def test_a_row_for_each_measurement_in_units_for_people():
    assert FRAME.to_dict("list") == {
        "way": [WHOLE, BLOCKS, BLOCKS],
        "tokens": [128, 128, 256],
        "ms": [1.0, 2.0, 4.0],
        "MB": [2.0, 0.5, 0.6],
    }


def test_measurements_of_different_number_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        cost_frame([WHOLE], [1, 2], [1.0, 2.0], [1, 2])


@pytest.mark.parametrize(("chart", "field"), ((memory, "MB"), (duration, "ms")))
def test_both_axes_are_powers_and_nothing_is_shipped_with_the_picture(chart, field):
    spec = as_spec(chart(WHOLE, BLOCKS))
    assert json.loads(json.dumps(spec)) == spec and "data" not in spec
    assert spec["encoding"]["y"]["field"] == field
    assert {spec["encoding"][axis]["scale"]["type"] for axis in "xy"} == {"log"}
    assert spec["encoding"]["color"]["legend"]["values"] == [WHOLE, BLOCKS]


def test_on_paper_the_whole_matrix_is_violet_and_the_blocks_are_plain():
    svg = as_svg(on_paper(memory(WHOLE, BLOCKS), FRAME)).decode()
    assert ROLE_COLOURS["weights"] in svg and ROLE_COLOURS["none"] in svg
    assert ROLE_COLOURS["query"] not in svg
