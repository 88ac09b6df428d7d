"""The address /health: whether this server has what it needs. It starts nothing and tells of no reader and no path.

Streamlit's own /_stcore/health says that the process answers; whether the default model is there says this one.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse

from attention_core.pretrained.catalogue import MINILM
from pages.ui.server import models


def health(_: Request) -> JSONResponse:
    """200 with the default model loaded; 503 while it is on its way, and where it could not be had (the toy works)."""
    if models.is_ready(MINILM.key):
        state = "ready"
    elif models.has_failed(MINILM.key):
        state = "failed"
    else:
        state = "loading"
    return JSONResponse(
        {"server": "up", "model": MINILM.key, "state": state},
        status_code=200 if state == "ready" else 503,
        headers={"Cache-Control": "no-store"},
    )
