"""From a model id to a model ready to be run with our attention inside. A loaded model is shared and never changed."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from attention_core.pretrained.catalogue import entry_for
from attention_core.pretrained.conversion import building
from attention_core.pretrained.engine import Engine, Inputs, start
from attention_core.pretrained.failures import is_ours, without_words
from attention_core.pretrained.files import locate
from attention_core.pretrained.found_out import probe_ids
from attention_core.pretrained.limits import longest_texts
from attention_core.pretrained.reporting import ModelUnavailable, Report, quiet
from attention_core.pretrained.run import UnsupportedAttention
from attention_core.pretrained.short_repr import short_repr
from attention_core.pretrained.token_types import token_types

LOG = logging.getLogger(__name__)
MOST_TOKENS = 1024  # the longest text of any model, whatever its own limit
PROBE_TOKENS = (
    37  # enough for families that work in blocks; no family has a head of so many dimensions
)
LACKING = re.compile(r"requires the (\S+) library")  # the library's words for a package
NOT_LOADED = "“{}” can't be loaded"
UNUSED = "pooler"  # behind the last layer, and read by nothing here: files often lack it


@dataclass(frozen=True)
class LoadedModel:
    """An engine with the tokenizer that feeds it, and what a reader should know of both."""

    model_id: str
    title: str
    source: str  # where its files came from, for people
    engine: Engine
    tokenizer: PreTrainedTokenizerBase
    max_tokens: int
    max_target_tokens: int  # of the text that a decoder reads beside it, its start token included

    __repr__ = short_repr

    @property
    def n_layers(self) -> int:
        return len(self.engine.head_counts)

    @property
    def n_heads(self) -> int:
        return max(self.engine.head_counts)


def load(model_id: str, report: Report = quiet) -> LoadedModel:
    """Find, check and load a model in float32. Raises ModelUnavailable with words for the reader."""
    folder, source = locate(model_id, report)
    entry = entry_for(model_id)
    report("reading the weights")
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
        engine = start(_reader(folder), _probe_ids)
    except UnsupportedAttention as error:
        raise ModelUnavailable(f"“{model_id}” can't be shown: {error}.") from error
    except Exception as error:  # somebody's files fail in as many ways as the library has errors
        if entry and is_ours(error) and not isinstance(error, ValueError):
            raise  # these files are known: it is our fault
        LOG.warning("a model was refused\n%s", without_words(error))
        raise ModelUnavailable(_cannot_load(model_id, error)) from error
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise ModelUnavailable(f"“{model_id}” comes without the vocabulary of its tokenizer.")
    if not engine.places and engine.changes_itself:
        raise ModelUnavailable(
            f"“{model_id}” switches to another attention on a short text, "
            "and the library hands over no weights of that one."
        )
    if not engine.head_counts:
        raise ModelUnavailable(
            f"“{model_id}” is not a transformer with attention, or the library hands over no weights of it."
        )
    engine = replace(engine, token_types=token_types(tokenizer, engine.model))
    known = entry.max_tokens if entry else MOST_TOKENS
    most = min(known, tokenizer.model_max_length, engine.most_tokens, MOST_TOKENS)
    source_limit, target_limit = (min(most, limit) for limit in longest_texts(engine, most))
    title = entry.title if entry else model_id
    return LoadedModel(model_id, title, source, engine, tokenizer, source_limit, target_limit)


def _reader(folder: Path) -> Callable[[str], PreTrainedModel]:
    """Reads the class the files were saved from, so that its prediction head comes along; else the bare model.

    The library fills what the files lack with random numbers: a head is then left out, a layer refused.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    known = (getattr(transformers, name, None) for name in config.architectures or [])
    # the name is somebody's: it must be a model's class, and nothing else that transformers can read
    model_class = next(
        (k for k in known if isinstance(k, type) and issubclass(k, PreTrainedModel)), AutoModel
    )

    def read(implementation: str, kind: Any = model_class) -> PreTrainedModel:
        with building:
            model, told = kind.from_pretrained(
                folder,
                attn_implementation=implementation,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
        _check_numbers(model)
        lacking = sorted(name for name in told["missing_keys"] if UNUSED not in name)
        if not lacking:
            return model
        if kind is not AutoModel:
            return read(implementation, AutoModel)
        raise ValueError(f"its files lack {len(lacking)} weights, such as {lacking[0]}")

    return read


def _check_numbers(model: PreTrainedModel) -> None:
    """Raises ValueError naming a tensor of the model that holds nan or inf."""
    spoiled = [
        name
        for name, tensor in model.named_parameters()
        if tensor.numel() and not torch.stack(tensor.aminmax()).isfinite().all()  # makes no copy
    ]
    if spoiled:
        raise ValueError(
            f"{len(spoiled)} of its tensors hold something that is no number, such as {spoiled[0]}"
        )


def _probe_ids(model: PreTrainedModel) -> Inputs:
    """A short text of ordinary tokens; its target, where there is one, has another length."""
    if model.main_input_name != "input_ids":
        raise ValueError(f"it reads {model.main_input_name}, not text")
    limits = longest_texts(Engine(model, False), PROBE_TOKENS)
    n = min(PROBE_TOKENS, *limits)
    different = probe_ids(model, n)
    ids = torch.tensor([[different[i % len(different)] for i in range(n)]])
    inputs = {"input_ids": ids}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = ids[:, : n // 2]
    return inputs


def _cannot_load(model_id: str, error: Exception) -> str:
    if lacking := isinstance(error, ImportError) and LACKING.search(str(error)):
        return (
            f"{NOT_LOADED.format(model_id)}: its family needs the Python package {lacking[1]}, "
            "which is not installed here."
        )
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{NOT_LOADED.format(model_id)} as a text model: {lines[0][:200]}"
