"""The five colours of meaning can be read as text, in both themes."""

import pytest

from attention_core.charts.colours import PAPER_TO_WEIGHTS
from tests.ui.theme import CONFIG, contrast

MODES = ["light", "dark"]


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
