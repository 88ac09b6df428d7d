"""A picture of any matrix to take away: its own axes, colours up to its largest value, nothing where there is no number."""

import numpy as np

from attention_core.charts.export import as_png, as_svg
from attention_core.charts.heatmap import heatmap
from tests.charts.pictures import texts

LAYERS, HEADS = ["0", "1"], ["0", "1", "2"]
ENTROPY = np.array([[3.5, 0.5, 1.0], [2.0, np.nan, 0.0]])


def picture(values: np.ndarray = ENTROPY):
    return heatmap(
        values,
        LAYERS,
        HEADS,
        title="Entropy: <b>model</b>",
        meaning="bits",
        row_title="layer",
        column_title="head",
    )


def test_colours_run_to_the_largest_value_and_the_axes_have_their_names():
    spec = picture().to_dict(validate=True)
    encoding = spec["layer"][0]["encoding"]
    assert (encoding["y"]["title"], encoding["x"]["title"]) == ("layer", "head")
    assert encoding["color"]["scale"]["domain"] == [0, 3.5]
    assert [each["title"] for each in encoding["tooltip"]] == ["layer", "head", "bits"]


def test_negative_values_are_coloured_alike_on_both_sides_of_zero():
    scale = picture(ENTROPY - 1).to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert (scale["domain"][0], scale["domain"][-1]) == (-2.5, 2.5)


def test_without_any_number_there_is_still_a_picture():
    scale = picture(np.full((2, 3), np.nan)).to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == [0, 1]


def test_it_becomes_files_and_its_title_is_literal():
    assert as_png(picture()).startswith(b"\x89PNG")
    assert "Entropy: <b>model</b>" in texts(as_svg(picture()))
