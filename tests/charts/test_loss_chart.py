"""The loss of a training: a valid chart, a line for each, in the colours that are meant, never too many points."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from attention_core.charts.colours import ROLE_COLOURS
from attention_core.charts.export import as_spec, as_svg, on_paper
from attention_core.charts.loss import (
    BATCH,
    GUESS,
    HELD_OUT,
    LINES,
    MOST_POINTS,
    SHOWN,
    loss_curve,
    loss_frame,
)

FRAME = loss_frame(
    np.array([2.0, 1.5, 1.0, 0.5]), np.array([0, 2, 4]), np.array([2.1, 1.1, 0.4]), 2.05, shown=2
)


def test_a_frame_has_a_row_for_every_point_and_the_guess_spans_the_film():
    rows = {line: FRAME[FRAME["line"] == line] for line in (*LINES, SHOWN)}
    assert rows[BATCH][["step", "loss"]].to_numpy().tolist() == [[0, 2.0], [1, 1.5], [2, 1.0], [3, 0.5]]  # fmt: skip
    assert rows[HELD_OUT][["step", "loss"]].to_numpy().tolist() == [[0, 2.1], [2, 1.1], [4, 0.4]]
    assert rows[GUESS][["step", "loss"]].to_numpy().tolist() == [[0, 2.05], [4, 2.05]]
    assert rows[SHOWN]["step"].tolist() == [2]


def test_many_steps_are_thinned_and_none_at_all_still_has_a_guess():
    many = loss_frame(np.arange(2000.0), np.array([0, 2000]), np.ones(2), 1.0, shown=0)
    batch = many[many["line"] == BATCH]
    assert MOST_POINTS / 2 < len(batch) <= MOST_POINTS
    assert (batch["loss"] == batch["step"]).all()
    none = loss_frame(np.empty(0), np.array([0]), np.ones(1), 1.0, shown=0)
    assert none[none["line"] == GUESS]["step"].tolist() == [0, 1]


@pytest.mark.usefixtures("shapes_unchecked")
def test_frames_without_their_loss_are_named():
    with pytest.raises(ValueError, match="3 frames, but 2 losses"):
        loss_frame(np.ones(4), np.array([0, 2, 4]), np.ones(2), 1.0, shown=0)


def test_the_chart_is_valid_survives_json_and_brings_no_data():
    spec = loss_curve().to_dict(validate=True)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert not {"data", "config"} & set(as_spec(loss_curve()))


def test_every_line_is_drawn_in_its_colour_guessing_dashed_and_the_shown_step_upright():
    svg = ET.fromstring(as_svg(on_paper(loss_curve(), FRAME)))
    marks = [node for node in svg.iter() if node.get("aria-roledescription")]
    lines = [node for node in marks if node.get("aria-roledescription") == "line mark"]
    drawn = {(node.get("stroke"), node.get("stroke-dasharray")) for node in lines}
    grey, red = ROLE_COLOURS["none"], ROLE_COLOURS["output"]
    assert drawn == {(grey, "1,0"), (red, "1,0"), (grey, "4,4")}
    (upright,) = [node for node in marks if node.get("aria-roledescription") == "rule mark"]
    assert upright.get("aria-label") == "steps of training: 2; step shown: 2"
