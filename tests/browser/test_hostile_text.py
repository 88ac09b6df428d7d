"""What a hostile reader types is shown as it stands, on every page; and every page works with the network cut.

One server for all, which reaches this machine only and notes down what it asks for beyond, and without the help
of the content security policy: what the browser would forbid must not even be tried.
"""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from pypdf import PdfReader

from attention_core.pretrained.catalogue import SETTING
from pages.lessons import LESSONS
from pages.tools import TOOLS
from tests.browser.conftest import CUT, served, settled

pytestmark = pytest.mark.browser
PATHS = ["", *(page.slug for page in (*LESSONS, *TOOLS))]

NAME_THE_WORDS = {
    "query-key-value", "self-attention", "heatmaps", "masks-and-order", "whole-flow", "one-head", "find-a-head",
    "predictions", "beyond-one-layer", "side-by-side", "two-heads", "our-core-inside", "break-it", "knock-out",
    "edit-a-score",
}  # fmt: skip
HEADINGS = {each.slug: each.heading for each in LESSONS}  # what must be there
HEADINGS["side-by-side"] = "Proof: one function, two worlds"  # of the model itself
MODELS = {"predictions": "SmolLM2"}  # MiniLM predicts nothing

# A letter of a script that no page is written in: wherever it is seen, a reader's text is shown.
OURS = "я"  # one token in both models: the bytes of a cut letter would be shown in its place
MARKS = {  # what stays of each if it is taken for markup, and what it must still have before it
    "hbold": ["**"], "hlink": ["["], "himage": ["!["], "hred": [":red["], "hmath": ["$"], "hcode": ["`"],
    "htag": ["<b>"], "hentity": ["&lt;"],
    "hright": ["\u202e", "U+202E"],  # as typed in the sentence, by its code point in a label
}  # fmt: skip
# every text node and attribute, in shadow roots too
LOOK = """([marks, ours]) => {
  const bad = [];
  let n = 0;
  const look = (text, where) => {
    if (text.includes(ours)) n++;
    for (const [mark, before] of Object.entries(marks))
      for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1))
        if (!before.some(each => text.slice(at - each.length, at) === each)) bad.push(`${where}: ${text.slice(0, 200)}`);
  };
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const place = element.closest('[data-testid]')?.dataset.testid ?? element.tagName;
      const markup = element.closest('[data-testid="stMarkdownContainer"], [data-testid="stHtml"]');
      for (const child of element.childNodes)
        if (child.nodeType === Node.TEXT_NODE) {
          look(child.nodeValue, place);
          if (markup && child.nodeValue.includes(ours)) bad.push(`in markdown: ${markup.innerText.slice(0, 200)}`);
        }
      for (const {name, value} of element.attributes) look(value, `${place} ${name}`);
      if (element.matches('a[href^="javascript"], img[src*="leak"], img[src="x"]')) bad.push(element.outerHTML);
    }
  };
  walk(document);
  look(document.title, 'title');
  if (window.hostile) bad.push('a script ran');
  return {n, bad};
}"""

OPEN_ALL = (
    "document.querySelectorAll('details:not([open]) > summary').forEach(each => each.click())"
)


class Leak(http.server.BaseHTTPRequestHandler):
    """Whoever asks for a picture here was told so by the reader's text."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def leak() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Leak) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def hostile(leak: http.server.ThreadingHTTPServer) -> str:
    """One word that is all of it: as the word that asks it stands wherever a page names the query."""
    picture = f"http://127.0.0.1:{leak.server_port}/leak.png"
    return (
        f"{OURS}-**hbold**<b>htag</b><img/src=x/onerror=window.hostile=1>![himage]({picture})"
        "[hlink](javascript:window.hostile=1):red[hred]$hmath^2$`hcode`:material/home:&lt;hentity"
        f"\u202ehright-{OURS}"
    )


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server has asked for beyond this machine: a line for each attempt."""
    file = tmp_path_factory.mktemp("network") / "notes"
    file.touch()
    return file


@pytest.fixture(scope="module")
def public_url(notes: Path) -> Iterator[str]:
    """A server as on the internet, where other models are not allowed, with its network cut."""
    environment = {
        "PYTHONPATH": CUT,
        "NETWORK_NOTES": str(notes),
        "HF_HOME": str(notes.parent / "hub"),
        SETTING: "",
    }
    with served("app.py", **environment) as url:
        yield url


@pytest.fixture(scope="module")
def reader(chromium: Browser, public_url: str) -> Iterator[Page]:
    """One reader for all pages. Anything asked for outside the server, and any dialog, fails at the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, bypass_csp=True)
    page, wrong = context.new_page(), []

    def note(request: Request) -> None:
        if not request.url.startswith((public_url, "data:", "blob:")):
            wrong.append(request.url)

    page.on("request", note)
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()
    assert wrong == []


def seen(page: Page) -> int:
    """How many places show the reader's text; none may have made anything of it."""
    found = page.evaluate(LOOK, [MARKS, OURS])
    assert found["bad"] == []
    return found["n"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "home")
def test_hostile_text_is_shown_as_it_stands(path, reader, public_url, hostile, leak, notes):
    sentence = f"{hostile} {OURS}* _{OURS}_ ${OURS}$"
    model = MODELS.get(path, "MiniLM")
    reader.goto(f"{public_url}/{path}?text={quote(sentence)}&model={model}")
    settled(reader)
    expect(reader.get_by_text("The pretrained model is on its way.")).to_have_count(
        0, timeout=90_000
    )
    settled(reader)
    if path in HEADINGS:
        heading = reader.get_by_role("heading", name=HEADINGS[path])
        expect(heading).to_be_visible(timeout=60_000)
    box = reader.get_by_role("textbox", name="Your sentence", include_hidden=True)
    expect(box).to_have_value(sentence)
    reader.evaluate(OPEN_ALL)
    settled(reader)
    assert seen(reader) >= (5 if path in NAME_THE_WORDS else 1)  # one is the box itself
    for typed in reader.get_by_test_id("stMain").get_by_role("textbox").all():
        if typed.get_attribute("aria-label") != "Your sentence" and typed.is_editable():
            typed.fill(hostile)
            typed.press("Enter")
            settled(reader)
    seen(reader)
    assert leak.asked == []
    assert notes.read_text() == ""


def test_the_worksheet_is_made_with_the_network_cut(reader, public_url, notes, tmp_path):
    reader.goto(f"{public_url}/classroom?quiz=17")
    settled(reader)
    reader.get_by_role("radio", name="Worksheet to print").click()
    with reader.expect_download() as download:
        reader.get_by_role("button", name="Worksheet as PDF").click()
    download.value.save_as(tmp_path / "sheet.pdf")
    assert PdfReader(tmp_path / "sheet.pdf").metadata.title == "Attention: worksheet 17"
    assert notes.read_text() == ""


def test_the_look_finds_what_it_looks_for(reader, hostile):
    """Not a test of the app: each of these would have been found on its pages."""
    pieces = ["<b>hbold</b>", "<p title='hlink'>", "<img src=x>", "<a href='javascript:1'>x</a>",
              f"<div data-testid=stMarkdownContainer>{OURS}</div>"]  # fmt: skip
    for piece in pieces:
        reader.set_content(piece)
        assert reader.evaluate(LOOK, [MARKS, OURS])["bad"], piece


def test_a_hub_model_is_asked_for_at_the_hub_alone(reader, public_url, notes):
    reader.goto(f"{public_url}/one-head?model=gpt-2")
    expect(reader.get_by_text("No pretrained model here.")).to_be_visible(timeout=60_000)
    asked = {line.split()[1] for line in notes.read_text().splitlines()}
    assert asked == {"huggingface.co"}
    notes.write_text("")


def test_a_link_to_another_model_opens_the_usual_one(reader, public_url):
    reader.goto(f"{public_url}/one-head?model=/etc")
    settled(reader)
    expect(reader.get_by_text("This link asks for “/etc”.")).to_be_visible()
    expect(reader.get_by_role("combobox", name="Pretrained model")).to_have_value("MiniLM")
    expect(reader).not_to_have_url("**model=**")


@pytest.mark.parametrize("path", ["/", "/health", "/_stcore/health", "/static/favicon.png", "/no"])
def test_every_answer_carries_the_security_headers(path, public_url):
    try:
        answer = urlopen(public_url + path)
    except HTTPError as refused:  # /health, until the model is loaded
        answer = refused
    with answer:
        headers = answer.headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["object-src"] == "'none'" and policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert not any("http:" in sources or "*" in sources for sources in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
