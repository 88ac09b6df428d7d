"""From an installed file to one that transformers loads: checked byte for byte, and SmolLM2's 4-bit numbers unpacked once."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from threading import Lock

from filelock import FileLock
from platformdirs import user_cache_path

from attention_core.pretrained.catalogue import Weights
from attention_core.pretrained.reporting import ModelUnavailable, Report, quiet

# while transformers builds one model it patches what ties the weights of all: another one loses its prediction head
building = Lock()


def check_sha256(file: Path, expected: str, report: Report = quiet) -> None:
    """Raises ModelUnavailable if the file is not, byte for byte, the one the catalogue names."""
    report(f"checking {file.name}")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise ModelUnavailable(
            f"{file.name} is damaged or not the expected file (SHA-256 {found[:12]}…, "
            f"expected {expected[:12]}…). Install it again: make setup"
        )


def converted(
    weights: Weights, gguf: Path, report: Report = quiet, cache: Path | None = None
) -> Path:
    """The folder with the file's safetensors version, made on the first call and kept in the user's cache.

    It is written beside its final place and renamed when whole, so a killed conversion leaves nothing half-made;
    what a power failure has cut short afterwards is made again.
    """
    cache = cache or user_cache_path("attention-workbench")
    folder = cache / f"{gguf.stem.lower()}-{weights.sha256[:12]}"
    if _is_whole(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{folder.name}.lock"):
        if not _is_whole(folder):  # another process may have made it while we waited
            check_sha256(gguf, weights.sha256, report)
            _sweep(cache, folder.name)
            shutil.rmtree(folder, ignore_errors=True)
            part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=cache))
            try:
                _convert(gguf, part, report)
                part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether the folder's weights are as long as their own header says."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / "model.safetensors", "np"):
            return True
    except (OSError, SafetensorError):
        return False


def _sweep(cache: Path, name: str) -> None:
    """Remove what a killed conversion left; the caller holds the lock, so nobody is writing there."""
    for leftover in cache.glob(f"{name}.part-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _convert(gguf: Path, folder: Path, report: Report) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    report("unpacking 4-bit weights (once on this computer)")
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    with building:
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float16
        )
    # save_pretrained refuses a quantised model; what was read from the file is plain numbers by now
    vars(model)["hf_quantizer"] = None
    vars(model.config).pop("quantization_config", None)
    report("writing safetensors")
    model.save_pretrained(folder)
