"""Files of weights that a disk or a download has damaged: refused in words, or exactly what they were."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from attention_core.pretrained.catalogue import MINILM
from attention_core.pretrained.conversion import check_sha256, converted
from attention_core.pretrained.loading import NOT_LOADED, load
from attention_core.pretrained.reporting import ModelUnavailable
from tests.pretrained.cases import wheel_file
from tests.pretrained.families import ENCODERS
from tests.pretrained.folders import saved
from tests.pretrained.gguf_file import weights_of


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(saved(tmp_path_factory.mktemp("model"), *ENCODERS["BERT"]))


def damaged(model: Path, tmp_path: Path, content: bytes) -> Path:
    folder = shutil.copytree(model, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(content)
    return folder


def bytes_of(model: Path) -> tuple[bytes, int]:
    """The file, and where its header ends: eight bytes say how long it is."""
    content = (model / "model.safetensors").read_bytes()
    return content, 8 + int.from_bytes(content[:8], "little")


@pytest.mark.parametrize(
    "where", ["nothing", "length", "header", "header's end", "data", "last byte"]
)
def test_a_file_that_is_cut_short_is_refused(where: str, model: Path, tmp_path: Path):
    content, header = bytes_of(model)
    cut = {"nothing": 0, "length": 4, "header": header // 2, "header's end": header,
           "data": (header + len(content)) // 2, "last byte": len(content) - 1}[where]  # fmt: skip
    folder = str(damaged(model, tmp_path, content[:cut]))
    with pytest.raises(ModelUnavailable) as refused:
        load(folder)
    assert NOT_LOADED.format(folder) in str(refused.value)


def test_a_flipped_bit_of_the_header_is_refused_or_changes_nothing(model: Path, tmp_path: Path):
    content, header = bytes_of(model)
    draw, n_refused = random.Random(0), 0
    usual = load_file(model / "model.safetensors")
    folder = damaged(model, tmp_path, content)
    places = [*range(8), *(draw.randrange(8, header) for _ in range(40))]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << draw.randrange(8)
        (folder / "model.safetensors").write_bytes(flipped)
        try:
            state = load(str(folder)).engine.model.state_dict()
        except ModelUnavailable as error:
            n_refused += 1
            assert NOT_LOADED.format(folder) in str(error)
        else:
            for name in set(usual) & set(state):
                np.testing.assert_array_equal(state[name].numpy(), usual[name].numpy())
    assert n_refused > len(places) // 2


def test_a_flipped_bit_of_the_data_is_found_where_the_sha256_is_known(tmp_path: Path):
    file = Path(shutil.copy(wheel_file("MiniLM"), tmp_path))
    check_sha256(file, MINILM.weights.sha256)
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        (byte,) = stream.read(1)
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))
    with pytest.raises(ModelUnavailable, match=r"is damaged or not the expected file .*make setup"):
        check_sha256(file, MINILM.weights.sha256)


@pytest.mark.parametrize("kept", [0, 100, -1], ids=["nothing", "100 bytes", "all but the last"])
def test_a_conversion_that_a_power_failure_cut_short_is_made_again(kept, tiny_gguf, tmp_path):
    folder = converted(weights_of(tiny_gguf), tiny_gguf, cache=tmp_path)
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    assert converted(weights_of(tiny_gguf), tiny_gguf, cache=tmp_path) == folder
    assert file.read_bytes() == whole
    assert load(str(folder)).engine.head_counts == (4,)
