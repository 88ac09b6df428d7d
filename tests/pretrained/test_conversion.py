"""The 4-bit file becomes safetensors once, whole or not at all; a real tiny file goes through the very conversion."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attention_core.pretrained.capture import capture
from attention_core.pretrained.conversion import converted
from attention_core.pretrained.loading import load
from tests.pretrained.gguf_file import weights_of

PROJECT = Path(__file__).parents[2]


def converting(file: Path, cache: Path) -> subprocess.Popen[str]:
    """Another process that converts the file, and prints each stage."""
    program = (
        "import sys; from pathlib import Path\n"
        "from attention_core.pretrained.catalogue import Weights\n"
        "from attention_core.pretrained.conversion import converted\n"
        "file, sha256, cache = sys.argv[1:]\n"
        "converted(Weights('tiny', file, sha256), Path(file), print, Path(cache))\n"
    )
    arguments = [str(file), weights_of(file).sha256, str(cache)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_a_killed_conversion_leaves_nothing_half_made_and_the_next_succeeds(tiny_gguf, tmp_path):
    process = converting(tiny_gguf, tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.part-*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)  # until the other process has begun to write
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.partition(".")[2].partition("-")[0] for name in names] == ["lock", "part"]

    folder = converted(weights_of(tiny_gguf), tiny_gguf, cache=tmp_path)
    assert sorted(tmp_path.iterdir()) == [folder, folder.with_name(f"{folder.name}.lock")]
    loaded = load(str(folder))
    assert [token.text for token in capture("abc", loaded).tokens] == ["ab", "c"]
    assert loaded.engine.head_counts == (4,)


@pytest.mark.slow
def test_two_processes_at_once_convert_once(tiny_gguf, tmp_path):
    processes = [converting(tiny_gguf, tmp_path) for _ in range(2)]
    reports = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert "".join(reports).count("writing safetensors") == 1
    assert len(list(tmp_path.glob("*/model.safetensors"))) == 1

    stages: list[str] = []
    folder = converted(weights_of(tiny_gguf), tiny_gguf, stages.append, tmp_path)
    assert folder.is_dir()
    assert stages == []
