"""The command: a run that is killed outright goes on where it stopped; what is missing is said in words."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from attention_core.survey.__main__ import main
from attention_core.survey.batches import SIZE
from attention_core.survey.table import read_survey

N_BATCHES = 12


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(tiny, two_workers, out, capsys):
    sentences = out.with_name("own.txt")
    sentences.write_text("the cat sat on a mat and on the mat sat a cat\n" * SIZE * N_BATCHES)
    asked = ["--model", tiny, "--sentences", str(sentences), "--out", str(out)]
    alone = [sys.executable, "-m", "attention_core.survey", *asked, "--workers", "1"]
    command = subprocess.Popen(alone)
    parts = Path(f"{out}.parts")
    until = time.monotonic() + 600
    while not list(parts.glob("*.npz")) and time.monotonic() < until:
        with pytest.raises(subprocess.TimeoutExpired):  # it has not ended
            command.wait(0.01)
    workers = psutil.Process(command.pid).children(recursive=True)
    command.send_signal(signal.SIGKILL)
    assert command.wait(10) == -signal.SIGKILL
    assert not psutil.wait_procs(workers, timeout=30)[1]  # none is left behind
    n_kept = len(list(parts.glob("*.npz")))
    assert 0 < n_kept < N_BATCHES
    assert not out.exists()

    elsewhere = two_workers.scheduler.address
    assert main([*asked, "--scheduler", elsewhere]) == 0
    said = capsys.readouterr().out
    assert elsewhere in said
    assert f"{n_kept * SIZE} of {SIZE * N_BATCHES} sentences" in said.splitlines()[2]
    assert read_survey(out.read_bytes()).about["n_sentences"] == SIZE * N_BATCHES
    assert not parts.exists()


@pytest.mark.parametrize("library", ["dask", "distributed"])
def test_without_dask_it_says_what_to_install(library, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("attention_core.survey.")]:
        if name.rpartition(".")[2] in ("cluster", "run"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["--limit", "1"]) == 1
    assert "pip install -r requirements-survey.txt" in capsys.readouterr().err


def test_a_wrong_file_is_said_in_words(tmp_path, capsys):
    assert main(["--sentences", str(tmp_path / "missing.txt")]) == 1
    assert "can't be read as text" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--workers", "0"])
    assert "--workers" in capsys.readouterr().err


def test_nothing_that_pages_import_of_it_brings_torch_or_dask():
    code = (
        "import sys; from attention_core.survey import against, batches, corpus, measure, table;"
        "assert not {'torch', 'dask', 'distributed', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert done.returncode == 0
