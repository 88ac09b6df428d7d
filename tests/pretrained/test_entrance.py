"""What a model adds to its embeddings before layer 0: named as the library's own weights add it up."""

import numpy as np
import pytest
import torch

from attention_core.pretrained.engine import Engine
from attention_core.pretrained.entrance import before_first_layer
from attention_core.pretrained.layers import NORM, POSITION, SEGMENT
from attention_core.pretrained.run import Run

from .cases import projected_outputs
from .families import IDS, inputs_for, tiny

ALL = (POSITION, SEGMENT, NORM)


@pytest.mark.parametrize(
    ("family", "parts"),
    {
        "BERT": ALL,
        "ALBERT": ALL,
        "RoBERTa": ALL,
        "DistilBERT": (POSITION, NORM),
        "BART": (POSITION, NORM),
        "GPT-2": (POSITION,),
        "OPT": (POSITION,),
        "ModernBERT": (NORM,),
        "BLOOM": (NORM,),
        "Llama": (),
        "T5": (),
    }.items(),
)
def test_each_family_is_found_to_do_what_its_paper_says(family: str, parts: tuple[str, ...]):
    engine = tiny(family).engine
    hooks = [len(module._forward_hooks) for module in engine.model.modules()]
    assert before_first_layer(engine) == parts
    assert [len(module._forward_hooks) for module in engine.model.modules()] == hooks


def entering(engine: Engine) -> np.ndarray:
    states = engine.forward(
        inputs_for(engine.model), Run(), output_hidden_states=True
    ).hidden_states
    return states[0][0].numpy()


def test_berts_parts_are_all_that_is_done():
    """LayerNorm(word + position + segment 0), by hand."""
    engine = tiny("BERT").engine
    of = {name: weight.numpy() for name, weight in engine.backbone.embeddings.named_parameters()}
    rows = of["word_embeddings.weight"][IDS] + of["position_embeddings.weight"][: len(IDS)]
    rows = rows + of["token_type_embeddings.weight"][0]
    rows = rows - rows.mean(axis=1, keepdims=True)
    rows = rows / np.sqrt(
        (rows**2).mean(axis=1, keepdims=True) + engine.model.config.layer_norm_eps
    )
    by_hand = rows * of["LayerNorm.weight"] + of["LayerNorm.bias"]
    np.testing.assert_allclose(entering(engine), by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("family", "adds"), [("GPT-2", True), ("Llama", False)])
def test_a_position_is_all_that_gpt_adds_and_llama_adds_none(family: str, adds: bool):
    engine = tiny(family).engine
    rows = engine.model.get_input_embeddings().weight[IDS]
    if adds:
        rows = rows + engine.backbone.wpe.weight[: len(IDS)]
    torch.testing.assert_close(torch.tensor(entering(engine)), rows)


@pytest.mark.parametrize("family", ["BERT", "GPT-2", "Llama", "OPT", "T5", "BART", "Qwen2"])
def test_projected_heads_are_the_output_of_the_library_s_module(family: str):
    """Context W_O + b_O against a forward hook on the module that holds W_O."""
    made = tiny(family)
    layers, outputs, biases = projected_outputs(made.engine, made.inputs)
    for layer, output, bias in zip(layers, outputs, biases, strict=True):
        np.testing.assert_allclose(layer.projected(layer.context), output, rtol=1e-4, atol=1e-5)
        assert (layer.b_O is None) == isinstance(bias, int)
