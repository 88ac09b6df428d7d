"""What is asked of every page, so that everyone can use it: axe's rules, names of pictures, headings, width, focus."""

import time
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Scheme = Literal["light", "dark"]
PAPER: dict[Scheme, str] = {  # backgroundColor of .streamlit/config.toml
    "light": "rgb(255, 255, 255)",
    "dark": "rgb(20, 22, 28)",
}
WIDE, ZOOMED, PHONE = 1280, 640, 390  # pixels; 640 is 1280 at a zoom of 200 %
# On a phone Streamlit moves the menu into its sidebar, with headings between the items of one list.
FRAMEWORK = {
    "list": "[data-testid='stSidebarNavItems']",
    "listitem": "[data-testid='stSidebarNav'] li",
}

# every picture that can be seen, also inside components, and has no name, nor is part of one that has
UNNAMED = """() => {
  const found = [];
  const inside = function* (root) {
    for (const each of root.querySelectorAll('*')) {
      yield each;
      if (each.shadowRoot) yield* inside(each.shadowRoot);
    }
  };
  const named = (node) => node.getAttribute('aria-label')?.trim() || node.getAttribute('alt')?.trim()
    || node.getAttribute('aria-labelledby') || node.getAttribute('aria-hidden') === 'true'
    || ['presentation', 'none'].includes(node.getAttribute('role'));
  const above = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  for (const each of inside(document)) {
    if (!each.matches('img, canvas, svg') || !each.checkVisibility() || !each.getBoundingClientRect().width) continue;
    let node = each, depth = 0;
    while (node && !named(node) && !node.matches('button, a, label, summary, [role=button], [role=option], [role=tab], li, p')) node = above(node);
    // the sibling that lies over a canvas speaks for it
    const over = each.parentElement?.querySelector(':scope > [aria-label]') ?? each.closest('figure, .stage')?.querySelector('[aria-label]');
    if (!node && !over) found.push(each.outerHTML.slice(0, 120));
  }
  return found;
}"""
# names that would be read aloud as markdown: Streamlit gives a field its label as it was typed
MARKDOWN_NAMES = r"""() => [...document.querySelectorAll('[aria-label]')]
  .map((each) => each.getAttribute('aria-label')).filter((name) => /:[a-z]+\[|\*\*|:material/.test(name))"""
HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""
# the body and the box that Streamlit scrolls in its place
TOO_WIDE = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
  .map((each) => each.scrollWidth - each.clientWidth)"""

LATE = 5.0  # seconds that charts may take to follow the width of the window
# what moves, also inside components, though the reader asked for no motion
MOVING = """() => {
  const inside = (root) => [root, ...[...root.querySelectorAll('*')].flatMap((each) => each.shadowRoot ? inside(each.shadowRoot) : [])];
  return inside(document).flatMap((root) => root.getAnimations())
    .filter((each) => each.playState === 'running').map((each) => each.effect.target.outerHTML.slice(0, 120));
}"""


def violations(page: Page, *rules: str) -> list[tuple[str, str, str]]:
    """What axe holds against the page, by all rules or by these; without what is Streamlit's own markup."""
    # what a run has not drawn anew yet is faded
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=60_000)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [
        (each["id"], str(node["target"]), node["html"][:160])
        for each in found
        for node in each["nodes"]
        if not is_framework(page, each["id"], node["target"])
    ]


def too_wide(page: Page) -> list[int]:
    """By how many pixels the page is wider than the window, once its charts have followed the window."""
    deadline = time.monotonic() + LATE
    while any(found := page.evaluate(TOO_WIDE)) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    return found


def is_framework(page: Page, rule: str, target: list) -> bool:
    """Whether the rule is one that Streamlit's menu breaks, and the element is part of that menu."""
    if rule not in FRAMEWORK or len(target) != 1 or not isinstance(target[0], str):
        return False
    element = page.locator(target[0])
    return element.count() == 1 and bool(
        element.evaluate("(each, menu) => each.matches(menu)", FRAMEWORK[rule])
    )


def switch(page: Page, scheme: Scheme) -> None:
    """Another scheme, which the page follows without running again."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", PAPER[scheme])


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
