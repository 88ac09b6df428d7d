"""The 4-bit file becomes safetensors once, whole or not at all; a real tiny file goes through the very conversion."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np
import pytest

from attention_core.pretrained.capture import capture
from attention_core.pretrained.catalogue import Weights
from attention_core.pretrained.conversion import converted
from attention_core.pretrained.loading import load

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real file of one tiny layer, so that the very conversion of SmolLM2 runs on it."""
    path = tmp_path_factory.mktemp("gguf") / "Tiny.gguf"
    tokens = ["<pad>", "<s>", "</s>", *"abcdefghij", "Ġ", "ab"]
    d_model, kv_size, d_ff = 32, 16, 64
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(d_model)
    writer.add_feed_forward_length(d_ff)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(8)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * 3 + [1] * (len(tokens) - 3))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    shapes = {
        "token_embd": (len(tokens), d_model),
        "output_norm": (d_model,),
        "blk.0.attn_norm": (d_model,),
        "blk.0.attn_q": (d_model, d_model),
        "blk.0.attn_k": (kv_size, d_model),
        "blk.0.attn_v": (kv_size, d_model),
        "blk.0.attn_output": (d_model, d_model),
        "blk.0.ffn_norm": (d_model,),
        "blk.0.ffn_gate": (d_ff, d_model),
        "blk.0.ffn_up": (d_ff, d_model),
        "blk.0.ffn_down": (d_model, d_ff),
    }
    rng = np.random.default_rng(0)
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", rng.standard_normal(shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def weights_of(file: Path) -> Weights:
    return Weights("tiny", file.name, hashlib.sha256(file.read_bytes()).hexdigest())


def converting(file: Path, cache: Path) -> subprocess.Popen[str]:
    """Another process that converts the file, and prints each stage."""
    program = (
        "import sys; from pathlib import Path\n"
        "from attention_core.pretrained.catalogue import Weights\n"
        "from attention_core.pretrained.conversion import converted\n"
        "file, sha256, cache = sys.argv[1:]\n"
        "converted(Weights('tiny', file, sha256), Path(file), print, Path(cache))\n"
    )
    arguments = [str(file), weights_of(file).sha256, str(cache)]
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def test_a_killed_conversion_leaves_nothing_half_made_and_the_next_succeeds(tiny_gguf, tmp_path):
    process = converting(tiny_gguf, tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.part-*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)  # until the other process has begun to write
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.partition(".")[2].partition("-")[0] for name in names] == ["lock", "part"]

    folder = converted(weights_of(tiny_gguf), tiny_gguf, cache=tmp_path)
    assert sorted(tmp_path.iterdir()) == [folder, folder.with_name(f"{folder.name}.lock")]
    loaded = load(str(folder))
    assert [token.text for token in capture("abc", loaded).tokens] == ["ab", "c"]
    assert loaded.engine.head_counts == (4,)


def test_two_processes_at_once_convert_once(tiny_gguf, tmp_path):
    processes = [converting(tiny_gguf, tmp_path) for _ in range(2)]
    reports = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert "".join(reports).count("writing safetensors") == 1
    assert len(list(tmp_path.glob("*/model.safetensors"))) == 1

    stages: list[str] = []
    folder = converted(weights_of(tiny_gguf), tiny_gguf, stages.append, tmp_path)
    assert folder.is_dir()
    assert stages == []
