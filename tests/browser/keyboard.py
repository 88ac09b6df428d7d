"""Pressing Tab through a page: where the focus is, whether it can be seen, and whether the order makes sense."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

MOST_STOPS = 400  # of one page; where there are more, the focus is caught somewhere

# Goes one stop on: who has the focus, whether the one before looked different while it had it, and whether it
# stands before this one. A table of Streamlit draws its ring inside its canvas, where no style can tell.
ARRIVED = """() => {
  let at = document.activeElement;
  const hosts = [];
  while (at?.shadowRoot?.activeElement) { hosts.push(at); at = at.shadowRoot.activeElement; }
  const above = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const style = (node) => {
    const s = getComputedStyle(node);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.borderWidth,
            s.backgroundColor, s.stroke, s.strokeWidth, s.textDecorationLine, s.color, s.clip].join(';');
  };
  const look = (node) => {
    const near = [node, ...[...node.querySelectorAll('*')].slice(0, 30)];
    for (let i = 0, up = above(node); i < 5 && up; i += 1, up = above(up)) near.push(up);
    near.forEach(style);
    document.getAnimations().forEach((each) => { try { each.finish(); } catch { each.cancel(); } });
    return near.map(style).join('|');
  };
  const last = window.lastStop;
  const isSeen = !last || !last.node.isConnected || last.node.closest('canvas') || look(last.node) !== last.look;
  const light = hosts[0] ?? at;
  const follows = !last || last.light === light || !last.light.isConnected
    || Boolean(last.light.compareDocumentPosition(light) & Node.DOCUMENT_POSITION_FOLLOWING);
  window.firstStop ??= at === document.body ? null : at;
  const ended = !at || at === document.body || (last && at === window.firstStop);
  window.lastStop = ended ? null : { node: at, light, look: look(at) };
  if (ended) return { ended, isSeen, follows: true };
  const box = at.getBoundingClientRect();
  const before = last ? last.name : null;
  const name = `${at.tagName.toLowerCase()} ${at.getAttribute('role') ?? ''} `
    + (at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent || '').trim().slice(0, 60);
  window.lastStop.name = name;
  return { ended, isSeen, follows, before, name,
           isVisible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight };
}"""


@dataclass(frozen=True)
class Walk:
    """All stops of a page in order, and what is wrong with which."""

    stops: list[str]
    without_ring: list[str]  # looks the same with the focus as without
    backwards: list[str]  # stands before the one that had the focus
    out_of_sight: list[str]


def walk(page: Page) -> Walk:
    """Tab from the top of the page until the focus leaves it. AssertionError if it never does."""
    page.evaluate(
        "() => { document.activeElement?.blur(); window.lastStop = window.firstStop = null; }"
    )
    found = Walk([], [], [], [])
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop: dict[str, Any] = page.evaluate(ARRIVED)
        if not stop["isSeen"] and found.stops:
            found.without_ring.append(found.stops[-1])
        if stop["ended"]:
            return found
        found.stops.append(stop["name"])
        if not stop["follows"]:
            found.backwards.append(stop["name"])
        if not stop["isVisible"]:
            found.out_of_sight.append(stop["name"])
    raise AssertionError(f"the focus never leaves the page: {found.stops[-5:]}")


def has_focus(target: Locator) -> bool:
    return target.count() == 1 and bool(
        target.evaluate("(each) => each.getRootNode().activeElement === each")
    )


def tab_to(page: Page, target: Locator) -> Locator:
    """Tab on until `target` has the focus. AssertionError if the focus never gets there."""
    for _ in range(MOST_STOPS):
        if has_focus(target):
            return target
        page.keyboard.press("Tab")
    raise AssertionError(f"the focus never gets to {target}")
