"""What the browser receives to see all heads, and how long that takes: `python -m tests.wire` (part of `make bench`).

Counted are websocket payloads and media, as Chromium's own network log has them; Streamlit's scripts are not.
Prints a Markdown table; asserts nothing, for times belong to a machine. BertViz's head view of the same
attention stands beside it where the package is installed.
"""

import base64
import importlib
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, expect

from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.seam import LIBRARY
from tests.bench import WORDS
from tests.browser.conftest import launched, served, settled

N_TOKENS = (16, 64, 128, 256, 512)
MODEL = "MiniLM"
BERTVIZ_UP_TO = (
    256  # tokens; its size grows with their square, and at 512 it would be near a gigabyte of text
)
GRID = "canvas[data-drawn={}]"


class Received:
    """Bytes that a page has received through its websocket and as media, until now."""

    def __init__(self, page: Page) -> None:
        self.total = 0
        self._media: set[str] = set()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.webSocketFrameReceived", self._frame)
        network.on("Network.responseReceived", self._response)
        network.on("Network.loadingFinished", self._finished)

    def _frame(self, event: dict[str, Any]) -> None:
        payload = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        self.total += len(base64.b64decode(payload)) if binary else len(payload.encode())

    def _response(self, event: dict[str, Any]) -> None:
        if "/media/" in event["response"]["url"]:
            self._media.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._media:
            self.total += int(event["encodedDataLength"])


@dataclass(frozen=True)
class Measured:
    """One visit: the grid by numbers, then as thumbnails, then another head opened."""

    first_bytes: int
    first_seconds: float  # from the address until the grid is drawn
    thumbnail_bytes: int
    thumbnail_seconds: float  # from the click until all thumbnails are drawn
    head_bytes: int
    head_seconds: float  # from the click until another head's heatmap is there

    @property
    def total(self) -> int:
        return self.first_bytes + self.thumbnail_bytes + self.head_bytes


def text_of(loaded: LoadedModel, n_tokens: int) -> str:
    """A text of exactly so many tokens, of words of one token each."""
    n_words = n_tokens - 2  # and [CLS], [SEP]
    text = " ".join((WORDS * (n_words // len(WORDS) + 1))[:n_words])
    n_read = len(capture(text, loaded).tokens)
    if n_read != n_tokens:
        raise ValueError(f"{n_words} words are {n_read} tokens, not {n_tokens}")
    return text


def visit(reader: BrowserContext, url: str, text: str) -> Measured:
    """A text that the server has not read yet, in a page of its own."""
    page = reader.new_page()
    received = Received(page)
    begin = time.perf_counter()
    page.goto(f"{url}/all-heads?model={MODEL}&layer=5&head=11&text={quote(text)}")
    expect(page.locator(GRID.format("numbers"))).to_be_visible(timeout=60_000)
    first_seconds = time.perf_counter() - begin
    settled(page)
    first_bytes = received.total
    begin = time.perf_counter()
    page.get_by_text("Thumbnails", exact=True).click()
    expect(page.locator(GRID.format("pictures"))).to_be_visible()
    thumbnail_seconds = time.perf_counter() - begin
    settled(page)
    thumbnail_bytes = received.total - first_bytes
    begin = time.perf_counter()
    grid = page.get_by_label("All 72 heads")
    grid.focus()
    grid.press("ArrowUp")
    grid.press("Enter")
    expect(page.get_by_label("Attention weights of MiniLM, layer 4, head 11.")).to_be_visible()
    head_seconds = time.perf_counter() - begin
    settled(page)
    head_bytes = received.total - first_bytes - thumbnail_bytes
    page.close()
    return Measured(
        first_bytes, first_seconds, thumbnail_bytes, thumbnail_seconds, head_bytes, head_seconds
    )  # fmt: skip


def bertviz_size(loaded: LoadedModel, text: str) -> str:
    """The size of BertViz's head view of the library's own attention, where it is installed."""
    try:
        head_view = importlib.import_module("bertviz").head_view
    except ImportError:
        return "not installed"
    read = capture(text, loaded)
    if len(read.tokens) > BERTVIZ_UP_TO:
        return "not built"
    outputs = loaded.engine.forward(as_tensors(read.inputs), LIBRARY, output_attentions=True)
    tokens = [token.text for token in read.tokens]
    return _size(len(head_view(outputs.attentions, tokens, html_action="return").data.encode()))


def all_heads_on_the_wire(browser: Browser) -> None:
    loaded = load(MODEL)
    print(f"\nAll heads of {MODEL}, model warm: bytes that the browser receives, and seconds\n")
    print("| tokens | first view | | thumbnails | | one head opened | | all three | BertViz |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with served("app.py") as url:
        reader = browser.new_context(viewport={"width": 1280, "height": 1000})
        warm = reader.new_page()  # loads the model, and Streamlit's scripts into the browser
        warm.goto(f"{url}/all-heads")
        expect(warm.locator(GRID.format("numbers"))).to_be_visible(timeout=120_000)
        settled(warm)
        warm.close()
        for n_tokens in N_TOKENS:
            text = text_of(loaded, n_tokens)
            print(_row(n_tokens, visit(reader, url, text), bertviz_size(loaded, text)))


def _row(n_tokens: int, seen: Measured, bertviz: str) -> str:
    steps = (
        (seen.first_bytes, seen.first_seconds),
        (seen.thumbnail_bytes, seen.thumbnail_seconds),
        (seen.head_bytes, seen.head_seconds),
    )
    cells = [f"{_size(n_bytes)} | {seconds:.2f} s" for n_bytes, seconds in steps]
    return f"| {n_tokens} | {' | '.join(cells)} | {_size(seen.total)} | {bertviz} |"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.2f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


if __name__ == "__main__":
    with launched() as chromium:
        all_heads_on_the_wire(chromium)
