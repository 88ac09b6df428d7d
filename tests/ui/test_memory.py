"""Freed memory goes back to the system, where the C library can be told so; a fourth model takes the place of another."""

import platform
import weakref
from threading import Thread

import numpy as np
import psutil

from pages.ui.server import models, settings
from pages.ui.server.cache import cache_budget
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved


def megabytes() -> float:
    return psutil.Process().memory_info().rss / 1e6


def test_large_blocks_of_any_thread_go_back_when_they_are_freed():
    assert settings.give_back_large_blocks() == (platform.libc_ver()[0] == "glibc")
    blocks, pins = [], []

    def fill() -> None:
        for _ in range(20):
            blocks.append(np.ones(250_000))  # 2 MB
            pins.append(np.ones(1_000))  # keeps a heap from shrinking

    for _ in range(5):
        thread = Thread(target=fill)
        thread.start()
        thread.join()
    full = megabytes()
    blocks.clear()
    settings.give_back_all()
    assert len(pins) == 100 and full - megabytes() > 150


def test_a_fourth_model_takes_the_place_of_the_one_not_asked_for_longest(tmp_path):
    """With all that was computed with it: captures see the weights of their model."""
    models.loading.clear()
    folders = []
    for i, family in enumerate(list(THROUGH_SEAM)[:4]):
        (tmp_path / str(i)).mkdir()
        folders.append(saved(tmp_path / str(i), *THROUGH_SEAM[family]))
    first = folders[0]
    seen = weakref.ref(models.loading(first).result.result(timeout=60).engine.model)
    weights = weakref.ref(models.captured(first, "A few words").layers[0])
    for folder in folders[1:3]:
        models.loading(folder).result.result(timeout=60)
        models.captured(folder, "A few words")
    assert seen() is not None and weights() is not None
    kept = cache_budget.n_bytes
    models.loading(folders[3]).result.result(timeout=60)
    assert seen() is None and weights() is None
    assert cache_budget.n_bytes < kept
    for folder in folders[1:]:
        models.loading.clear(folder)
