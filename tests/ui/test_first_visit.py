"""What a browser is sent first: the same files and the same page as from Streamlit, smaller, with our additions in it."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest
import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from pages.ui.server import first_visit
from pages.ui.server.security_headers import inline_script_hashes

FILES = Path(st.__file__).parent / "static" / "static"
STYLE = ".of-our-pages {color: red}"


async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers as Streamlit does: its page for every address of a page, a text for all others."""
    if scope["path"] == "/no":
        answer: Response = PlainTextResponse("no such file", 404)
    elif scope["path"].startswith("/_stcore") or "/static/" in scope["path"]:
        answer = PlainTextResponse("from Streamlit")
    else:
        answer = HTMLResponse("Streamlit's own page")
    await answer(scope, receive, send)


def got(path: str, accepts: str = "gzip, br", method: str = "GET") -> tuple[int, Headers, bytes]:
    """(status, headers, body) of one request."""
    app = first_visit.FirstVisit(streamlit, frozenset({"one-head"}), STYLE)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    headers = [(b"accept-encoding", accepts.encode())]
    asyncio.run(
        app({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    )
    start, *bodies = sent
    assert [message["type"] for message in bodies] == ["http.response.body"] * len(bodies)
    return start["status"], Headers(raw=start["headers"]), b"".join(m["body"] for m in bodies)


@pytest.mark.parametrize("kind", ["js", "css"])
def test_every_hashed_file_arrives_whole_as_gzip_and_stays_for_a_year(kind: str):
    for file in sorted((FILES / kind).glob(f"*.{kind}"))[:40]:
        status, headers, body = got(f"/static/{kind}/{file.name}")
        assert status == 200 and headers["content-encoding"] == "gzip"
        assert "immutable" in headers["cache-control"] and headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(body) == file.read_bytes()
        assert len(body) == int(headers["content-length"])


def test_below_a_prefix_the_files_are_the_same():
    name = next((FILES / "js").glob("index.*.js")).name
    assert got(f"/class/static/js/{name}")[1]["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("path", "accepts", "method"),
    [
        ("/static/js/index.js", "gzip", "GET"),  # no such file
        ("/static/js/../../index.html", "gzip", "GET"),
        ("/static/js/..js", "gzip", "GET"),
        ("/static/media/SourceSansVF.woff2", "gzip", "GET"),  # compressed already
        ("/_stcore/health", "gzip", "GET"),
        ("/_stcore/upload_file", "gzip", "POST"),
        (f"/static/js/{next((FILES / 'js').glob('index.*.js')).name}", "identity", "GET"),
    ],
)
def test_all_else_comes_from_streamlit(path: str, accepts: str, method: str):
    status, headers, body = got(path, accepts, method)
    assert (status, body) == (200, b"from Streamlit")
    assert "content-encoding" not in headers


def test_a_file_of_html_that_a_page_offers_is_that_file():
    assert got("/media/0123456789abcdef.html")[2] == b"Streamlit's own page"


def test_a_refusal_stays_one():
    assert got("/no")[::2] == (404, b"no such file")


def test_the_page_is_streamlits_with_our_additions():
    _, headers, body = got("/")
    plain = got("/", accepts="")[2]
    assert gzip.decompress(body) == plain
    assert headers["cache-control"] == "no-cache"
    html, ours = (FILES.parent / "index.html").read_text(), plain.decode()
    before, after = html.split("</head>")
    assert ours.startswith(before) and ours.endswith(f"</head>{after}")
    assert STYLE in ours and first_visit.ARRIVAL in ours


def test_a_pages_own_address_tells_the_client_where_the_server_is():
    assert first_visit.ADDRESS in got("/one-head", "")[2].decode()
    for path in ("/", "/another", "/~/+/"):
        assert first_visit.ADDRESS not in got(path, "")[2].decode()


def test_the_policy_allows_each_script_inside_the_page():
    page = got("/one-head", "")[2].decode()
    inside = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert {first_visit.ADDRESS, first_visit.ARRIVAL} < set(inside)
    assert inline_script_hashes().count("sha256-") == len(inside) + 1  # history's, inside no page


def test_what_is_asked_for_at_once_is_there_and_complete():
    names = first_visit.scripts_of_every_page()
    for each in first_visit.ON_EVERY_PAGE:
        assert any(name.startswith(f"{each}.") for name in names), each
    listed = (FILES.parent / "index.html").read_text()
    for name in names:
        for needed in re.findall(r'from"\./([\w.-]+\.js)"', (FILES / "js" / name).read_text()):
            assert needed in names or needed in listed, (name, needed)
