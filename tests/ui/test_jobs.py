"""A job in the background says what it does, and holds its result or the reason why there is none."""

import pytest

from attention_core.errors import ReaderError
from pages.ui.server.jobs import BackgroundJob, Report


def test_a_job_says_what_it_does_and_ends_in_its_result():
    stages = []

    def work(report: Report) -> int:
        for stage in ("one", "two"):
            report(stage)
            stages.append(job.stage)
        return 7

    job = BackgroundJob(work)
    assert job.stage == BackgroundJob.stage and not job.is_done and not job.has_failed
    job.run()
    assert stages == ["one", "two"] and job.result.result() == 7
    assert job.is_done and not job.has_failed and job.seconds >= 0


def refuse(_: Report) -> int:
    raise ReaderError("no such head")


def test_what_the_model_refuses_is_the_result_and_no_fault(faults_logged):
    job = BackgroundJob(refuse)
    job.run()
    assert job.is_done and job.has_failed and not faults_logged
    with pytest.raises(ReaderError, match="no such head"):
        job.result.result()


@pytest.mark.invites_fault
def test_a_fault_of_ours_is_logged(faults_logged):
    job = BackgroundJob(lambda _: 1 // 0)
    job.run()
    assert job.has_failed and len(faults_logged) == 1
