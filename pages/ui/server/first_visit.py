"""The page that a browser gets first: Streamlit's index.html with what lets our pages arrive soon, and without jumps."""

import re
from collections.abc import Iterable
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pages.ui.widgets.sources import below_base

STATIC = Path(st.__file__).parent / "static"
# Streamlit looks for its server below a page's own address first: an error in the browser's console.
# What moves after a click or key is the reader's doing, and should a part never come, the rest is shown.
SCRIPT = """
window.__streamlit ??= {BACKEND_BASE_URL: new URL(".", location.href).href};
const arrived = () => delete document.documentElement.dataset.arriving;
document.documentElement.dataset.arriving = "";
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, arrived, {once: true, capture: true});
setTimeout(arrived, 20_000);
"""
# What menu.py sets comes late: the wide layout, and the sidebar's 256 pixels. Their room is kept. What lies below
# a part that has no height yet is unseen until that part is drawn: see widgets/sources.py.
STYLE = """
[data-testid=stMainBlockContainer] {max-width: none !important}
@media (min-width: 768px) {
  [data-testid=stAppViewContainer]:not(:has([data-testid=stSidebar])) {padding-left: 256px}
}
[data-arriving] .stMain :is(.stElementContainer, [data-testid=stLayoutWrapper]):has(
  [data-testid=stSkeleton], [data-testid^=stBidiComponent]:not([data-drawn])
) ~ :is(*, * *) {visibility: hidden !important}
"""
ON_EVERY_PAGE = ("BidiComponent", "ButtonGroup", "Html", "Selectbox", "TextInput")


def page_routes(addresses: Iterable[str], style: str) -> list[Route]:
    """A route for the address of each page; `style` is in force from the first element on."""
    content = page(style)

    async def answer(_: Request) -> Response:
        return HTMLResponse(content, headers={"Cache-Control": "no-cache"})

    return [Route(below_base(address), answer) for address in addresses]


def page(style: str) -> str:
    """Streamlit's index.html with our additions."""
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in scripts_of_every_page()
    )
    ours = f"<script>{SCRIPT}</script><style>html {{{style}}}{STYLE}</style>{links}"
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    return html.replace("</head>", f"{ours}</head>")


def scripts_of_every_page() -> list[str]:
    """The scripts that each page needs as soon as its first elements arrive, and what they import."""
    folder = STATIC / "static" / "js"
    names = [path.name for each in ON_EVERY_PAGE for path in sorted(folder.glob(f"{each}.*.js"))]
    for name in names:  # grows on the way
        source = (folder / name).read_text(encoding="utf-8")
        imported = re.findall(r'(?:from|import)\s*["`\']\./([\w.-]+\.js)["`\']', source)
        names += [each for each in dict.fromkeys(imported) if each not in names]
    listed = (STATIC / "index.html").read_text(encoding="utf-8")
    return [name for name in names if name not in listed]
