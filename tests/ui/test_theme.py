"""The five colours of meaning can be read as text, in both themes."""

import pytest

from attention_core.charts.colours import PAPER_TO_WEIGHTS
from tests.ui.theme import CONFIG

MODES = ["light", "dark"]


def luminance(colour: str) -> float:
    """WCAG relative luminance of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["blue", "orange", "green", "violet", "red", "gray"])
def test_meaning_colours_have_contrast(mode: str, name: str) -> None:
    theme = CONFIG["theme"][mode]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    for ground in [*grounds, theme[f"{name}BackgroundColor"]]:
        assert contrast(theme[f"{name}TextColor"], ground) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_scales_begin_at_paper_and_move_away_from_it(mode: str) -> None:
    theme = CONFIG["theme"][mode]
    paper = theme["backgroundColor"]
    scale = theme["chartSequentialColors"]
    assert len(scale) == len(theme["chartDivergingColors"]) == 10
    assert scale[0] == paper
    distances = [contrast(paper, colour) for colour in scale]
    assert distances == sorted(distances)


def test_a_downloaded_heatmap_has_the_colours_of_the_screen() -> None:
    assert list(PAPER_TO_WEIGHTS) == CONFIG["theme"]["light"]["chartSequentialColors"]
