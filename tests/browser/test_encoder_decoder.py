"""Encoder and decoder in a real browser: a click on a row of cross-attention asks with that token of the target."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled
from tests.browser.parts import query_box

pytestmark = pytest.mark.browser


@pytest.fixture
def reader(page: Page, app_url: str, tmp_path: Path) -> Page:
    from tests.pretrained.families import THROUGH_SEAM  # brings torch
    from tests.pretrained.folders import saved

    folder = saved(tmp_path, *THROUGH_SEAM["T5"])
    page.goto(
        f"{app_url}/encoder-decoder?model={folder}&text=the%20cat%20sat%20on%20a%20mat&layer=3"
    )
    target = page.get_by_role("textbox", name="Target text")
    target.fill("a mat", timeout=60_000)
    target.press("Enter")
    expect(page.get_by_text(re.compile(r"\b3 × 6\b"))).to_be_visible()
    settled(page)
    return page


def test_rows_and_kinds_are_chosen_by_keyboard_and_pointer(reader: Page) -> None:
    expect(reader.get_by_role("region", name="Softmax of the row 2 mat")).to_be_visible()
    heatmap = reader.get_by_label("Attention weights of")
    heatmap.focus()
    heatmap.press("ArrowUp")
    heatmap.press("Enter")
    expect(reader.get_by_role("region", name="Softmax of the row 1 a")).to_be_visible()
    reader.get_by_role("radio", name="Encoder", exact=True).click()
    expect(reader.get_by_text(re.compile(r"^Layer 0\b"))).to_be_visible()
    expect(reader.get_by_role("region", name="Softmax of the row 0 the")).to_be_visible()
    settled(reader)  # until then the pictures of the other kind are there, too
    heatmap.press("Escape")
    heatmap.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        heatmap.press(key)
    expect(reader.get_by_role("region", name="Softmax of the row 2 sat")).to_be_visible()
    expect(query_box(reader)).to_have_value("2 sat")
