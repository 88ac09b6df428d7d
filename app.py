"""The entry: `streamlit run app.py` finds `app`, an ASGI application that serves pages/menu.py.

It sees to it that the default model is loaded in the background and adds the security headers. A host
that runs this file as an ordinary script gets the same pages, without the head start and the headers.
"""

import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.server import faults, settings
from pages.ui.server.models import health, warm_up
from pages.ui.server.security_headers import SecurityHeaders
from pages.ui.widgets.sources import by_address

MENU = Path(__file__).resolve().parent / "pages" / "menu.py"


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
        middleware=[Middleware(SecurityHeaders)],
        routes=[Route("/health", health), by_address()],
        on_script_error=faults.show,  # in callbacks, and where a part of a page runs alone
    )
else:
    runpy.run_path(str(MENU), run_name="__main__")
