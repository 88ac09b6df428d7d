"""What is measured of a model at load, held against a separately read eager model that only the library touches."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf
from torch import nn
from transformers.models.llama import modeling_llama

from attention_core.pretrained.capture import capture_layers
from attention_core.pretrained.engine import Engine, start
from attention_core.pretrained.layers import LayerCapture, WeightsOnly
from attention_core.pretrained.run import Run, UnsupportedAttention, core_attention
from tests.pretrained.unusual_families import GATED, HYBRIDS

from .cases import largest_difference, library_outputs, library_weights
from .families import GROUPED, SIZES, TWO_STACKS, Family, reader

TEXT = torch.tensor([[i * 7 % 44 + 3 for i in range(37)]])
TARGET = TEXT[:, :11]
SHORT_TEXT = TEXT[:, 5:14]

NOT_SHOWN: dict[str, tuple[Family, str]] = {
    "SqueezeBERT": (
        (hf.SqueezeBertModel, hf.SqueezeBertConfig(**SIZES, embedding_size=24)),
        "numbers down to -",
    ),
    "ProphetNet": (
        (
            hf.ProphetNetModel,
            hf.ProphetNetConfig(
                vocab_size=50, hidden_size=24, num_encoder_layers=2, num_decoder_layers=2,
                num_encoder_attention_heads=4, num_decoder_attention_heads=4,
                encoder_ffn_dim=40, decoder_ffn_dim=40,
            ),
        ),
        "numbers down to -",
    ),
    "Longformer": (
        (hf.LongformerModel, hf.LongformerConfig(**SIZES, attention_window=8)),
        "hands over 4 × 37 × 9 as its attention",
    ),
    "YOSO": ((hf.YosoModel, hf.YosoConfig(**SIZES)), "hands over 37 × 24 as its attention"),
    "LongT5": (
        (
            hf.LongT5Model,
            hf.LongT5Config(vocab_size=50, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=4),
        ),
        "hands over .* as its attention, where 37 queries and 37 keys need heads × 37 × 37",
    ),
    "Pegasus-X": (
        (hf.PegasusXModel, hf.PegasusXConfig(**TWO_STACKS)),
        "hands over a dict as its attention",
    ),
}  # fmt: skip
BIGBIRD_PEGASUS: Family = (hf.BigBirdPegasusModel, hf.BigBirdPegasusConfig(**TWO_STACKS))


def inputs(model: Any, ids: torch.Tensor = TEXT) -> dict[str, torch.Tensor]:
    target = {"decoder_input_ids": TARGET} if model.config.is_encoder_decoder else {}
    return {"input_ids": ids, **target}


def started(family: Family) -> Engine:
    return start(reader(*family), inputs)


def of_library(family: Family, ids: torch.Tensor = TEXT) -> Any:
    model = reader(*family)("eager")
    return library_outputs(model, inputs(model, ids))


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_what_is_no_distribution_over_the_tokens_is_refused_in_words(name):
    family, reason = NOT_SHOWN[name]
    with pytest.raises(UnsupportedAttention, match=reason):
        started(family)


@pytest.mark.parametrize("name", GATED)
def test_no_head_outputs_are_offered_where_something_stands_before_w_o(name):
    engine = started(GATED[name])
    layers, _ = capture_layers(engine, inputs(engine.model, SHORT_TEXT))
    assert all(isinstance(layer, LayerCapture) and layer.W_O is None for layer in layers)
    weights = [layer.weights for layer in layers]
    assert largest_difference(weights, library_weights(of_library(GATED[name], SHORT_TEXT))) < 5e-5
    assert "What each head adds to the output is not offered" in " ".join(engine.notes)
    with pytest.raises(ValueError, match="a gate or a norm stands between"):
        _ = layers[0].head_output


def test_diffllama_has_as_many_layers_as_the_library_says():
    family = (hf.DiffLlamaModel, hf.DiffLlamaConfig(**GROUPED | {"num_hidden_layers": 3}))
    engine = started(family)
    assert (len(engine.places), engine.through_seam) == (3, False)
    assert "call attention 6 times, and the library names 3 layers" in engine.notes[0]


@pytest.mark.parametrize("name", HYBRIDS)
def test_a_hybrid_says_which_of_its_layers_attend(name):
    family, which = HYBRIDS[name]
    engine = started(family)
    assert engine.through_seam
    assert which in engine.notes[0]
    assert len(engine.places) == len(library_weights(of_library(family)))


@pytest.mark.parametrize(
    ("family", "kinds"),
    [
        (
            (hf.NllbMoeModel, hf.NllbMoeConfig(**TWO_STACKS, num_experts=2, expert_capacity=64)),
            ["encoder"] * 2 + ["decoder", "cross"] * 2,
        ),
        ((hf.DogeModel, hf.DogeConfig(**SIZES)), ["decoder"] * 2),
    ],
    ids=["NLLB-MoE", "Doge"],
)
def test_the_kind_of_a_layer_is_told_by_its_weights(family, kinds):
    assert [place.kind for place in started(family).places] == kinds


def test_a_model_that_switches_its_attention_is_the_same_for_the_next_text():
    """BigBird-Pegasus attends to all after one short text, for good; a fresh one does not after a long text."""
    engine = started(BIGBIRD_PEGASUS)
    assert engine.changes_itself
    long_text = TEXT.repeat(1, 30)[:, : engine.most_tokens]
    capture_layers(engine, inputs(engine.model, SHORT_TEXT))
    for ids in (SHORT_TEXT, long_text):
        layers, output = capture_layers(engine, inputs(engine.model, ids))
        expected = of_library(BIGBIRD_PEGASUS, ids)
        np.testing.assert_array_equal(output, expected.last_hidden_state[0].numpy())
        handed = [*expected.encoder_attentions, *expected.decoder_attentions]
        ours = [layer.weights for layer in layers if layer.kind != "cross"]
        theirs = [
            w[0, :, : mine.shape[1], : mine.shape[2]].numpy()
            for w, mine in zip(handed, ours, strict=True)
        ]
        assert largest_difference(ours, theirs) == 0


def test_only_layers_between_the_tokens_themselves_are_shown_and_the_others_named():
    family = (hf.FunnelModel, hf.FunnelConfig(
        vocab_size=50, d_model=24, n_head=4, d_head=6, d_inner=40, block_sizes=[1, 1],
        num_decoder_layers=1,
    ))  # fmt: skip
    engine = started(family)
    layers, _ = capture_layers(engine, inputs(engine.model, SHORT_TEXT))
    theirs = [w[0].numpy() for w in of_library(family, SHORT_TEXT).attentions]
    whole = [w for w in theirs if w.shape[1:] == (9, 9)]
    assert all(isinstance(layer, WeightsOnly) for layer in layers)
    assert largest_difference([layer.weights for layer in layers], whole) == 0
    assert f"{len(theirs) - len(whole)} more attention layers can't be shown" in engine.notes[1]


def halved(*given: Any, **options: Any) -> Any:
    context, weights = modeling_llama_eager(*given, **options)
    return context / 2, weights


modeling_llama_eager = modeling_llama.eager_attention_forward


def test_a_family_with_another_context_is_left_to_the_library(monkeypatch):
    """The weights are the core's to the last digit, and yet not what the layer does."""
    monkeypatch.setattr(modeling_llama, "eager_attention_forward", halved)
    engine = start(reader(hf.LlamaModel, hf.LlamaConfig(**GROUPED)), inputs)
    assert not engine.through_seam
    assert "other context than the core computes" in engine.notes[0]


def test_a_model_that_asks_which_attention_it_was_read_with_is_left_to_the_library():
    """DeepSeek V3.2 masks all but a few keys, unless another attention may come in: then it masks none of them."""
    family = (
        hf.DeepseekV32Model,
        hf.DeepseekV32Config(
            **SIZES, num_key_value_heads=4, q_lora_rank=8, kv_lora_rank=8, qk_rope_head_dim=4,
            qk_nope_head_dim=4, v_head_dim=4, index_topk=4, index_n_heads=2, index_head_dim=8,
            n_routed_experts=4, n_shared_experts=1, num_experts_per_tok=2, moe_intermediate_size=8,
            n_group=1, topk_group=1,
        ),
    )  # fmt: skip
    engine = started(family)
    assert not engine.through_seam
    assert "ends elsewhere" in engine.notes[0]
    layers, _ = capture_layers(engine, inputs(engine.model, SHORT_TEXT))
    theirs = library_weights(of_library(family, SHORT_TEXT))
    assert largest_difference([layer.weights for layer in layers], theirs) == 0
    assert max((layer.weights[0, -1] > 0).sum() for layer in layers) == 4


def test_a_square_w_o_is_read_the_right_way_round_without_its_name():
    """The linear layer gets a name that no family has; only what is handed to it can tell."""
    family = (hf.LlamaModel, hf.LlamaConfig(**SIZES))
    read = reader(*family)

    class Renamed(nn.Module):
        def __init__(self, linear: nn.Linear) -> None:
            super().__init__()
            self.nameless = linear

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.nameless(x)

    def renamed(implementation: str) -> Any:
        model = read(implementation)
        for layer in model.layers:
            layer.self_attn.o_proj = Renamed(layer.self_attn.o_proj)
        return model

    engine = start(renamed, inputs)
    layers, _ = capture_layers(engine, inputs(engine.model, SHORT_TEXT))
    eager = read("eager")
    outputs: list[np.ndarray] = []
    for layer in eager.layers:
        layer.self_attn.register_forward_hook(
            lambda *told: outputs.append(told[2][0][0].numpy().copy())
        )
    library_outputs(eager, inputs(eager, SHORT_TEXT))
    assert largest_difference([layer.head_output.sum(axis=0) for layer in layers], outputs) < 1e-5


def test_a_probe_leaves_no_hooks_and_no_other_model_behind():
    family = (hf.LlamaModel, hf.LlamaConfig(**GROUPED))
    engine = started(family)
    assert not engine.changes_itself
    assert not any(module._forward_hooks for module in engine.model.modules())
    before = deepcopy(engine.model.state_dict())
    engine.forward(inputs(engine.model), Run(core_attention))
    assert all(torch.equal(before[name], t) for name, t in engine.model.state_dict().items())
