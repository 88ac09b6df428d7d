"""Each page's main interaction, in a browser, against the one of a bare Streamlit page with one slider and one chart."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from pages.contents import LESSONS, TOOLS
from tests.bench.figures import Figure, Missing, Result
from tests.bench.interactions import INTERACTIONS, Interaction, Way
from tests.bench.redrawn import redrawn
from tests.browser.conftest import launched, served, settled
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved

TITLE = "Each page's interaction against a bare Streamlit page"
ABOUT = (
    "From the event of the key or the click in the browser to the first frame with another picture; the bare page "
    "(tests/browser/bare_page.py: one slider, one Altair chart) is open in the same browser, turn about. All models "
    "are loaded; what a page computes for an interaction counts."
)
SLUGS = ("", *(page.slug for page in (*LESSONS, *TOOLS)))


def measure(times: int) -> Iterator[Result]:
    for slug in without_interaction():
        yield Missing("pages", f"page “{slug}”", "no interaction in tests/bench/interactions.py")
    with (
        tempfile.TemporaryDirectory() as folder,
        served("app.py", ALLOW_CUSTOM_MODELS="1") as url,
        served("tests/browser/bare_page.py") as bare_url,
        launched() as browser,
    ):
        t5 = saved(Path(folder), *THROUGH_SEAM["T5"])
        bare = browser.new_page()
        bare.goto(bare_url)
        settled(bare)
        for each in INTERACTIONS:
            yield _measured(browser, bare, url, each, t5, times)


def without_interaction() -> list[str]:
    return [slug for slug in SLUGS if slug not in {each.slug for each in INTERACTIONS}]


def _measured(
    browser: Browser, bare: Page, url: str, each: Interaction, t5: str, times: int
) -> Result:
    """Turn about with the bare page; the first round of each does not count."""
    name = f"{each.slug or 'home'}: {each.what}"
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    try:
        opened(page, url, each, t5)
        rounds = [(done(page, each, i), bare_move(bare, i)) for i in range(times + 1)]
    except Exception as error:  # one page must not cost the figures of all others
        return Missing("pages", name, str(error).splitlines()[0])
    finally:
        page.close()
    ours, against = zip(*rounds[1:], strict=True)
    return Figure("pages", name, "ms", list(ours), list(against))


def opened(page: Page, url: str, each: Interaction, t5: str) -> None:
    page.goto(f"{url}/{each.slug}{each.link.format(t5=t5)}")
    for way in each.opening:
        act(page, way, timeout=60_000)
        settled(page)
    for selector in (each.ways[0].at, each.picture):
        expect(page.locator(selector)).to_be_visible(timeout=60_000)
    settled(page)


def done(page: Page, each: Interaction, i: int) -> float:
    """Milliseconds of the i-th interaction; then the page comes to rest."""
    way = each.ways[i % len(each.ways)]
    for key in way.lead:
        page.locator(way.at).press(key)
    taken = redrawn(page.locator(each.picture), lambda: act(page, Way(way.field or way.at, text=way.text, key=way.key)))  # fmt: skip
    settled(page)
    return taken


def act(page: Page, way: Way, timeout: float = 20_000) -> None:
    """What counts of a way. Text is filled in, which is no event of a key; the key that follows is."""
    control = page.locator(way.at)
    if way.text:
        control.fill(way.text, timeout=timeout)
    if way.key:
        control.press(way.key, timeout=timeout)
    else:
        control.click(timeout=timeout)


def bare_move(bare: Page, i: int) -> float:
    slider = bare.get_by_role("slider")
    key = ("ArrowRight", "ArrowLeft")[i % 2]
    return redrawn(bare.get_by_test_id("stVegaLiteChart"), lambda: slider.press(key))
