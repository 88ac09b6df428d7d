"""Where a part of a page is found, in the words a reader finds it by."""

import re

from playwright.sync_api import Locator, Page

CAT = "The cat sat on the mat because it was tired"


def softmax_of(page: Page, world: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^Softmax of the row .* in {world}"))


def line(page: Page, start: str) -> Locator:
    """The summary of a chosen row, printed above its softmax: "7 it → 1 animal 0.79 · …"."""
    return page.get_by_text(re.compile(rf"^{start}.* · "))


def heatmap_of(page: Page, world: str) -> Locator:
    return page.get_by_label(f"Attention weights of {world}")


def picture(page: Page, label_start: str) -> Locator:
    return page.get_by_role("application", name=re.compile(f"^{re.escape(label_start)}"))


def reading(page: Page, label_start: str) -> Locator:
    return picture(page, label_start).locator("xpath=ancestor::figure").locator(".reading")
