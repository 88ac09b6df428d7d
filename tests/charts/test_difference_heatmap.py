"""A picture of differences: zero is paper, the same distance from it is the same strength, and it becomes a file."""

import json

import numpy as np
import pytest

from attention_core.charts.colours import BLOCKED
from attention_core.charts.export import as_png, as_svg
from attention_core.charts.heatmap import MOST_CELLS, OCHRE_TO_PETROL, heatmap
from tests.charts.pictures import cells, texts
from tests.ui.theme import CONFIG

QUERIES, KEYS = ["0 a", "1 <b>"], ["0 x", "1 y", "2 z"]
DIFFERENCE = np.array([[0.0, 0.5, -0.5], [0.1, -0.1, 0.0]])
ALLOWED = np.array([[True, True, True], [True, True, False]])


def picture(values: np.ndarray = DIFFERENCE, allowed: np.ndarray | None = ALLOWED):
    return heatmap(
        values, QUERIES, KEYS, title="B − A", meaning="difference", allowed=allowed, signed=True
    )


def rgb(colour: str) -> tuple[int, ...]:
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return tuple(int(part) for part in colour[4:-1].split(","))


def test_it_is_valid_and_its_scale_is_symmetric_around_paper():
    spec = picture().to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    np.testing.assert_allclose(scale["domain"], -np.array(scale["domain"])[::-1])
    assert scale["domain"][0] == -0.5 and scale["domain"][5] == 0
    assert scale["range"][5] == "#ffffff"


def test_each_cell_wears_the_colour_of_its_difference():
    drawn = {rgb(colour): n for colour, n in cells(as_svg(picture())).items()}
    for colour in (OCHRE_TO_PETROL[0], OCHRE_TO_PETROL[-1], "#ffffff", BLOCKED):
        assert drawn[rgb(colour)] == 1, colour
    # ±0.1 of ±0.5: exactly the colours next to paper
    assert drawn[rgb(OCHRE_TO_PETROL[4])] == drawn[rgb(OCHRE_TO_PETROL[6])] == 1


def test_it_has_the_colours_of_the_screen():
    on_screen = CONFIG["theme"]["light"]["chartDivergingColors"]
    assert [colour for colour in OCHRE_TO_PETROL if colour != "#ffffff"] == on_screen


@pytest.mark.parametrize("values", [np.zeros((2, 3)), DIFFERENCE])
def test_it_becomes_a_png_and_an_svg_with_literal_labels(values: np.ndarray):
    assert as_png(picture(values)).startswith(b"\x89PNG")
    assert {"1 <b>", "B − A", "difference"} <= set(texts(as_svg(picture(values, None))))


def test_nothing_allowed_is_a_picture_too():
    assert as_svg(picture(DIFFERENCE, np.zeros((2, 3), dtype=bool)))


def test_too_many_cells_are_refused():
    n = int(MOST_CELLS**0.5) + 1
    names = [str(i) for i in range(n)]
    with pytest.raises(ValueError, match="too many for a picture"):
        heatmap(np.zeros((n, n)), names, names, title="B − A", signed=True)
