"""The entry: `streamlit run app.py` finds `app`, an ASGI application that serves pages/menu.py.

It loads the default model in the background, adds the security headers and compresses the answers.
A host that runs this file as an ordinary script gets the same pages, without all that.
"""

import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.contents import LESSONS, TOOLS
from pages.ui.server import faults, settings
from pages.ui.server.first_visit import page_routes
from pages.ui.server.models import health, warm_up
from pages.ui.server.security_headers import SecurityHeaders
from pages.ui.widgets.sources import by_address

MENU = Path(__file__).resolve().parent / "pages" / "menu.py"
ADDRESSES = ["", *(page.slug for page in (*LESSONS, *TOOLS))]


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    warm_up()  # returns at once: the model is read in a thread of its own
    yield


settings.apply_to_process()  # before anything imports torch
faults.log_without_words()
if get_script_run_ctx() is None:
    app = st.App(
        MENU,
        lifespan=lifespan,
        # Streamlit sends its scripts as they are: 2.5 MB for Home, 0.6 MB as gzip for 0.06 s of one core
        middleware=[Middleware(SecurityHeaders), Middleware(GZipMiddleware, compresslevel=6)],
        routes=[
            Route("/health", health),
            by_address(),
            *page_routes(ADDRESSES, MENU.with_suffix(".css").read_text()),
        ],
        on_script_error=faults.show,  # in callbacks, and where a part of a page runs alone
    )
else:
    runpy.run_path(str(MENU), run_name="__main__")
