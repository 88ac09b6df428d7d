"""A real 4-bit file of one tiny layer, so that the conversion of SmolLM2 runs on it."""

import hashlib
from pathlib import Path

import gguf
import numpy as np
import pytest

from attention_core.pretrained.catalogue import Weights


@pytest.fixture(scope="session")
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
