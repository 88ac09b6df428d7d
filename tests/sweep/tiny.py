"""A tiny config of any family that transformers can build: few layers, few heads, short vectors.

The sizes are set by the names that configs give them. What a family needs beyond that stands in `SPECIAL`.
"""

from typing import Any

from transformers import CONFIG_MAPPING, PreTrainedConfig
from transformers.models.auto import modeling_auto as auto

VOCABULARY = 64  # tokens, the special ones included
POSITIONS = 40  # of families that have a limit
LAYERS = 2

# the size here, and what configs call it
NAMES: tuple[tuple[int, str], ...] = (
    (
        32,
        "hidden_size d_model n_embd dim emb_dim embed_dim model_dim word_embed_proj_dim embedding_size "
        "decoder_hidden_size attention_hidden_size rnn_hidden_size lru_width entity_emb_size d_latents",
    ),
    (
        LAYERS,
        "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers num_encoder_layers "
        "num_decoder_layers num_blocks num_hidden_layers_per_block depth",
    ),
    (
        4,
        "num_attention_heads n_head n_heads num_heads encoder_attention_heads decoder_attention_heads "
        "num_encoder_attention_heads num_decoder_attention_heads linear_num_value_heads "
        "num_local_experts num_experts n_routed_experts moe_num_experts linear_num_heads index_n_heads",
    ),
    (
        8,
        "head_dim d_kv v_head_dim kv_channels attention_head_dim mamba_d_state state_size sliding_window "
        "window_size local_attention_window ssm_state_size qk_nope_head_dim linear_key_head_dim "
        "linear_value_head_dim rotary_dim index_head_dim sliding_head_dim global_head_dim",
    ),
    (4, "qk_rope_head_dim"),
    (16, "q_lora_rank kv_lora_rank o_lora_rank hidden_size_per_layer_input"),
    (
        2,
        "num_key_value_heads num_kv_heads linear_num_key_heads num_experts_per_tok moe_k top_k_experts "
        "num_experts_per_token moe_topk num_selected_experts index_topk",
    ),
    (
        48,
        "intermediate_size ffn_dim d_ff ffn_hidden_size encoder_ffn_dim decoder_ffn_dim dim_ff hidden_dim "
        "moe_intermediate_size shared_expert_intermediate_size feed_forward_size block_ff_dim dff "
        "inner_dim d_inner expert_ffn_hidden_size shared_intermediate_size ffn_hidden_dim "
        "dense_intermediate_size moe_shared_expert_intermediate_size intermediate_size_mlp",
    ),
    (
        VOCABULARY,
        "vocab_size encoder_vocab_size decoder_vocab_size src_vocab_size tgt_vocab_size text_vocab_size "
        "vocab_size_per_layer_input entity_vocab_size",
    ),
    (
        POSITIONS,
        "max_position_embeddings n_positions n_ctx max_source_positions max_target_positions max_seq_len "
        "max_encoder_position_embeddings max_decoder_position_embeddings max_sequence_length seq_length "
        "original_max_position_embeddings",
    ),
    (0, "pad_token_id"),
    (1, "bos_token_id decoder_start_token_id cls_token_id"),
    (2, "eos_token_id sep_token_id"),
    (1, "n_group topk_group n_groups first_k_dense_replace num_dense_layers n_shared_experts"),
)
SIZE_OF = {name: size for size, names in NAMES for name in names.split()}
# of a config that leaves them open, these stay open
MAY_BE_NONE = (
    "sliding_window",
    "decoder_start_token_id",
    "n_inner",
    "d_inner",
    "vocab_size_per_layer_input",
)
MOST_LAYERS = 8  # of families in which the first layers have no attention

# what no rule above says
SPECIAL: dict[str, dict[str, Any]] = {
    "axk1": {"head_dim": 4},
    "bailing_hybrid": {"num_expert_group": 1, "topk_group": 1, "layer_group_size": 2},
    "bamba": {"mamba_n_heads": 8, "mamba_d_head": 8, "attn_layer_indices": [1]},
    "big_bird": {"attention_type": "block_sparse", "block_size": 4, "num_random_blocks": 1},
    "bigbird_pegasus": {"attention_type": "block_sparse", "block_size": 4, "num_random_blocks": 1},
    "blt": {"encoder_hash_byte_group_vocab": 64},
    "blt_local_decoder": {"hidden_size_global": 32},
    "blt_local_encoder": {"hidden_size_global": 32},
    "cohere_compass_text": {
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1e4}}
    },
    "dbrx": {"attn_config": {"kv_n_heads": 2, "clip_qkv": 8.0, "rope_theta": 1e4}},
    "deepseek_v3": {"head_dim": 4},
    "dots3_note_audio_encoder": {"adapter_input_size": 32, "adapter_out_dim": 32},
    "dots3_note_vision_encoder": {"adapter_in_dim": 32, "adapter_out_dim": 32},
    "falcon_h1": {"mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_ssm": 32},
    "gemma3n_text": {
        "num_kv_shared_layers": 0,
        "intermediate_size": [48] * 5,
        "layer_types": ["sliding_attention"] * 4 + ["full_attention"],
        "num_hidden_layers": 5,
        "activation_sparsity_pattern": [0.95, 0.0, 0.0, 0.0, 0.0],
    },
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "granitemoehybrid": {
        "mamba_n_heads": 8,
        "mamba_d_head": 8,
        "layer_types": ["mamba", "attention"],
    },
    "hunyuan_v1_dense": {"head_dim": 8},
    "hunyuan_v1_moe": {"head_dim": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "led": {"attention_window": 8},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "longcat_flash": {"head_dim": 4},
    "longformer": {"attention_window": 8},
    "mamba2": {"num_heads": 8, "head_dim": 8},
    "ministral": {"head_dim": 8},
    "neomme": {
        "head_dim": 16,
        "layer_types": ["sliding_attention", "full_attention"],
        "per_layer_config": {1: {"sliding_window": None}},
    },
    "nemotron3_5_transcribe_word_timestamp": {"blank_token_id": 0},
    "nemotron3_diarization": {"head_config": {"audio_hidden_size": 32}},
    "qwen4_exp_text": {
        "ple_layer_ids": [1],
        "heads_per_ngram": 2,
        "ngram_vocab_size_base": 64,
        "split_ngram_parts": 1,
        "indexer_n_heads": 4,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 8,
        "indexer_budget": 8,
        "indexer_compress_ratio": 4,
    },
    "recurrent_gemma": {"num_hidden_layers": 3},
    "reformer": {"axial_pos_shape": [5, 8], "axial_pos_embds_dim": [16, 16]},
    "t5": {"decoder_start_token_id": 0},
    "youtu": {"head_dim": 4},
    "vibevoice_acoustic_tokenizer_encoder": {
        "num_filters": 4,
        "depths": [1, 1],
        "downsampling_ratios": [2],
    },
    "xmod": {"default_language": "en_XX"},
    "zamba": {
        "num_hidden_layers": 3,
        "layers_block_type": ["linear_attention", "hybrid", "hybrid"],  # it shares their weights
        "attention_hidden_size": 64,
        "attention_head_dim": 16,
    },
    "zamba2": {
        "num_hidden_layers": 3,
        "layers_block_type": ["linear_attention", "hybrid", "hybrid"],
        "attention_hidden_size": 64,
        "attention_head_dim": 16,
    },
    "zaya": {"num_experts_per_tok": 1},
}

# what the library cannot build here, and why
NOT_HERE = {
    "gemma3n": "The library needs the package timm for its pictures, and the app does not install it. "
    "Without pictures it is gemma3n_text.",
} | dict.fromkeys(
    ("gemma4_assistant", "gemma4_unified_assistant"),
    "The library builds none of these. All their layers borrow the keys of another model, "
    "and its own check asks for a layer with keys of its own.",
)


def text_families() -> tuple[str, ...]:
    """The model types that transformers has a language model or a text encoder for."""
    return tuple(
        sorted(
            {"canine", "xlnet"}
            | set(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
            | set(auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES)
            | set(auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES)
            | set(auto.MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES)
        )
    )


def tiny_config(model_type: str) -> PreTrainedConfig:
    """A config of this family whose model has some ten thousand numbers."""
    kind = CONFIG_MAPPING[model_type]
    return kind(**shrunk(kind))


def shrunk(kind: type[PreTrainedConfig]) -> dict[str, Any]:
    """The arguments that make a config of this class tiny, sub-configs included."""
    usual = kind()
    given = usual.to_dict()
    small: dict[str, Any] = {}
    for name, value in given.items():
        sub = vars(usual).get(name)
        if isinstance(sub, PreTrainedConfig):
            small[name] = shrunk(type(sub)) | {"model_type": sub.model_type}
        elif name not in SIZE_OF or isinstance(value, (list, dict, str)):
            continue
        elif value is not None or name not in MAY_BE_NONE:
            small[name] = SIZE_OF[name]
    if given.get("num_key_value_heads", 0) == given.get("num_attention_heads"):
        small["num_key_value_heads"] = SIZE_OF["num_attention_heads"]
    types = given.get("layer_types")
    if types:
        n_layers = max(LAYERS, _first_attention(types) + 1)
        small |= {"num_hidden_layers": n_layers, "layer_types": list(types[:n_layers])}
        if isinstance(given.get("mlp_layer_types"), list):
            small["mlp_layer_types"] = given["mlp_layer_types"][:n_layers]
    if "per_layer_config" in given:
        small["per_layer_config"] = {}
    return small | SPECIAL.get(usual.model_type, {})


def _first_attention(layer_types: list[str]) -> int:
    """Where the first layer with attention stands; the first of all where none is near."""
    near = layer_types[:MOST_LAYERS]
    return next(
        (i for i, each in enumerate(near) if each.endswith("attention") and "linear" not in each), 0
    )
