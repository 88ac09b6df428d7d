"""The entry: `streamlit run app.py` finds `app`, an ASGI application that serves pages/menu.py.

It sees to it that the default model is loaded in the background and adds the security headers. A host
that runs this file as an ordinary script gets the same pages, without the head start and the headers.
"""

import base64
import re
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.models import warm_up

MENU = Path(__file__).resolve().parent / "pages" / "menu.py"


def inline_script_hashes() -> str:
    """Allows exactly the scripts that Streamlit's own index.html carries inside it."""
    html = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", html, re.DOTALL)
    digests = (base64.b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # components arrive as blobs, and Vega compiles its expressions
        f"script-src 'self' blob: 'unsafe-eval' {inline_script_hashes()}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds HEADERS to every HTTP answer; websockets pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    warm_up()  # returns at once: the model is read in a thread of its own
    yield


if get_script_run_ctx() is None:
    app = st.App(MENU, lifespan=lifespan, middleware=[Middleware(SecurityHeaders)])
else:
    runpy.run_path(str(MENU), run_name="__main__")
