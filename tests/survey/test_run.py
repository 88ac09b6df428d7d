"""A survey on real worker processes: one worker or two, killed or stopped, the same table; other surveys' parts stay apart."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from attention_core.survey.batches import batches, measure_batch
from attention_core.survey.bench import same
from attention_core.survey.cluster import client_of
from attention_core.survey.corpus import Corpus
from attention_core.survey.measure import NAMES
from attention_core.survey.run import survey
from attention_core.survey.table import read_survey
from tests.survey.conftest import DOZEN

SIZE = 2  # sentences of a batch: six batches


@pytest.fixture(scope="module")
def reference(tiny, two_workers, tmp_path_factory):
    """What two workers that nobody disturbs find."""
    file = tmp_path_factory.mktemp("reference") / "survey.parquet"
    return survey(tiny, DOZEN, file, two_workers, size=SIZE)


def test_one_worker_gives_the_same_table_bit_for_bit(tiny, reference, out):
    with client_of(1) as alone:
        found = survey(tiny, DOZEN, out, alone, size=SIZE)
    assert same(found, reference)
    assert same(read_survey(out.read_bytes()), reference)


def test_a_table_says_what_it_is_about(tiny, reference):
    about = reference.about
    assert about["model"] == tiny
    assert about["corpus_sha256"] == DOZEN.sha256
    assert about["n_sentences"] == 12
    assert about["n_tokens"] == sum(len(text.split()) for text in DOZEN.sentences)
    assert about["versions"]["numpy"] == np.__version__
    assert len(reference.mean) == len(NAMES) * 2 * 4


@pytest.mark.slow
def test_a_killed_worker_costs_only_its_batch(tiny, two_workers, reference, out):
    killed = []

    def kill_one(progress):
        busy = [worker for worker, tasks in two_workers.processing().items() if tasks]
        if progress.n_done and busy and not killed:
            pids = two_workers.run(os.getpid)
            killed.append(pids[busy[0]])
            os.kill(killed[0], signal.SIGKILL)

    found = survey(tiny, DOZEN, out, two_workers, kill_one, size=SIZE)
    assert len(killed) == 1
    assert same(found, reference)


class Stopped(Exception):
    """What a reader's Ctrl-C would be."""


def begin_and_stop(tiny, corpus, out, client, after=4):
    def stop(progress):
        if progress.n_done >= after:
            raise Stopped

    with pytest.raises(Stopped):
        survey(tiny, corpus, out, client, stop, size=SIZE)
    assert not out.exists()
    return sorted(Path(f"{out}.parts").iterdir())


def resume(tiny, corpus, out, client):
    seen = []
    return survey(tiny, corpus, out, client, seen.append, size=SIZE), seen[0].n_kept


@pytest.mark.slow
def test_a_stopped_survey_goes_on_where_it_stopped(tiny, two_workers, reference, out):
    assert len(begin_and_stop(tiny, DOZEN, out, two_workers)) == 2
    found, n_kept = resume(tiny, DOZEN, out, two_workers)
    assert n_kept == 4
    assert same(found, reference)
    assert not Path(f"{out}.parts").exists()


def test_a_damaged_part_is_measured_again(tiny, two_workers, reference, out):
    first, _ = begin_and_stop(tiny, DOZEN, out, two_workers)
    first.write_bytes(first.read_bytes()[:100])
    found, n_kept = resume(tiny, DOZEN, out, two_workers)
    assert n_kept == 2
    assert same(found, reference)


def test_parts_of_another_survey_are_neither_used_nor_removed(tiny, two_workers, out):
    theirs = begin_and_stop(tiny, DOZEN, out, two_workers)
    other = Corpus("other", (*DOZEN.sentences[:-1], "mat"))
    ours = begin_and_stop(tiny, other, out, two_workers)
    ours = [file for file in ours if file not in theirs]
    shutil.copy(theirs[0], ours[0])  # even under our own name
    _, n_kept = resume(tiny, other, out, two_workers)
    assert n_kept == 2
    assert sorted(Path(f"{out}.parts").iterdir()) == theirs


def test_a_worker_with_other_files_of_the_model_refuses(tiny):
    with pytest.raises(ValueError, match="other files"):
        measure_batch(batches(DOZEN)[0], tiny, "0" * 64)


def test_sentences_without_a_token_are_left_out_and_counted(tiny, two_workers, reference, out):
    blank = replace(DOZEN, sentences=(*DOZEN.sentences, " "))
    found = survey(tiny, blank, out, two_workers, size=13)
    assert found.about["n_sentences"] == 12
    np.testing.assert_allclose(found.mean, reference.mean, rtol=1e-5)
    with pytest.raises(ValueError, match="none of these"):
        survey(tiny, Corpus("none", (" ",)), out, two_workers)


def test_local_workers_listen_on_this_machine_alone(two_workers):
    here = psutil.Process()
    listening = [
        each.laddr
        for process in [here, *here.children(recursive=True)]
        for each in process.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert 8787 not in {address.port for address in listening}
