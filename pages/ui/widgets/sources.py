"""The JavaScript and CSS of the components: each file stands beside the Python that sends its data.

They travel inline with each component, or by an address that browsers keep: see `by_address`.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a name never changes content
# The address is beside Streamlit's own files. Streamlit takes a script of a single line for a path.
LOADER = """// {name}
const address = new URL("./widgets/{name}", document.baseURI);
export default async (mounted) => (await import(address.href)).mount(mounted);
"""
# With the style sheet inside, nothing is ever drawn without it. `component` is the default export.
MODULE = """{script}
const sheet = new CSSStyleSheet();
sheet.replaceSync({style});
export function mount(mounted) {{
  const worn = mounted.parentElement.adoptedStyleSheets;
  if (!worn.includes(sheet)) worn.push(sheet);
  const atEnd = component(mounted);
  mounted.parentElement.host.dataset.drawn = "";  // it has its height: see server/first_visit.py
  return atEnd;
}}
"""
UNTIL_THEN = """
figure, ol { margin: 0 }
canvas { display: block }
.pointer { position: absolute }
"""  # the room that an empty component takes is the same without its style sheet

_routes: list[Route] = []  # none: everything travels inline
_served: dict[str, bytes] = {}  # by name


def script(*names: str) -> str:
    """The named scripts as one: what several components share, then the component's own, last."""
    return "".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def style(*names: str) -> str:
    """The named style sheets as one, the component's own last."""
    return "".join((FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in names)


def register(name: str, html: str, css: str, js: str) -> Callable[..., Any]:
    """Register a component: with its script and style sheet inline, or with a loader of their address."""
    if _routes:
        content = MODULE.format(script=js, style=json.dumps(css)).encode()
        address = f"{name}-{sha256(content).hexdigest()[:16]}.js"
        _served[address] = content
        css, js = UNTIL_THEN, LOADER.format(name=address)
    return st.components.v2.component(name, html=html, css=css, js=js)


def by_address() -> Route:
    """From now on components are loaded from this route: each once a browser, not with each element.

    Call it before any component is imported. A replica answers 404 to the name of another version.
    """
    _routes.append(Route(below_base("widgets/{name}"), _answer))
    return _routes[-1]


def below_base(address: str) -> str:
    """Where the server answers for an address of the app."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/{address}" if base else f"/{address}"


def _answer(request: Request) -> Response:
    content = _served.get(request.path_params["name"])
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type="text/javascript", headers=FOREVER)
