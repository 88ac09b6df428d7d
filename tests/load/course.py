"""One lesson: the server is started, its models are awaited, the class comes, works and goes. What was seen is handed on."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.load.figures import Sample, near
from tests.load.lesson import PAGE, Reader, Step, attend
from tests.load.session import Session, tab

MODELS = ("MiniLM", "SmolLM2")
OF_SECOND_MODEL = 3  # every third reader looks at it
START = 120  # seconds a server may take until its models are there
COMING = 5.0  # seconds in which the class comes in
LEFT = 5.0  # seconds after the last reader has left


@dataclass(frozen=True)
class Course:
    """What was seen of one lesson."""

    readers: int
    seconds: float
    load: float  # of the machine before it began
    steps: list[Step]
    samples: list[Sample]
    moments: dict[str, Sample]
    passes: int  # during the lesson, as is …
    cpu: float  # … seconds of computing
    megabytes_received: float


@dataclass(frozen=True)
class Server:
    url: str
    process: psutil.Process
    counts: Path

    def sample(self, began: float) -> Sample:
        passes = json.loads(self.counts.read_text())["passes"] if self.counts.exists() else 0
        used = self.process.cpu_times()
        megabytes = self.process.memory_info().rss / 1e6
        return Sample(time.monotonic() - began, megabytes, passes, used.user + used.system)

    async def settled(self) -> int:
        """The passes so far, once the count has been written anew."""
        written = self.counts.stat().st_mtime_ns
        while self.counts.stat().st_mtime_ns == written:
            await asyncio.sleep(0.05)
        return int(json.loads(self.counts.read_text())["passes"])


@contextmanager
def running_app(tree: Path) -> Iterator[Server]:
    """The app of a checkout on a free port of this machine, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(__file__).with_name("server.py")
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    # as it is for whoever starts the app: how many threads torch has is for the app to say
    environment = {name: each for name, each in os.environ.items() if name != "OMP_NUM_THREADS"}
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        process = subprocess.Popen(
            [sys.executable, str(program), str(counts), *options],
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout
        try:
            while b"URL" not in (line := process.stdout.readline()):
                assert line, "the server stopped before it said its address"
            yield Server(f"http://127.0.0.1:{port}", psutil.Process(process.pid), counts)
        finally:
            process.terminate()
            process.wait(20)


async def hold(
    tree: Path, readers: int, seconds: float, think: float, models: Sequence[str] = MODELS
) -> Course:
    """Start the app, let the class work for so many seconds, and stop the app again.

    Every third reader looks at the last of the `models`, the others at the first.
    """
    load = psutil.getloadavg()[0]
    with running_app(tree) as server:
        began = time.monotonic()
        moments = {"server started": server.sample(began)}
        for model in models:
            await awaited(server.url, model)
        moments["models loaded"] = server.sample(began)
        samples: list[Sample] = []
        watching = asyncio.create_task(_watch(server, samples, time.monotonic()))
        before, begins = server.sample(began), time.monotonic()
        came = await asyncio.gather(
            *(
                _reader(server.url, models, i, COMING * i / readers, think, begins, seconds)
                for i in range(readers)
            ),
            return_exceptions=True,
        )
        watching.cancel()
        await asyncio.sleep(LEFT)
        after = server.sample(begins)
    present = [each for each in came if isinstance(each, Reader)]
    lost = [Step(PAGE, 0, 0, f"could not come: {each!r}") for each in came if each not in present]
    moments["all have come"] = near(samples, COMING)
    moments |= {f"{at:.0f} s": near(samples, at) for at in _every_half_minute(seconds)}
    moments["end"], moments["all have left"] = samples[-1], after
    return Course(
        readers,
        seconds,
        load,
        [step for reader in present for step in reader.steps] + lost,
        samples,
        moments,
        after.passes - before.passes,
        after.cpu - before.cpu,
        sum(reader.session.n_bytes for reader in present) / 1e6,
    )


async def _reader(
    url: str,
    models: Sequence[str],
    number: int,
    comes: float,
    think: float,
    begins: float,
    seconds: float,
) -> Reader:
    await asyncio.sleep(comes)
    query = {"model": models[-1]} if number % OF_SECOND_MODEL == 2 else {}
    return await attend(url, number, query, think, begins, begins + seconds)


async def awaited(url: str, model: str) -> None:
    """A reader who waits until the model is there, so that a lesson measures no start."""
    deadline = time.monotonic() + START
    async with tab(url) as opened:
        first = Session(opened, {"model": model})
        while True:
            await first.open("one-head")
            if first.has("one_head_map"):
                return
            assert time.monotonic() < deadline, f"{model} did not come: {first.text()[-300:]}"
            await asyncio.sleep(0.5)


async def _watch(server: Server, samples: list[Sample], begins: float) -> None:
    while True:
        samples.append(server.sample(begins))
        await asyncio.sleep(1)


def _every_half_minute(seconds: float) -> list[float]:
    return [30.0 * i for i in range(1, int(seconds // 30) + 1)]
