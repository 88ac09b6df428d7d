"""The container file, as far as it can be checked without a builder: its files are there and are enough, its commands run."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import PROJECT, configured, free_ports

FILE = PROJECT / "deploy" / "Containerfile"


def instructions(stage: int) -> list[tuple[str, str]]:
    """(name, arguments) of every instruction of a stage, continued lines joined, comments left out."""
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages = re.split(r"^(?=FROM )", joined, flags=re.MULTILINE)[1:]
    split = (line.partition(" ") for line in stages[stage].splitlines() if line)
    return [(name, rest) for name, _, rest in split]


def copied(stage: int) -> list[list[str]]:
    """The sources and, last, the target of every COPY from the project."""
    return [
        rest.split()
        for name, rest in instructions(stage)
        if name == "COPY" and "--from" not in rest
    ]


def lay_out(copies: list[list[str]], folder: Path) -> None:
    """What the builder would do with these instructions, and with what .dockerignore keeps from it."""
    for *sources, target in copies:
        for source in sources:
            inside = folder / target / source if target == "./" else folder / target
            if (PROJECT / source).is_dir():
                shutil.copytree(PROJECT / source, inside, ignore=shutil.ignore_patterns("*.pyc"))
            else:
                shutil.copy(PROJECT / source, inside)


def variables(folder: Path) -> dict[str, str]:
    """The last stage's environment, with `folder` in the place of /app."""
    pairs = [pair for name, rest in instructions(-1) if name == "ENV" for pair in rest.split()]
    return {
        name: value.replace("/app", str(folder))
        for name, _, value in (pair.partition("=") for pair in pairs)
    }


def test_what_is_copied_is_committed_and_not_kept_from_the_builder():
    sources = {source for stage in (0, 1) for *sources, _ in copied(stage) for source in sources}
    listed = subprocess.run(
        ["git", "ls-files", *sources], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    tracked = {line.split("/")[0] for line in listed.stdout.splitlines()}
    allowed = {
        line[1:]
        for line in (PROJECT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert sources == tracked == allowed


def test_make_needs_no_other_file_than_those_copied_for_it(tmp_path: Path):
    lay_out(copied(0), tmp_path)
    commands = " ".join(rest for name, rest in instructions(0) if name == "RUN")
    targets = re.findall(r"make (\S+)", commands)
    assert targets == [".venv/app.done", "setup"]
    for target in targets:
        plan = subprocess.run(
            ["make", "--dry-run", target], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert plan.returncode == 0, plan.stderr
        assert "pip" in plan.stdout


@contextmanager
def started(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The last stage's command, run there until the block ends."""
    (command,) = [json.loads(rest) for name, rest in instructions(-1) if name == "CMD"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.slow
def test_the_copied_files_alone_become_healthy_and_nothing_is_written_there(tmp_path: Path):
    folder = tmp_path / "app"
    folder.mkdir()
    lay_out(copied(-1), folder)
    (folder / ".venv").symlink_to(sys.prefix)
    environment = {
        **variables(folder),
        "HOME": str(tmp_path),
        "HF_HOME": str(tmp_path / "huggingface"),
        "PATH": os.environ["PATH"],
        "STREAMLIT_SERVER_PORT": str(free_ports(1)[0]),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",  # a container has walls of its own, a test has none
    }
    (check,) = [rest for name, rest in instructions(-1) if name == "HEALTHCHECK"]
    command = json.loads(check.partition("CMD ")[2])

    def is_healthy() -> bool:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.call(command, cwd=folder, env=environment, **quiet) == 0

    before = sorted(folder.rglob("*"))
    assert not is_healthy()  # nobody is there yet
    with started(folder, environment) as server:
        while not is_healthy():
            with suppress(subprocess.TimeoutExpired):
                code = server.wait(1)
                raise AssertionError(f"the app stopped with exit code {code}")
    assert sorted(folder.rglob("*")) == before


def test_compose_starts_a_replica_on_each_port_that_nginx_knows():
    services = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())["services"]
    nginx = services.pop("nginx")
    ports = {str(one["environment"]["STREAMLIT_SERVER_PORT"]) for one in services.values()}
    moved = configured(1, 2, 3)  # asserts that the file knows these ports and no others
    assert "server 127.0.0.1:2 " in moved
    assert ports == {"8501", "8502"}
    assert nginx["ports"] == ["8080:8080"]
    assert {one["network_mode"] for one in services.values()} == {"service:nginx"}
    assert {one["environment"]["STREAMLIT_SERVER_ADDRESS"] for one in services.values()} == {
        "127.0.0.1"
    }


def test_the_header_of_a_space_names_the_port_that_the_readme_gives_the_container():
    _, header, rest = (PROJECT / "deploy" / "space.md").read_text().split("---\n")
    fields = yaml.safe_load(header)
    assert fields["sdk"] == "docker" and not rest.strip()
    readme = (PROJECT / "README.md").read_text()
    (line,) = [line for line in readme.splitlines() if line.endswith("> Dockerfile")]
    made = subprocess.check_output(["sh", "-c", line.removesuffix("> Dockerfile")], cwd=PROJECT)
    assert made.decode() == (FILE.read_text() + f"ENV STREAMLIT_SERVER_PORT={fields['app_port']}\n")


def test_only_in_a_space_may_the_hubs_page_frame_the_app():
    command = "from pages.ui.server.security_headers import FRAMED_BY; print(FRAMED_BY)"
    environment = {key: value for key, value in os.environ.items() if key != "SPACE_HOST"}
    for more, expected in (
        ({}, "'self'"),
        ({"SPACE_HOST": "a-b.hf.space"}, "'self' https://huggingface.co"),
    ):
        printed = subprocess.check_output(
            [sys.executable, "-c", command], cwd=PROJECT, env={**environment, **more}
        )
        assert printed.decode().strip() == expected
