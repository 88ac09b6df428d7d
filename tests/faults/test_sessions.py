"""One server and several readers: one leaves while the model runs, some paste ten million characters, the others notice nothing."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.ui.reader.sentence import how_much
from pages.ui.server.faults import LOGGED
from tests.load.session import Session, tab
from tests.pages.conftest import PROJECT

PATIENCE = 180  # seconds
LONG = "the cat sat on the mat because it was tired " * 100  # more than the model takes
PASTED = "the cat sat. " * 770_000  # ten million characters
READ = PASTED[:20_800]  # as much as is read of it, and a little more
N_PASTE, N_ROUNDS = 2, 6  # readers, and how often each of them does it
MEGABYTES = N_ROUNDS * N_PASTE * len(PASTED) / 2**20  # pasted in all


@dataclass(frozen=True)
class Server:
    url: str
    pid: int
    log: Path

    def faults(self) -> list[str]:
        said = self.log.read_text()
        return [each for each in ("Traceback", LOGGED) if each in said]

    def megabytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as it is started for a class, all that it says in a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=PROJECT,
            # large blocks go straight back to the system, so that what Python has freed is seen to be free
            env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "1000000"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while "URL" not in log.read_text():
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)  # until another process listens
            yield Server(f"http://127.0.0.1:{port}", process.pid, log)
        finally:
            process.terminate()
            process.wait(20)


async def with_model(reader: Session) -> None:
    """The page once the model is loaded: until then the page is asked again, as it would ask itself."""
    await reader.open("side-by-side")
    deadline = time.monotonic() + PATIENCE
    while not reader.has("real_heatmap"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.4)
        await reader._run(BackMsg())


async def leave_while_the_model_reads(server: Server) -> None:
    """Send a long text, and close the tab as soon as the run has begun."""
    async with tab(server.url) as socket:
        reader = Session(socket, {})
        await reader.open("side-by-side")
        message = BackMsg()
        run = message.rerun_script
        run.page_script_hash = reader.page
        run.query_string = "text=" + LONG.replace(" ", "+")
        run.widget_states.widgets.add(id=reader.widget("text").id, string_value=LONG)
        await socket.send(message.SerializeToString())
        await socket.recv()


def test_a_reader_who_leaves_in_the_middle_of_a_run_disturbs_nobody(server: Server):
    async def class_of_two() -> None:
        async with tab(server.url) as socket:
            stays = Session(socket, {})
            await with_model(stays)
            for i in range(3):
                await leave_while_the_model_reads(server)
                sentence = f"the dog number {i} barked"
                await stays.set(stays.widget("text"), string_value=sentence)
                assert stays.data("real_heatmap")["label"].startswith("Attention weights of MiniLM")
                assert stays.data("toy_heatmap")["columns"][-1] == "4 barked"

    asyncio.run(asyncio.wait_for(class_of_two(), PATIENCE))
    assert not server.faults()


@pytest.mark.slow
def test_ten_million_pasted_characters_are_answered_in_words_and_not_kept(server: Server):
    async def paste_and_go_on(reader: Session, text: str) -> None:
        await reader.set(reader.widget("text"), string_value=text)
        assert str(how_much(text)) in reader.text()
        assert len(reader.query["text"]) == 20_000
        # until the next click the server has what the tab has sent last
        await reader.set(reader.widget("text"), string_value="a bird sang")
        assert str(how_much(text)) not in reader.text()

    async def class_of_readers() -> list[float]:
        async with tab(server.url) as socket:
            other = Session(socket, {})
            await with_model(other)
            tabs = [await tab(server.url) for _ in range(N_PASTE)]
            readers = [Session(each, {}) for each in tabs]
            for reader in readers:
                await reader.open("side-by-side")
            sizes = []
            # first what fills the caches of these pages, then ten million characters in its place
            for text in [READ] * N_ROUNDS + [PASTED] * N_ROUNDS:
                for i, reader in enumerate(readers):
                    await paste_and_go_on(reader, text)
                    await other.set(other.widget("text"), string_value=f"a dog barked {i}")
                    assert other.data("toy_heatmap")["columns"][-1] == f"3 {i}"
                sizes.append(server.megabytes())
            for each in tabs:
                await each.close()
            return sizes

    sizes = asyncio.run(asyncio.wait_for(class_of_readers(), PATIENCE))
    told = ", ".join(f"{size:.0f}" for size in sizes)
    print(f"the server's memory, round by round: {told} MB; {MEGABYTES:.0f} MB pasted")
    assert max(sizes[-3:]) < max(sizes[:N_ROUNDS]) + 0.4 * MEGABYTES
    assert not server.faults()
