"""The chart of one sentence against many: a dot for each head that has both numbers, the chosen one on top."""

import json

import numpy as np
import pytest

from attention_core.charts.export import as_spec
from attention_core.charts.one_against_many import CHOSEN, heads_frame, on_paper, one_against_many

NAMES = ["layer 0 · head 0", "layer 0 · head 1", "layer 0 · head 2"]
FRAME = heads_frame(NAMES, np.array([0.1, 0.2, np.nan]), np.array([0.3, 0.4, 0.5]), 0)


def test_a_head_without_a_number_has_no_dot_and_the_chosen_one_comes_last():
    assert FRAME["head"].tolist() == [NAMES[1], NAMES[0]]
    assert FRAME["which"].tolist()[-1] == CHOSEN
    with pytest.raises(ValueError, match="3 names"):
        heads_frame(NAMES, np.zeros(3), np.zeros(2))


def test_the_specification_is_valid_and_ships_without_data():
    spec = as_spec(one_against_many())
    assert json.loads(json.dumps(spec)) == spec
    assert "datasets" not in spec
    fields = [layer["encoding"][axis]["field"] for layer in spec["layer"] for axis in ("x", "y")]
    assert fields == ["ends", "ends", "many", "one"]


def test_on_paper_it_carries_its_data_and_title():
    drawn = on_paper(FRAME, "A title").to_dict()
    assert drawn["title"] == "A title"
    assert [row["head"] for row in next(iter(drawn["datasets"].values()))] == [NAMES[1], NAMES[0]]
