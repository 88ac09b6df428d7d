"""Two replicas behind nginx: readers are shared out, each stays with one replica, and outlives it."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.browser.conftest import settled, type_into_cell
from tests.browser.parts import heatmap_of, softmax_of
from tests.deploy.conftest import Site, behind_nginx

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LINK = "/side-by-side?text=The+animal+was+too+tired&model=SmolLM2&layer=3&head=2&query=1+animal"


class Reader:
    """Somebody with a browser of their own, and what their websockets went through."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self.page = self.context.new_page()
        self.n_opened = self.n_closed = 0
        self.page.on("websocket", self._opened)
        self.page.goto(address)
        self.read()

    def _opened(self, socket: WebSocket) -> None:
        self.n_opened += 1
        socket.on("close", self._closed)

    def _closed(self, _: WebSocket) -> None:
        self.n_closed += 1

    def read(self) -> None:
        """Wait until both worlds are there."""
        proof = self.page.get_by_role("heading", name="Proof: one function, two worlds")
        expect(proof).to_be_visible(timeout=180_000)  # torch starts in two replicas at once
        settled(self.page)

    def replica(self) -> str:
        """The port of the replica that this reader's cookie names."""
        return next(c["value"] for c in self.context.cookies() if c["name"] == "replica")

    def on_screen(self) -> list[str | None]:
        """The sentence, and every weight of both worlds with the layer, head and query they belong to."""
        worlds = ("Toy", "SmolLM2, layer 3, head 2")
        for world in worlds:  # the last thing that is drawn
            expect(softmax_of(self.page, world).get_by_role("row").last).to_contain_text("1.0000")
        return [
            self.page.get_by_role("textbox", name="Your sentence").input_value(),
            *(heatmap_of(self.page, world).get_attribute("aria-label") for world in worlds),
            *(softmax_of(self.page, world).inner_text() for world in worlds),
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with behind_nginx(tmp_path_factory.mktemp("nginx")) as running:
        yield running


def edit_the_toy(page: Page) -> None:
    page.get_by_text("Edit the toy").click()
    settled(page)
    type_into_cell(page.get_by_label("The embeddings of the toy"), 1, 0, "2")
    expect(page).to_have_url(re.compile(r"edits=x1\.0%3A2"))
    settled(page)


def download_numbers(page: Page) -> bytes:
    page.get_by_role("button", name="Numbers and files").first.click()
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="CSV", exact=True).click()
    page.keyboard.press("Escape")
    return coming.value.path().read_bytes()


def ask(reader: Reader, word: str) -> None:
    reader.page.get_by_role("combobox", name="Query: which word asks?").click()
    reader.page.get_by_role("option", name=word).click()
    # the click may be on its way when the page already looks settled
    drawn_anew = re.compile(rf"\. {word} → ")
    expect(heatmap_of(reader.page, "Toy")).to_have_attribute(
        "aria-label", drawn_anew, timeout=60_000
    )
    reader.read()


def asked(url: str, cookie: str = "") -> HTTPResponse:
    return urlopen(Request(url, headers={"Cookie": f"replica={cookie}"}), timeout=10)


def test_readers_outlive_their_replica(chromium: Browser, site: Site):
    first = Reader(chromium, site.url + LINK)
    other = Reader(chromium, site.url + "/side-by-side")
    home, elsewhere = first.replica(), other.replica()
    assert {home, elsewhere} == set(site.replicas)  # shared out

    edit_the_toy(first.page)
    numbers = download_numbers(first.page)
    link, before = first.page.url, first.on_screen()
    assert_everything_stuck(site)
    for replica in site.replicas.values():
        assert json.load(asked(f"{replica.url}/health"))["state"] == "ready"

    with first.page.expect_websocket():  # the page itself looks for another replica
        site.replicas[home].kill()
    connected = first.page.locator('[data-test-connection-state="CONNECTED"]')
    expect(connected).to_be_attached()
    ask(first, "2 was")  # until now the page stood still; the other replica draws it anew
    assert first.on_screen() != before
    ask(first, "1 animal")
    assert first.on_screen() == before
    assert first.replica() == elsewhere
    assert (other.n_opened, other.n_closed) == (1, 0)
    other.page.get_by_role("button", name="head 3", exact=True).click()
    expect(other.page.get_by_text("MiniLM, layer 5, head 3").first).to_be_visible()

    friend = Reader(chromium, link)
    assert friend.on_screen() == before
    with pytest.raises(URLError):
        asked(f"{site.replicas[home].url}/health")
    taken_over = asked(f"{site.url}/health", cookie=home)
    assert json.load(taken_over)["state"] == "ready"
    assert f"replica={elsewhere};" in taken_over.headers["Set-Cookie"]

    site.replicas[home].start()  # its memory is empty: who was taken over must not be sent back
    assert download_numbers(first.page) == numbers
    assert first.n_opened == 2
    assert first.replica() == elsewhere


def assert_everything_stuck(site: Site) -> None:
    """Until now every answer came from the replica that the request's cookie named, media among them."""
    with_cookie = [line for line in site.requests() if line[0] != "-"]
    assert [line for line in with_cookie if line[1] != f"127.0.0.1:{line[0]}"] == []
    assert any(address.startswith("/media/") for *_, address in with_cookie)
    assert {status for _, _, status, address in with_cookie if "/media/" in address} == {200}


def test_scripts_arrive_compressed(site: Site):
    html = asked(site.url).read().decode()
    script = re.search(r'src="\./(static/js/[^"]+\.js)"', html)
    assert script
    address = f"{site.url}/{script.group(1)}"
    plain, small = (
        urlopen(Request(address, headers={"Accept-Encoding": how}), timeout=10)
        for how in ("identity", "gzip")
    )
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.read()) < 0.5 * len(plain.read())


def test_a_made_up_cookie_and_too_large_a_body_are_turned_away(site: Site):
    assert re.match(r"replica=\d+;", asked(site.url, cookie="127.0.0.1:22").headers["Set-Cookie"])
    client = HTTPConnection(site.url.removeprefix("http://"), timeout=10)
    client.putrequest("PUT", "/_stcore/upload_file/session/file")
    client.putheader("Content-Length", "7000000")
    client.endheaders()  # refused before a byte of it is sent
    assert client.getresponse().status == 413
    client.close()
