"""Digits can be read on every colour that a cell can have, in both themes."""

import re

import pytest
from playwright.sync_api import Page

from pages.ui.widgets.sources import script
from tests.ui.theme import CONFIG, contrast

pytestmark = pytest.mark.browser
PALETTE = script("palette")
READABLE = 4.5  # small text, WCAG 2.2
INKS = """(theme) => {
  const of = (name) => theme[name], hex = (colour) => '#' + colour.map((c) => c.toString(16).padStart(2, '0')).join('');
  const ink = inkOn(of);
  return [false, true].flatMap((diverging) => ramp(of, diverging)).map((ground) => [hex(ground), hex(rgb(ink(ground)))]);
}"""


def as_css(name: str) -> str:
    """The name of a theme's option as its CSS variable ends."""
    return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_digits_stand_out_on_every_colour_of_a_cell(page: Page, mode: str):
    theme = {as_css(name): value for name, value in CONFIG["theme"][mode].items()}
    page.add_script_tag(content=PALETTE)
    theme = {k: ",".join(v) if isinstance(v, list) else v for k, v in theme.items()}
    drawn = page.evaluate(INKS, theme)
    assert len(drawn) == 512
    assert [pair for pair in drawn if contrast(*pair) < READABLE] == []
