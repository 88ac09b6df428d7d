"""The server computes each pass with one thread; whoever imports the core alone keeps the threads of their own work."""

import json
import os
import subprocess
import sys

import pytest

from tests.pages.conftest import PROJECT

THREADS = """
import json, os, threading
import numpy, torch
from threadpoolctl import threadpool_info

def threads():
    blas = sorted(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")
    found = []
    other = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    other.start()
    other.join()
    return {"blas": blas, "torch": torch.get_num_threads(), "torch elsewhere": found[0]}
"""
NOTEBOOK = f"""
{THREADS}
torch.ones(300, 300) @ torch.ones(300, 300)
before, environment = threads(), dict(os.environ)
import attention_core.pretrained
from attention_core.pretrained.loading import load
from attention_core.pretrained.capture import capture
capture("One short text", load("MiniLM"))
changed = sorted(k for k in environment.keys() | os.environ if environment.get(k) != os.environ.get(k))
print(json.dumps([before, threads(), changed]))
"""
SERVER = """
import app
"""
SCRIPT = """
from streamlit.testing.v1 import AppTest
assert not AppTest.from_file("app.py", default_timeout=60).run().exception
"""
COUNTED = f"""
{THREADS}
print(json.dumps(threads()), flush=True)
os._exit(0)  # a model may be on its way
"""


def answer(program: str, **environment: str) -> list | dict:
    """What a new process prints last, on a machine that says nothing of threads unless `environment` does."""
    silent = {name: each for name, each in os.environ.items() if not name.endswith("NUM_THREADS")}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=silent | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout.splitlines()[-1])


def test_a_notebook_keeps_its_threads_and_its_environment():
    before, after, changed = answer(NOTEBOOK)
    # a library on the way may bring a BLAS of its own
    assert set(before.pop("blas")) == set(after.pop("blas"))
    assert before == after
    assert before["torch"] == before["torch elsewhere"]
    assert all(name.startswith("HF_HUB_DISABLE_") for name in changed)  # what the hub is told


@pytest.mark.parametrize("entry", [SERVER, SCRIPT], ids=["server", "script"])
def test_the_app_computes_with_one_thread_in_any_thread(entry: str):
    found = answer(entry + COUNTED)
    assert found["torch"] == found["torch elsewhere"] == 1
    assert set(found["blas"]) == {1}


def test_the_host_may_say_more():
    assert answer(SERVER + COUNTED, OMP_NUM_THREADS="2")["torch elsewhere"] == 2
