"""The resident memory of the server with no, one and two models open, beside a bare Streamlit app."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, expect

from tests.bench.figures import Figure, Missing, Result, Target
from tests.bench.resident import resident_mb
from tests.browser.conftest import launched, served, settled

TITLE = "Memory of the server"
ABOUT = (
    "Resident memory of the server's process: its peak since the start, and what it rests at, some seconds after the "
    "last page is drawn. No model: pages of the toy, with torch kept from being imported. One: all heads of "
    "MiniLM; two: then those of SmolLM2 as well. Against tests/browser/bare_page.py; each time new servers, turn about."
)
REST = 3.0  # seconds
BARE, NONE, ONE, TWO = "bare page", "no model", "1 model (MiniLM)", "2 models (and SmolLM2)"
LIMITS = {ONE: 1000.0, TWO: 1600.0}  # MB, of issue 6, point 8
TOY_PAGES = ("", "softmax", "self-attention", "side-by-side")
Memory = tuple[float, float]  # peak and at rest, MB


def measure(times: int) -> Iterator[Result]:
    if not Path("/proc/self/status").exists():
        yield Missing("memory", "all of it", "needs Linux's /proc")
        return
    found: dict[str, list[Memory]] = defaultdict(list)
    with launched() as browser:
        for _ in range(times):
            for name, memory in _one_round(browser):
                found[name].append(memory)
    for i, which in enumerate(("peak", "at rest")):
        bare = [memory[i] for memory in found[BARE]]
        for name in (NONE, ONE, TWO):
            ours = [memory[i] for memory in found[name]]
            target = Target("ours", LIMITS[name]) if name in LIMITS else None
            yield Figure("memory", f"{which}, {name}", "MB", ours, bare, target)


def _one_round(browser: Browser) -> Iterator[tuple[str, Memory]]:
    with served("tests/browser/bare_page.py") as url:
        yield BARE, _after(browser, [url])
    with tempfile.TemporaryDirectory() as blocked:
        (Path(blocked) / "torch.py").write_text("raise ImportError('kept out by the benchmark')\n")
        with served("app.py", PYTHONPATH=blocked) as url:
            yield NONE, _after(browser, [f"{url}/{path}" for path in TOY_PAGES])
    with served("app.py") as url:
        yield ONE, _after(browser, [f"{url}/all-heads?model=MiniLM"], heads_of="MiniLM")
        yield TWO, _after(browser, [f"{url}/all-heads?model=SmolLM2"], heads_of="SmolLM2")


def _after(browser: Browser, addresses: list[str], heads_of: str = "") -> Memory:
    """Visit the pages, then read the memory of the one server that runs."""
    page = browser.new_page()
    for address in addresses:
        page.goto(address)
        if heads_of:
            grid = page.locator(f"role=application[name=/^All [0-9]+ heads of {heads_of}/]")
            expect(grid).to_be_visible(timeout=120_000)
        settled(page)
    time.sleep(REST)
    (server,) = (each for each in psutil.Process().children() if "streamlit" in each.cmdline())
    memory = resident_mb("VmHWM", server.pid), resident_mb("VmRSS", server.pid)
    page.close()
    return memory
