"""Any folder with a model in it can be loaded, whatever its family; what cannot be is refused in words."""

import json
from pathlib import Path

import numpy as np
import pytest
import transformers as hf
from safetensors.torch import load_file, save_file
from transformers.utils import is_timm_available

from attention_core.pretrained.capture import capture
from attention_core.pretrained.fill_mask import fills_masks
from attention_core.pretrained.loading import load
from attention_core.pretrained.proof import prove
from attention_core.pretrained.reporting import ModelUnavailable
from tests.pretrained.folders import saved

from .families import ENCODERS, ONLY_WEIGHTS, SIZES, THROUGH_SEAM, reader


@pytest.mark.parametrize("family", ["BERT", "GPT-2", "Llama"])
def test_a_saved_folder_is_loaded_captured_and_proved(family, tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM[family]))
    found = capture("the cat sat", loaded)
    assert [token.text for token in found.tokens] == ["the", "cat", "sat"]
    assert (loaded.n_layers, loaded.n_heads) == (2, 4)
    assert prove(found, loaded).holds


def test_a_text_is_cut_where_robertas_positions_end(tmp_path):
    model_class, config = THROUGH_SEAM["RoBERTa"]
    positions = config.max_position_embeddings - config.pad_token_id - 1
    loaded = load(saved(tmp_path, model_class, config))
    assert loaded.max_tokens == positions
    assert len(capture("the " * (positions + 5), loaded).tokens) == positions


@pytest.mark.parametrize("family", ["T5", "BART"])
@pytest.mark.parametrize(("target", "n_target"), [("", 1), ("a mat", 3)])
def test_an_encoder_decoder_takes_a_target(family, target, n_target, tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM[family]))
    found = capture("the cat sat on a mat", loaded, target)
    start_token = {"T5": "<pad>", "BART": "</s>"}[family]
    assert [token.text for token in found.target_tokens] == [start_token, *target.split()]
    shapes = {layer.kind: layer.weights.shape[1:] for layer in found.layers}
    assert shapes == {"encoder": (6, 6), "decoder": (n_target,) * 2, "cross": (n_target, 6)}
    assert {layer.kind for layer in found.layers if found.asks_itself(layer)} == {"encoder"}
    assert prove(found, loaded).holds


@pytest.mark.parametrize("family", ["BLOOM", "DeBERTa-v2"])
def test_nothing_is_proved_where_nothing_of_ours_ran(family, tmp_path):
    loaded = load(saved(tmp_path, *ONLY_WEIGHTS[family]))
    found = capture("the cat sat", loaded)
    assert [layer.n_heads for layer in found.layers] == [4, 4]
    sees = np.tri(3, dtype=bool) if family == "BLOOM" else None  # one is a decoder
    for layer in found.layers:
        np.testing.assert_array_equal(layer.mask, sees)
    with pytest.raises(ValueError, match="does not let another attention run inside it"):
        prove(found, loaded)


@pytest.mark.parametrize(
    ("model_class", "config", "reason"),
    [
        (
            hf.ResNetModel,
            hf.ResNetConfig(
                embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic"
            ),
            "it reads pixel_values, not text",
        ),
        (
            hf.MambaModel,
            hf.MambaConfig(vocab_size=50, hidden_size=24, num_hidden_layers=1),
            "is not a transformer with attention",
        ),
    ],
    ids=["ResNet", "Mamba"],
)
def test_a_model_without_attention_is_refused_in_words(model_class, config, reason, tmp_path):
    with pytest.raises(ModelUnavailable, match=reason):
        load(saved(tmp_path, model_class, config))


@pytest.mark.skipif(is_timm_available(), reason="the library finds what it needs")
def test_a_family_that_needs_another_package_is_refused_in_words(tmp_path):
    folder = saved(tmp_path, *ENCODERS["BERT"])
    hf.Gemma3nConfig(architectures=["Gemma3nForConditionalGeneration"]).save_pretrained(folder)
    with pytest.raises(ModelUnavailable, match="needs the Python package timm, which is not inst"):
        load(folder)


def test_a_folder_without_a_vocabulary_is_refused_in_words(tmp_path):
    reader(*ENCODERS["BERT"])("eager").save_pretrained(tmp_path)
    with pytest.raises(ModelUnavailable, match="without the vocabulary of its tokenizer"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", "[]"),
        ("config.json", '{"model_type": "nobody-knows"}'),
        ("config.json", json.dumps(SIZES | {"model_type": "bert", "hidden_size": "many"})),
        ("config.json", json.dumps(SIZES | {"model_type": "bert", "hidden_size": 32})),
        ("model.safetensors", "rubbish"),
        ("tokenizer.json", "{}"),
    ],
)
def test_a_damaged_folder_is_refused_in_words(file, content, tmp_path):
    folder = saved(tmp_path, *ENCODERS["BERT"])
    (tmp_path / file).write_text(content)
    with pytest.raises(ModelUnavailable, match="can't be loaded as a text model"):
        load(folder)


def without(folder: str, start: str) -> str:
    """The same folder, but its files have lost the weights whose names begin so."""
    file = Path(folder) / "model.safetensors"
    kept = {name: w for name, w in load_file(file).items() if not name.startswith(start)}
    assert 0 < len(kept) < len(load_file(file))
    save_file(kept, file, metadata={"format": "pt"})
    return folder


def test_a_head_that_the_files_lack_is_not_made_up(tmp_path):
    _, config = THROUGH_SEAM["BERT"]
    folder = saved(tmp_path, hf.BertForMaskedLM, config)
    assert fills_masks(load(folder).engine)
    loaded = load(without(folder, "cls.predictions.transform"))
    assert not fills_masks(loaded.engine)
    assert prove(capture("the cat sat", loaded), loaded).holds


def test_a_layer_that_the_files_lack_is_refused(tmp_path):
    _, config = THROUGH_SEAM["BERT"]
    folder = without(saved(tmp_path, hf.BertModel, config), "encoder.layer.1.attention.self.query")
    with pytest.raises(ModelUnavailable, match=r"its files lack 2 weights, such as encoder\.layer"):
        load(folder)
