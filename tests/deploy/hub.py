"""A Hugging Face hub on this machine with a few models in it, so that the library's real download code runs.

It knows the four addresses that a download needs, over plain HTTP: not the hub's own Xet transfer.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.deploy.conftest import PROJECT


@dataclass(frozen=True)
class Repository:
    """One model on the hub: its id, the only revision it has, and the folder with its files."""

    hub_id: str
    revision: str
    folder: Path

    def files(self) -> list[Path]:
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file()]


def hub(repositories: list[Repository]) -> Starlette:
    """The server, to be run by any ASGI server."""
    known = {repository.hub_id: repository for repository in repositories}

    def asked(request: Request) -> Repository:
        names = request.path_params
        repository = known.get(f"{names['owner']}/{names['name']}")
        if repository is None or names.get("revision", "main") not in ("main", repository.revision):
            raise HTTPException(404, headers={"X-Error-Code": "RepoNotFound"})
        return repository

    def about(request: Request) -> Response:
        repository = asked(request)
        return JSONResponse({"id": repository.hub_id, "sha": repository.revision})

    def tree(request: Request) -> Response:
        repository = asked(request)
        return JSONResponse(
            [
                {
                    "type": "file",
                    "path": path.relative_to(repository.folder).as_posix(),
                    "size": path.stat().st_size,
                    "oid": "0" * 40,  # asked for, and read by nobody
                }
                for path in repository.files()
            ]
        )

    def file(request: Request) -> Response:
        repository = asked(request)
        path = repository.folder / request.path_params["file"]
        if path not in repository.files():
            raise HTTPException(404, headers={"X-Error-Code": "EntryNotFound"})
        return FileResponse(path, headers={"X-Repo-Commit": repository.revision})

    model = "/api/models/{owner}/{name}"
    return Starlette(
        routes=[
            Route(model, about),
            Route(model + "/revision/{revision}", about),
            Route(model + "/tree/{revision}", tree),
            Route("/{owner}/{name}/resolve/{revision}/{file:path}", file),
        ]
    )


@contextmanager
def hub_on(port: int, repositories: list[Repository]) -> Iterator[str]:
    """The hub's address on this machine, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(hub(repositories), port=port, log_level="warning"))
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        serving.join(10)


LOCATE = "import sys; from attention_core.pretrained.files import locate; print(*locate(sys.argv[1]), sep='\\n')"


def located(model_id: str, hub: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What another process finds, one in which this hub is the only one and nothing is cached."""
    return subprocess.run(
        [sys.executable, "-c", LOCATE, model_id],
        cwd=PROJECT,
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
