"""One process beside this one for calls that may end it: started when first asked for, restarted when it has died.

It is not for speed: one call runs at a time. The process never imports torch, and ends itself when idle.
"""

import logging
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from loky import get_reusable_executor

P = ParamSpec("P")
R = TypeVar("R")
IDLE = 60  # seconds without a call, after which the process ends and gives its memory back; also where ours was killed
PATIENCE = 60.0  # seconds that a call may take, the start of the process included

_log = logging.getLogger(__name__)
# Loky keeps a process for each thread that asks. One thread asks for all: one process, one call at a time.
_caller = ThreadPoolExecutor(1, "apart")


class WorkerDied(RuntimeError):
    """The process ended or hung during the call. The next call gets a new one."""


def apart(function: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    """What `function` returns, run in the process beside this one. Its own errors are raised here.

    Function, arguments and result are pickled. Raises WorkerDied if the call ends the process, or outlasts `PATIENCE`.
    """
    return _caller.submit(lambda: _in_worker(function, *args, **options)).result()


def _in_worker(function: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    worker = get_reusable_executor(max_workers=1, timeout=IDLE)
    try:
        return worker.submit(function, *args, **options).result(PATIENCE)
    except (BrokenExecutor, TimeoutError) as error:
        worker.shutdown(wait=True, kill_workers=True)
        _log.exception("%s ended its process", function.__qualname__)
        raise WorkerDied(f"{function.__qualname__} ended its process") from error
