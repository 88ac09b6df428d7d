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


def query_box(page: Page) -> Locator:
    """The box in the sidebar in which the word that asks is chosen."""
    return page.locator(".st-key-query").get_by_role("combobox")


def editor_of_toy(page: Page) -> Locator:
    """What opens the toy's editor."""
    return page.locator(".st-key-editing, .st-key-steps_editing").locator("summary")


def embeddings_of_toy(page: Page) -> Locator:
    """The table of the toy's embeddings, in its editor."""
    return page.locator(".st-key-edit_x").get_by_role("application")


def reset_of_toy(page: Page) -> Locator:
    """The button that takes back all edits of the toy."""
    return page.locator(".st-key-toy_reset").get_by_role("button")


def picture(page: Page, label_start: str) -> Locator:
    return page.get_by_role("application", name=re.compile(f"^{re.escape(label_start)}"))


def reading(page: Page, label_start: str) -> Locator:
    return picture(page, label_start).locator("xpath=ancestor::figure").locator(".reading")
