"""What the decoder of an encoder–decoder model is given: its start token, then the text that it has written so far."""

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from attention_core.errors import ReaderError
from attention_core.pretrained.token import Token
from attention_core.pretrained.tokens import tokenize


def decoder_start(model: PreTrainedModel) -> int:
    """The token that the library's `generate` begins with. Raises ValueError where the model's files name none."""
    start = _named("decoder_start_token_id", model)
    start = _named("bos_token_id", model) if start is None else start
    if start is None:
        raise ReaderError(
            "The model's files do not say which token its decoder starts with "
            "(neither decoder_start_token_id nor bos_token_id)."
        )
    return start


def decoder_input(
    target: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, max_tokens: int
) -> tuple[list[int], tuple[Token, ...]]:
    """The ids and tokens that the decoder reads while it would write on; the start token alone for a blank target.

    As the library's `prepare_decoder_input_ids_from_labels`: the target, tokenized as one, moves right by
    the start token, and the token that ends it is what would come next. Where the tokenizer begins with no
    token of its own, the one that `generate` is forced to begin with comes first. At most `max_tokens`.
    """
    if not target.strip():
        start = decoder_start(model)
        return [start], (_added(start, tokenizer),)
    cut = tokenize(target, tokenizer, max_tokens - 1, is_target=True)
    begin = [_start_of(cut.ids, model)]
    forced = _named("forced_bos_token_id", model)
    if forced is not None and not cut.tokens[0].is_special:
        begin.append(forced)
    n = min(len(cut.ids) - cut.tokens[-1].is_special, max_tokens - len(begin))
    return (
        [*begin, *cut.ids[:n]],
        (*(_added(token, tokenizer) for token in begin), *cut.tokens[:n]),
    )


def _start_of(labels: list[int], model: PreTrainedModel) -> int:
    """The start token; where the files name none, what the model's class itself makes of the labels (mBART: their language)."""
    shift = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    if shift is None or _named("decoder_start_token_id", model) is not None:
        return decoder_start(model)
    try:
        return int(shift(torch.tensor([labels]))[0, 0])
    except (AttributeError, ValueError):  # it asks for the very token that the files don't name
        return decoder_start(model)


def _named(token: str, model: PreTrainedModel) -> int | None:
    """The id of a token as the settings of `generate` name it or, where they don't, the model's own."""
    for settings in (getattr(model, "generation_config", None), model.config):
        found = getattr(settings, token, None)
        if found is not None:
            return int(found[0] if isinstance(found, list) else found)
    return None


def _added(token: int, tokenizer: PreTrainedTokenizerBase) -> Token:
    return Token(str(tokenizer.convert_ids_to_tokens(token)), 0, 0, None, True)
