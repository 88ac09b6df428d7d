"""All heads in a real browser: what it was sent is what transformers computes, and the grid works by keyboard and pointer."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.reader.sentence import DEFAULT_SENTENCE
from tests.browser.against_library import library_weights, numbers, one, received
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser


def open_grid(page: Page, url: str, query: str = "") -> Locator:
    page.goto(f"{url}/all-heads{query}")
    grid = page.get_by_label(re.compile("^All \\d+ heads of"))
    expect(grid).to_be_visible(timeout=90_000)
    settled(page)
    return grid


def previous_by_hand(weights: np.ndarray) -> np.ndarray:
    """Weight on the token before; the first and the last token do not count as targets."""
    n = weights.shape[-1]
    return weights[:, :, np.arange(2, n), np.arange(1, n - 1)].mean(axis=-1)


@pytest.mark.parametrize("model", ["MiniLM", pytest.param("SmolLM2", marks=pytest.mark.slow)])
def test_what_the_browser_was_sent_is_what_transformers_computes(
    page: Page, app_url: str, model: str
):
    expected = library_weights(model, DEFAULT_SENTENCE)
    n_layers, n_heads, n_tokens, _ = expected.shape
    sent = received(page)
    grid = open_grid(page, app_url, f"?model={model}&layer=0&head=0")
    shown = numbers(one(sent, r"All \d+ heads"), n_heads)
    statistic = previous_by_hand(expected)
    np.testing.assert_allclose(shown, statistic, atol=1e-4)
    reading = grid.locator("xpath=../..").get_by_role("status")
    at = (0, 0)
    for head in [(1, 2), (n_layers // 2, n_heads - 1), (n_layers - 1, 0)]:
        grid.focus()
        go(grid, at, head)
        said = float(reading.inner_text().split()[-1])
        assert said == pytest.approx(statistic[head], abs=6e-4)
        grid.press("Enter")
        label = f"Attention weights of {model}, layer {head[0]}, head {head[1]}."
        expect(page.get_by_label(label)).to_be_visible()
        settled(page)
        weights = numbers(one(sent, re.escape(label)), n_tokens)
        allowed = np.isfinite(weights)
        assert (expected[head][~allowed] == 0).all()
        np.testing.assert_allclose(weights[allowed], expected[head][allowed], atol=1e-4)
        expect(page.get_by_role("link", name=f"layer {head[0]} · head {head[1]}")).to_be_visible()
        at = head


def go(grid: Locator, start: tuple[int, int], end: tuple[int, int]) -> None:
    for before, after, forth, back in zip(
        start, end, ("ArrowDown", "ArrowRight"), ("ArrowUp", "ArrowLeft"), strict=True
    ):
        for _ in range(abs(after - before)):
            grid.press(forth if after > before else back)


def test_a_click_on_a_thumbnail_opens_its_head_and_the_link_leads_on(page: Page, app_url: str):
    grid = open_grid(page, app_url)
    page.get_by_text("Thumbnails", exact=True).click()
    plot = page.locator("canvas[data-drawn=pictures]")
    expect(plot).to_be_visible()
    settled(page)
    assert plot.evaluate(COLOURS) > 20  # heatmaps, not one flat colour
    box = grid.bounding_box()
    assert box
    grid.click(position={"x": 30 + (box["width"] - 33) * 2.5 / 12, "y": box["height"] / 6})
    expect(page.get_by_label("Attention weights of MiniLM, layer 0, head 2.")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="layer 0 · head 2").click()
    page.wait_for_url("**/one-head**")
    expect(page.get_by_role("heading", name="One head")).to_be_visible()


COLOURS = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(pixels.buffer)).size;
}"""
