"""What a browser is sent on its first visit: Streamlit's scripts and styles as gzip, and its index.html with what our pages add.

Streamlit leaves these files uncompressed, for each answer would be compressed anew. Their names hold a hash, so
here each is compressed once. With brotli a first visit would have 5 % fewer bytes, and only over https.
"""

import asyncio
import gzip
import re
from functools import cache, lru_cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(st.__file__).parent / "static"
HASHED = re.compile(r"/static/((?:js|css)/[\w.-]+\.(js|css))$")
TYPES = {"js": "text/javascript", "css": "text/css"}
A_YEAR = "public, immutable, max-age=31536000"

# Streamlit looks for its server below a page's own address first: an error in the browser's console. This says where it is.
ADDRESS = 'window.__streamlit ??= {BACKEND_BASE_URL: new URL(".", location.href).href}'
ARRIVAL = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
ON_EVERY_PAGE = ("BidiComponent", "ButtonGroup", "Html", "Selectbox", "TextInput")


class FirstVisit:
    """Answers for Streamlit's hashed files and for its index.html; everything else passes untouched."""

    def __init__(self, app: ASGIApp, addresses: frozenset[str], style: str) -> None:
        self.app = app
        self.addresses = addresses  # of our pages, without a slash
        self.style = style  # what our pages add to Streamlit's, in force from the first element on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        zipped = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        found = HASHED.search(scope["path"])
        if found and zipped and (STATIC / "static" / found[1]).is_file():
            body = await asyncio.to_thread(compressed, found[1])
            answer = Response(body, 200, _headers(A_YEAR, zipped), TYPES[found[2]])
            return await answer(scope, receive, send)
        await self._with_our_page(scope, receive, send, zipped)

    async def _with_our_page(
        self, scope: Scope, receive: Receive, send: Send, zipped: bool
    ) -> None:
        is_page = False

        async def send_ours(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                address = scope["path"].rpartition("/")[2]
                is_ours = (
                    address == "" or address in self.addresses
                )  # else a file that a page offers
                is_page = is_ours and message["status"] == 200 and kind.startswith("text/html")
                if is_page:
                    body = page(address in self.addresses, zipped, self.style)
                    ours = Response(body, 200, _headers("no-cache", zipped), "text/html")
                    await ours(scope, receive, send)
            if not is_page:
                await send(message)

        await self.app(scope, receive, send_ours)


def _headers(cache_control: str, zipped: bool) -> dict[str, str]:
    encoding = {"Content-Encoding": "gzip"} if zipped else {}
    return {"Cache-Control": cache_control, "Vary": "Accept-Encoding", **encoding}


@lru_cache(maxsize=512)  # Streamlit has some 300: 5 MB
def compressed(name: str) -> bytes:
    """One of Streamlit's hashed files, by its path under static/static."""
    return gzip.compress((STATIC / "static" / name).read_bytes(), mtime=0)


@cache
def page(below_root: bool, zipped: bool, style: str) -> bytes:
    """Streamlit's index.html with our additions; `below_root` where its address is a page's, not the app's own."""
    scripts = "".join(f"<script>{s}</script>" for s in (ARRIVAL, *[ADDRESS] * below_root))
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in scripts_of_every_page()
    )
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    ours = html.replace(
        "</head>", f"{scripts}<style>html {{{style}}}{STYLE}</style>{links}</head>"
    ).encode()
    return gzip.compress(ours, mtime=0) if zipped else ours


@cache
def scripts_of_every_page() -> tuple[str, ...]:
    """The scripts that each page needs as soon as its first elements arrive, and what they import."""
    folder = STATIC / "static" / "js"
    found: dict[str, None] = {}
    waiting = [path.name for name in ON_EVERY_PAGE for path in sorted(folder.glob(f"{name}.*.js"))]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            source = (folder / name).read_text(encoding="utf-8")
            waiting += re.findall(r'(?:from|import)\s*["`\']\./([\w.-]+\.js)["`\']', source)
    listed = (STATIC / "index.html").read_text(encoding="utf-8")
    return tuple(name for name in found if name not in listed)
