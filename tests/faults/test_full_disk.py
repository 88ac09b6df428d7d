"""No room on the disk while SmolLM2 is unpacked: said in words, nothing half-made left, and the toy goes on."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from attention_core.pretrained.files import NOT_UNPACKED, from_wheel, locate
from attention_core.pretrained.reporting import ModelUnavailable
from pages.ui.server import models
from tests.bad_input.reader import LINK, first_number, opened, shown
from tests.pages.conftest import in_order
from tests.pretrained.cases import wheel_file
from tests.pretrained.gguf_file import weights_of


@contextmanager
def full_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of that size in the place of the folder or, where none may be mounted, no larger file for this process."""
    folder.mkdir()
    size = f"size={kilobytes}k"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    is_mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not is_mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [2, 12, 20], ids=["tokenizer", "configuration", "weights"])
def test_wherever_it_ends_the_conversion_leaves_nothing(
    kilobytes, tiny_gguf, tmp_path, monkeypatch
):
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    with full_disk(cache, kilobytes):
        with pytest.raises(ModelUnavailable) as refused:
            from_wheel(weights_of(tiny_gguf), tiny_gguf, print)
        assert NOT_UNPACKED.format("Tiny.gguf") in str(refused.value)
        left = [path for path in cache.rglob("*") if path.is_file()]
        assert [path.suffix for path in left] == [".lock"]
    folder, _ = from_wheel(weights_of(tiny_gguf), tiny_gguf, print)  # once there is room again
    assert (folder / "model.safetensors").is_file()


def test_the_page_says_so_and_the_toy_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wheel_file("SmolLM2")
    models.loading.clear("SmolLM2")
    cache = tmp_path / "cache"
    with monkeypatch.context() as with_full_disk, full_disk(cache, 64):
        with_full_disk.setenv("XDG_CACHE_HOME", str(cache))
        error = models.loading("SmolLM2").result.exception(timeout=120)
        assert isinstance(error, ModelUnavailable)
        app = opened("side-by-side", **LINK, model="SmolLM2")
        assert not app.exception
        assert in_order(shown(app), *NOT_UNPACKED.split("{}")) and models.NO_MODEL_HERE in shown(
            app
        )
        assert first_number(app) == 0.125
    again = next(button for button in app.button if button.label == "Try again")
    app = again.click().run()
    models.loading("SmolLM2").result.result(timeout=180)
    app = app.run()
    assert not app.exception and models.NO_MODEL_HERE not in shown(app)
    assert first_number(app) == 0.125
    assert locate("SmolLM2")[0].is_dir()
