"""What the browser receives to see all heads of a model, and how long that takes; BertViz's head view beside it.

Counted are websocket payloads and media, as Chromium's own network log has them; Streamlit's scripts are not.
"""

import base64
import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Page, expect

from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.run import LIBRARY
from tests.bench.figures import Figure, Missing, Result
from tests.bench.texts import words
from tests.browser.conftest import launched, served, settled

TITLE = "All heads on the wire, against BertViz"
ABOUT = (
    "All heads of MiniLM, model warm, each visit with a text that the server has not read yet: bytes that the browser "
    "receives (websocket payloads and media), and time, for the grid by numbers, then as thumbnails, then another head "
    "opened. Against the HTML of BertViz's head view of the library's own attention, built once for each length."
)
MODEL = "MiniLM"
N_TOKENS = (16, 64, 128, 256, 512)
BERTVIZ_UP_TO = 256  # tokens: its size grows with their square, at 512 to near a gigabyte of text
TO_INSTALL = (
    "not installed. For one run, into a folder of its own: `.venv/bin/pip install --target /tmp/bertviz ipython`, the same "
    "with `--no-deps bertviz==1.4.1` (its other requirements are not needed), then `PYTHONPATH=/tmp/bertviz make bench`"
)
GRID = "canvas[data-drawn={}]"
STEPS = ("the first view", "the thumbnails", "another head")


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
class Visit:
    """Of each of STEPS: kilobytes and milliseconds."""

    kilobytes: tuple[float, ...]
    milliseconds: tuple[float, ...]


def measure(times: int) -> Iterator[Result]:
    loaded = load(MODEL)
    with launched() as browser, served("app.py") as url:
        reader = browser.new_context(viewport={"width": 1280, "height": 1000})
        visit(reader, url, "loads the model, and Streamlit's scripts into the browser")
        for n_tokens in N_TOKENS:
            texts = [text_of(loaded, n_tokens, turn) for turn in range(times)]
            visits = [visit(reader, url, text) for text in texts]
            yield from _figures(n_tokens, visits, bertviz_kb(loaded, texts[0]))
    if not _head_view():
        yield Missing("wire", "BertViz", TO_INSTALL)


def _figures(n_tokens: int, visits: list[Visit], bertviz: list[float]) -> Iterator[Figure]:
    after = f"{n_tokens} tokens"
    whole = [sum(v.kilobytes) for v in visits]
    yield Figure("wire", f"bytes of all three, {after}", "kB", whole, bertviz)
    for i, step in enumerate(STEPS):
        sizes, taken = [v.kilobytes[i] for v in visits], [v.milliseconds[i] for v in visits]
        yield Figure("wire", f"bytes of {step}, {after}", "kB", sizes, [])
        yield Figure("wire", f"time until {step}, {after}", "ms", taken, [])


def text_of(loaded: LoadedModel, n_tokens: int, turn: int) -> str:
    """A text of exactly so many tokens, another one for each turn."""
    text = words(n_tokens - 2, turn)  # and [CLS], [SEP]
    n_read = len(capture(text, loaded).tokens)
    if n_read != n_tokens:
        raise ValueError(f"{n_tokens - 2} words are {n_read} tokens, not {n_tokens}")
    return text


def visit(reader: BrowserContext, url: str, text: str) -> Visit:
    """A page of its own, in which the three steps are done one after the other."""
    page = reader.new_page()
    received = Received(page)
    steps = (
        lambda: _first_view(page, f"{url}/all-heads?model={MODEL}&layer=5&head=11&text={quote(text)}"),
        lambda: _thumbnails(page),
        lambda: _another_head(page),
    )  # fmt: skip
    kilobytes, milliseconds = [], []
    for step in steps:
        before, begin = received.total, time.perf_counter()
        step()
        milliseconds.append(1000 * (time.perf_counter() - begin))
        settled(page)  # what comes after the picture counts as bytes, not as time
        kilobytes.append((received.total - before) / 1e3)
    page.close()
    return Visit(tuple(kilobytes), tuple(milliseconds))


def _first_view(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(GRID.format("numbers"))).to_be_visible(timeout=120_000)


def _thumbnails(page: Page) -> None:
    page.get_by_text("Thumbnails", exact=True).click()
    expect(page.locator(GRID.format("pictures"))).to_be_visible()


def _another_head(page: Page) -> None:
    grid = page.get_by_label("All 72 heads")
    grid.focus()
    grid.press("ArrowUp")
    grid.press("Enter")
    expect(page.get_by_label("Attention weights of MiniLM, layer 4, head 11.")).to_be_visible()


def _head_view() -> Any:
    """BertViz's own function, where it is installed."""
    try:
        return importlib.import_module("bertviz").head_view
    except ImportError:
        return None


def bertviz_kb(loaded: LoadedModel, text: str) -> list[float]:
    """The size of the page that BertViz makes; empty where there is none."""
    head_view, read = _head_view(), capture(text, loaded)
    if head_view is None or len(read.tokens) > BERTVIZ_UP_TO:
        return []
    outputs = loaded.engine.forward(as_tensors(read.inputs), LIBRARY, output_attentions=True)
    tokens = [token.text for token in read.tokens]
    html = head_view(outputs.attentions, tokens, html_action="return").data
    return [len(html.encode()) / 1e3]
