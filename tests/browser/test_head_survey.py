"""Head survey in a real browser: the value under the keyboard is the file's, a click on a head chooses it, and the link opens it."""

import re

import numpy as np
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from pages.explore.head_survey.survey import RESULTS, SHIPPED
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def test_a_click_on_a_head_leads_to_its_page(page: Page, app_url: str):
    page.goto(f"{app_url}/head-survey?model=MiniLM&layer=0&head=0")
    grid = page.get_by_label(re.compile("^All 72 heads by Weight on the previous token"))
    expect(grid).to_be_visible(timeout=90_000)
    settled(page)
    table = pq.read_table(RESULTS / SHIPPED["MiniLM"]).to_pandas()
    rows = table[table["statistic"] == "previous"].sort_values(["layer", "head"])
    means = rows["mean"].to_numpy().reshape(6, 12)
    reading = grid.locator("xpath=../..").get_by_role("status")
    grid.focus()
    grid.press("ArrowRight")
    grid.press("ArrowRight")
    said = float(reading.inner_text().split()[-1])
    assert said == pytest.approx(means[0, 2], abs=6e-4) == np.max(means).round(3)
    box = grid.bounding_box()
    assert box
    # layer 3, head 7: a row of heads' numbers stands above the cells, the layers' to their left
    grid.click(
        position={
            "x": 30 + (box["width"] - 33) * 7.5 / 12,
            "y": 18 + (box["height"] - 20) * 3.5 / 6,
        }
    )
    page.get_by_role("link", name="Open the chosen head: layer 3 · head 7").click()
    page.wait_for_url("**/one-head**")
    expect(page.get_by_role("heading", name="One head")).to_be_visible()
    settled(page)
    expect(page.get_by_label(re.compile("MiniLM, layer 3, head 7")).first).to_be_visible(
        timeout=90_000
    )
    assert "layer=3" in page.url
    assert "head=7" in page.url
