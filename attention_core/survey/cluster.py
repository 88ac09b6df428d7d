"""Where a survey is computed: processes on this computer, or a Dask cluster that is already there.

A cluster's workers need this project and its models installed, and Dask's ports trust whoever reaches
them: they belong into a network of one's own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

HERE = "127.0.0.1"
NOTHING_SERVED: dict[str, object] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
ONE_THREAD: dict[str, object] = {
    f"distributed.nanny.pre-spawn-environ.{name}": 1
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
}


@contextmanager
def client_of(n_workers: int, scheduler: str | None = None) -> Iterator[Client]:
    """A client of the scheduler at this address; without one, of `n_workers` processes here, with a thread each.

    Local workers listen on 127.0.0.1 alone; there is no dashboard.
    """
    if scheduler is not None:
        with Client(scheduler, timeout="10s") as client:
            yield client
        return
    with (
        dask.config.set(NOTHING_SERVED | ONE_THREAD),
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host=HERE,
            dashboard_address=None,
            silence_logs=logging.ERROR,  # that a worker took long to stop concerns nobody
        ) as cluster,
        Client(cluster) as client,
    ):
        cluster.scheduler.http_server.stop()  # it would keep the dashboard's port open for nothing
        yield client
