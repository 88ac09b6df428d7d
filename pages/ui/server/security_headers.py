"""What the browser is told to forbid, with every HTTP answer. TLS, and the header that insists on it, is the proxy's."""

import base64
import os
import re
from hashlib import sha256
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.reader.page_link import HISTORY
from pages.ui.server import first_visit


def inline_script_hashes() -> str:
    """Allows exactly the scripts that Streamlit's own index.html carries inside it, and ours."""
    html = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    streamlits = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", html, re.DOTALL)
    scripts = [*streamlits, HISTORY, first_visit.SCRIPT]
    digests = (base64.b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


# A Hugging Face Space names its own address in SPACE_HOST, and the hub's page frames it from another.
FRAMED_BY = "'self' https://huggingface.co" if "SPACE_HOST" in os.environ else "'self'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # components arrive as blobs, and Vega compiles its expressions
        f"script-src 'self' blob: 'unsafe-eval' {inline_script_hashes()}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",  # the websocket of this very host, too
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        f"frame-ancestors {FRAMED_BY}",  # Streamlit Community Cloud frames the app from its own address
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # the address holds what the reader typed
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=()",
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
