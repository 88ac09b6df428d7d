"""Families with a surprise: gated attention, few attention layers, an end that reads more than the last vectors."""

from typing import Any

import transformers as hf
from torch.nn import functional

from .families import GROUPED, GROUPED_8, Family

GATED: dict[str, Family] = {
    "Qwen3-Next": (
        hf.Qwen3NextModel,
        hf.Qwen3NextConfig(
            **GROUPED_8 | {"num_hidden_layers": 2},
            layer_types=["full_attention"] * 2,
            num_experts=2,
            num_experts_per_tok=1,
            moe_intermediate_size=8,
            shared_expert_intermediate_size=8,
        ),
    ),
    "BitNet": (hf.BitNetModel, hf.BitNetConfig(**GROUPED)),
}
HYBRIDS: dict[str, tuple[Family, str]] = {
    "LFM2": (
        (
            hf.Lfm2Model,
            hf.Lfm2Config(
                **GROUPED | {"num_hidden_layers": 4},
                layer_types=["conv", "conv", "full_attention", "conv"],
            ),
        ),
        "1 of this model's 4 layers: 2.",
    ),
    "Jamba": (
        (
            hf.JambaModel,
            hf.JambaConfig(
                **GROUPED | {"num_hidden_layers": 4},
                attn_layer_period=2, attn_layer_offset=1, mamba_dt_rank=4,
                use_mamba_kernels=False, num_experts=2,
            ),
        ),
        "2 of this model's 4 layers: 1 and 3.",
    ),
}  # fmt: skip


class NorthPole(hf.LlamaForCausalLM):
    """A family yet unknown, whose scores depend on more than its last vectors: on the text."""

    def forward(self, input_ids: Any = None, **options: Any) -> Any:
        outputs = super().forward(input_ids=input_ids, **options)
        outputs["logits"] = outputs["logits"] + 5 * functional.one_hot(input_ids, 50)
        return outputs


class TwoNorms(hf.LlamaModel):
    """A family yet unknown, whose last norm reads the first vectors, too: no lens, but a head."""

    def forward(self, input_ids: Any = None, **options: Any) -> Any:
        outputs = super().forward(input_ids=input_ids, **options)
        outputs["last_hidden_state"] = outputs["last_hidden_state"] + self.embed_tokens(input_ids)
        if outputs.get("hidden_states"):
            outputs["hidden_states"] = (*outputs.hidden_states[:-1], outputs.last_hidden_state)
        return outputs


class South(hf.LlamaForCausalLM):
    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.model = TwoNorms(config)
        self.post_init()
