"""What a masked language model puts in the place of each mask token, by the prediction head in its files.

The head is never made up: a model whose files hold none is refused in words.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from attention_core.errors import ReaderError
from attention_core.pretrained.causality import is_causal
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.finite import finite
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.prediction import CORE, NextToken, likeliest
from attention_core.pretrained.run import Run
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax

MOST_MASKS = 8  # of one text
USUAL_MASK = "[MASK]"  # what readers type, whatever the model calls it


@dataclass(frozen=True)
class Blank:
    """One mask token: where it is among the model's tokens, and what could stand there."""

    position: int
    tokens: tuple[NextToken, ...]  # the likeliest first
    probabilities: Float[np.ndarray, " n_vocabulary"]


def fills_masks(engine: Engine) -> bool:
    """Whether the model sees both sides of a gap and its files were saved with a masked-language-model head."""
    of_this_kind = type(engine.model).__name__ in MODEL_FOR_MASKED_LM_MAPPING_NAMES.values()
    return of_this_kind and not engine.model.config.is_encoder_decoder and not is_causal(engine)


def with_its_mask(text: str, mask_token: str) -> str:
    """The text with the model's own mask token where a reader typed [MASK]."""
    return text.replace(USUAL_MASK, mask_token)


def fill_masks(text: str, loaded: LoadedModel, n: int) -> tuple[Blank, ...]:
    """The n likeliest tokens for each mask in `text`, all from one pass in which the masks see each other.

    softmax of the head's scores at each mask token (Devlin et al. 2019, section 3.1). At most the first
    `MOST_MASKS`; none where the text holds no mask. Raises ValueError for a blank text, and for a
    model without the head or its tokenizer without a mask token.
    """
    engine, mask_token = loaded.engine, loaded.tokenizer.mask_token
    if not fills_masks(engine) or mask_token is None:
        raise ReaderError(
            f"{type(engine.model).__name__} fills no masks: "
            "its files hold no head for that, or its tokenizer has no mask token"
        )
    ids = tokenize(with_its_mask(text, mask_token), loaded.tokenizer, loaded.max_tokens).ids
    at = [i for i, token in enumerate(ids) if token == loaded.tokenizer.mask_token_id][:MOST_MASKS]
    if not at:
        return ()
    run = CORE if engine.through_seam else Run()
    outputs = engine.predict({"input_ids": torch.tensor([ids])}, run)
    logits = outputs.logits[0, at].float().numpy()
    chances = softmax(finite(logits))
    return tuple(
        Blank(position, likeliest(row, loaded, n), row)
        for position, row in zip(at, chances, strict=True)
    )


def with_filled(text: str, which: int, token: str, mask_token: str) -> str:
    """The text with its mask number `which` replaced; a piece of a word (##ing) is joined to what stands before.

    Raises ValueError if there is no such mask.
    """
    parts = with_its_mask(text, mask_token).split(mask_token)
    if not 0 <= which < len(parts) - 1:
        raise ValueError(f"mask {which} of a text with {len(parts) - 1}")
    before, after = mask_token.join(parts[: which + 1]), mask_token.join(parts[which + 1 :])
    if token.startswith("##"):
        return before.rstrip() + token.removeprefix("##") + after
    return before + token.strip() + after
