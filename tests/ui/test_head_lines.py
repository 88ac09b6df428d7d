"""What the line view sends to the browser: lines in 8 bits, the chosen row exactly, and not too many bytes."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.ui.widgets.head_lines import (
    FAINTEST,
    MOST_LINES,
    colour_slots,
    lines_payload,
    pack_lines,
)

FREE = np.zeros((2, 3), dtype=bool)


def unpacked(packed: dict, shape: tuple[int, int, int]) -> np.ndarray:
    """The weights as head_lines.js reads them: 0 where there is no line."""
    kind = np.uint8 if shape[2] <= 256 else np.dtype("<u2")
    rows = (*shape[:2], packed["width"])
    ends = np.frombuffer(base64.b64decode(packed["ends"]), kind).reshape(rows)
    shades = np.frombuffer(base64.b64decode(packed["shades"]), np.uint8).reshape(rows)
    weights = np.zeros(shape)
    np.put_along_axis(weights, ends.astype(int), shades / 254, axis=2)
    return weights


def payload(weights: np.ndarray, **options: object) -> dict:
    n_heads, n_q, n_k = weights.shape
    given: dict = {
        "heads": range(n_heads), "queries": [str(q) for q in range(n_q)], "keys": [str(k) for k in range(n_k)],
        "label": "", "q_pos": 0, "k_pos": None, "blocked": None, "floor": 0.0,
    }  # fmt: skip
    return lines_payload(weights, **(given | options))


def test_a_hand_made_row_becomes_shades_at_its_keys() -> None:
    packed = pack_lines(np.array([[[0.5, 0.0, 0.5], [0.25, 0.75, 0.001]]]), FREE, 0.0)
    np.testing.assert_allclose(
        unpacked(packed, (1, 2, 3)) * 254, [[[127, 0, 127], [64, 190, 0]]], rtol=0, atol=1e-9
    )
    assert (packed["drawn"], packed["allowed"]) == ([4], 6)
    np.testing.assert_allclose([packed["mass"], packed["total"]], [[2.0], [2.001]])


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 9), st.sampled_from([1, 7, 40, 41, 90, 300]),
    st.floats(0.01, 5), st.integers(0, 99),
)  # fmt: skip
def test_unpacked_lines_equal_the_weights_to_one_shade(
    n_heads: int, n_q: int, n_k: int, spread: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(n_k, spread), (n_heads, n_q))
    shown = unpacked(pack_lines(weights, np.zeros((n_q, n_k), bool), 0.0), weights.shape)
    line = shown > 0
    assert np.abs(shown - weights)[line].max(initial=0) <= 1 / 254
    rank = (-weights).argsort(axis=2, kind="stable").argsort(axis=2, kind="stable")
    smallest_kept = np.sort(weights, axis=2)[:, :, -min(MOST_LINES, n_k)][:, :, None]
    assert (weights[line] >= np.broadcast_to(smallest_kept, weights.shape)[line]).all()
    must = (rank < MOST_LINES) & (weights > FAINTEST) & (weights > smallest_kept)
    assert line[must].all()
    assert line.sum(axis=2).max() <= MOST_LINES


def test_the_floor_and_the_mask_leave_no_line_and_are_counted() -> None:
    weights = np.array([[[0.3, 0.29, 0.41], [0.9, 0.1, 0.0]], [[1.0, 0, 0], [0.3, 0.3, 0.4]]])
    blocked = np.array([[False, False, False], [False, False, True]])
    packed = pack_lines(weights, blocked, 0.3)
    assert (unpacked(packed, (2, 2, 3)) > 0).tolist() == [
        [[True, False, True], [True, False, False]],
        [[True, False, False], [True, True, False]],
    ]
    assert (packed["drawn"], packed["allowed"]) == ([3, 3], 5)
    np.testing.assert_allclose(packed["total"], [2.0, 1.6])


def test_the_chosen_row_travels_exactly_and_blocked_keys_as_nan() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(5), (3, 4))
    blocked = np.zeros((4, 5), dtype=bool)
    blocked[2, 3:] = True
    sent = payload(weights, q_pos=2, blocked=blocked)
    exact = np.frombuffer(base64.b64decode(sent["exact"]), "<f8").reshape(3, 5)
    np.testing.assert_array_equal(exact[:, :3], weights[:, 2, :3])
    assert np.isnan(exact[:, 3:]).all()


@pytest.mark.parametrize(
    ("n", "n_heads", "most"),
    [(16, 1, 3e3), (128, 1, 25e3), (128, 12, 250e3), (512, 1, 130e3), (512, 12, 1.3e6)],
)
def test_what_travels_stays_small(n: int, n_heads: int, most: float) -> None:
    weights = np.random.default_rng(n).dirichlet(np.full(n, 0.2), (n_heads, n))
    assert len(json.dumps(payload(weights))) < most


def test_one_token_and_a_row_that_is_all_blocked() -> None:
    assert payload(np.ones((1, 1, 1)))["drawn"] == [1]
    sent = payload(np.zeros((1, 1, 2)), blocked=np.ones((1, 2), dtype=bool))
    assert (sent["drawn"], sent["total"], sent["allowed"]) == ([0], [0.0], 0)


@pytest.mark.parametrize("heads", [[0, 5, 11], [0, 12], [3, 15, 4, 16], list(range(30))])
def test_each_head_has_a_colour_of_its_own(heads: list[int]) -> None:
    slots = [slot for slot, _ in colour_slots(heads)]
    assert len(set(slots)) == len(heads)
    assert slots[0] == heads[0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"keys": ["a"]}, r"\(2, 3, 4\).* 2 .* 3 .* 1 "),
        ({"heads": [1, 1]}, r"\[1, 1\]"),
        ({"q_pos": 3}, " 3 .* None .* 3 .* 4"),
        ({"k_pos": -1}, " -1 "),
        ({"blocked": np.zeros((4, 3), dtype=bool)}, r"\(4, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_sizes(options: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        payload(np.full((2, 3, 4), 0.25), **options)


@pytest.mark.parametrize("wrong", [np.nan, -0.5, 3.0])
def test_only_weights_are_taken(wrong: float) -> None:
    with pytest.raises(ValueError, match=r" 0 .* 1"):
        payload(np.full((1, 2, 2), wrong))


def lines_page() -> None:
    import numpy as np

    from pages.ui.widgets.head_lines import head_lines

    head_lines(
        np.full((2, 1, 2), 0.5),
        key="lines",
        heads=[4, 1],
        queries=["0 <b>it</b>"],
        keys=["0 **a**", "1 b"],
        label="Two heads.",
        q_pos=0,
        k_pos=1,
        on_pick=lambda q, k: None,
    )


def test_tokens_travel_literally() -> None:
    app = AppTest.from_function(lines_page, default_timeout=30).run()
    assert not app.exception
    sent = json.loads(app.get("bidi_component")[0].proto.json)
    assert (sent["queries"], sent["keys"]) == (["0 <b>it</b>"], ["0 **a**", "1 b"])
    assert (sent["heads"], sent["q"], sent["k"], sent["label"]) == ([4, 1], 0, 1, "Two heads.")
