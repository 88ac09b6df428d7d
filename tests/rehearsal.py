"""What Streamlit Community Cloud does, on this machine: `make rehearsal`. Prints a table and fails where memory does not hold.

A clean environment from requirements.txt alone, a clone of what is committed, the Cloud's start command and forced
settings, no model packages; the models come through the library's own download from a hub on this machine.
torch's wheel is taken from this disk. Not rehearsed: the Cloud's network, its slower cores, and the hub's own Xet transfer.

--tree takes the files as they are instead of the last commit; --uv installs with uv, as the Cloud tries first;
--in FOLDER keeps the environment there, for another run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from attention_core.pretrained.catalogue import MINILM, SMOLLM2, Entry
from attention_core.pretrained.files import locate
from pages.ui.widgets.proof_panel import HEADING
from tests.browser.conftest import PROJECT, launched, settled
from tests.deploy.conftest import free_ports, wait_until_up
from tests.deploy.hub import Repository, hub_on

GB = 1e9
MOST_WITH_MINILM, MOST_WITH_BOTH = 1.0 * GB, 1.6 * GB
CLOUD_SETTINGS = (  # of the Cloud's documentation; a flag wins over .streamlit/config.toml
    "--server.headless=true",
    "--server.enableXsrfProtection=true",
    "--client.showErrorDetails=false",
    "--browser.gatherUsageStats=true",
)
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
MODEL_PACKAGES = [entry.weights.distribution for entry in (MINILM, SMOLLM2) if entry.weights]


@dataclass(frozen=True)
class Memory:
    """What the server's process holds in RAM, in bytes."""

    now: int
    private: int  # of this: not a file's pages, which the system may take back at any time
    peak: int  # since the process began

    @classmethod
    def of(cls, process: int) -> "Memory":
        status = Path(f"/proc/{process}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return cls(*(1024 * int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon", "VmHWM")))


def copied(folder: Path, from_tree: bool) -> Path:
    """The project as the Cloud gets it: what is committed or, with `from_tree`, what would be."""
    shutil.rmtree(folder, ignore_errors=True)
    if not from_tree:
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(folder)], check=True)
        return folder
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    return folder


def installed(environment: Path, requirements: Path, with_uv: bool) -> Path:
    """The environment's folder of programs, made unless it is there."""
    programs = environment / "bin"
    if not (environment / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        python = str(programs / "python")
        pip = (
            ["uv", "pip", "install", "--python", python]
            if with_uv
            else [python, "-m", "pip", "install"]
        )
        subprocess.run([*pip, "--quiet", "-r", str(requirements)], check=True)
        (environment / "installed").touch()
    check = (
        "import importlib.metadata as m, torch; assert torch.version.cuda is None, 'a CUDA build';"
        f"found = {{d.name for d in m.distributions()}} & set({MODEL_PACKAGES!r}); assert not found, found"
    )
    subprocess.run([str(programs / "python"), "-c", check], check=True)
    return programs


def without_pytorchs_host(requirements: Path) -> Path:
    """The file with the addresses of torch's CPU wheels on this disk; their own host need not be reached."""
    wheels = Path(os.environ.get("PIP_FIND_LINKS", "."))
    assert [*wheels.glob("torch-*+cpu-*.whl")], (
        "set PIP_FIND_LINKS to a folder that has torch's CPU wheel"
    )
    lines = requirements.read_text()
    assert CPU_WHEELS in lines
    requirements.write_text(lines.replace(CPU_WHEELS, wheels.resolve().as_uri()))
    return requirements


def repository(entry: Entry) -> Repository:
    """The model's files as this computer has them, under the hub's name and revision."""
    folder, source = locate(entry.key)
    print(f"hub: {entry.hub_id} from {source}", flush=True)
    return Repository(entry.hub_id, entry.revision, folder)


@contextmanager
def running(programs: Path, project: Path, home: Path, hub: str) -> Iterator[tuple[str, int]]:
    """The app as the Cloud starts it; its address and process, until the block ends."""
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    command = [str(programs / "streamlit"), "run", "app.py", *CLOUD_SETTINGS]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, f"--server.port={port}", "--server.address=127.0.0.1"],
            cwd=project,
            env={"HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin", "HF_ENDPOINT": hub},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_up(server, url)
        yield url, server.pid
    except BaseException:
        print((home / "server.log").read_text()[-3000:])
        raise
    finally:
        server.terminate()
        server.wait(20)


def open_side_by_side(page: Page, url: str, model: str, wait: float) -> float:
    """Seconds until both worlds are on screen, the download among them."""
    begin = time.perf_counter()
    page.goto(f"{url}/side-by-side?{urlencode({'model': model})}")
    proof = page.get_by_role("heading", name=HEADING)
    expect(proof).to_be_visible(timeout=1000 * wait)
    settled(page)
    return time.perf_counter() - begin


def visit(begun: float, url: str, process: int) -> list[tuple[str, float, Memory]]:
    """(what is open, seconds it took, memory): the first page, then each model side by side with the toy."""
    with launched() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.goto(url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        rows = [("the first page", time.perf_counter() - begun, Memory.of(process))]
        for model, name in ((MINILM.key, "MiniLM"), (SMOLLM2.key, "MiniLM and SmolLM2")):
            seconds = open_side_by_side(page, url, model, wait=300)
            rows.append((name, seconds, Memory.of(process)))
    return rows


def rehearse(folder: Path, from_tree: bool, with_uv: bool) -> list[tuple[str, float, Memory]]:
    project = copied(folder / "project", from_tree)
    requirements = without_pytorchs_host(project / "requirements.txt")
    begin = time.perf_counter()
    programs = installed(folder / ("uv-venv" if with_uv else "venv"), requirements, with_uv)
    print(f"environment: {time.perf_counter() - begin:.0f} s", flush=True)
    home = folder / "home"  # of a new container: nothing is cached
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    with hub_on(free_ports(1)[0], [repository(MINILM), repository(SMOLLM2)]) as hub:
        begun = time.perf_counter()
        with running(programs, project, home, hub) as (url, process):
            rows = visit(begun, url, process)
    fetched = sorted(path.name for path in (home / ".cache/huggingface/hub").glob("models--*"))
    assert len(fetched) == 2, f"the models did not come through the hub: {fetched}"
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", action="store_true")
    parser.add_argument("--uv", action="store_true")
    parser.add_argument("--in", dest="folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rows = rehearse(asked.folder or Path(temporary), asked.tree, asked.uv)
    print("\n| open | seconds | memory | of it private | peak until then |")
    print("|---|---:|---:|---:|---:|")
    for name, seconds, memory in rows:
        sizes = (f"{size / GB:.2f} GB" for size in (memory.now, memory.private, memory.peak))
        print(f"| {name} | {seconds:.1f} | {' | '.join(sizes)} |")
    for (name, _, memory), most in zip(rows[1:], (MOST_WITH_MINILM, MOST_WITH_BOTH), strict=True):
        assert memory.peak < most, f"{name}: {memory.peak / GB:.2f} GB, at most {most / GB} allowed"


if __name__ == "__main__":
    main()
