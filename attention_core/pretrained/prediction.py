"""What a causal model says comes next: its own prediction head on the last token, as probabilities.

The pass computes with our core unless its `Run` says otherwise. It writes no text and fills no blanks.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.causality import is_causal
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.finite import finite
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.run import Run, core_attention
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax

CORE = Run(core_attention)


@dataclass(frozen=True)
class NextToken:
    """One token of the vocabulary, and how likely it comes next."""

    text: str  # literally: the space before a new word is part of it
    id: int
    probability: float


def predicts_next(engine: Engine) -> bool:
    """Whether the model is causal and its files held the head that predicts the next token.

    A library's class can be made to write and yet see the future (XLM), so the model itself is asked.
    """
    writes = engine.model.can_generate() and not engine.model.config.is_encoder_decoder
    return writes and is_causal(engine)


def next_tokens(text: str, loaded: LoadedModel, n: int, run: Run = CORE) -> tuple[NextToken, ...]:
    """The n likeliest tokens after `text`, the likeliest first.

    A text longer than the model takes is cut as `tokenize` cuts it. Raises ValueError for a blank
    text, and for a model that does not predict the next token.
    """
    return likeliest(next_token_probabilities(text, loaded, run), loaded, n)


def next_token_probabilities(
    text: str, loaded: LoadedModel, run: Run = CORE
) -> Float[np.ndarray, " n_vocabulary"]:
    """How likely each token of the vocabulary comes after `text`. Raises ValueError as `next_tokens`."""
    ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
    return softmax(next_token_logits(ids, loaded.engine, run))


def next_token_logits(
    ids: list[int], engine: Engine, run: Run = CORE
) -> Float[np.ndarray, " n_vocabulary"]:
    """The model's scores for what comes after the last of `ids`: softmax makes them probabilities.

    Raises ValueError for a model that is not causal or came without its prediction head.
    """
    if not predicts_next(engine):
        raise ReaderError(
            f"{type(engine.model).__name__} does not predict the next token: "
            "it is not a causal model, or its files hold no prediction head"
        )
    # the whole model, not its head alone: some families scale or cap the logits on the way
    outputs = engine.predict({"input_ids": torch.tensor([ids])}, run, logits_to_keep=1)
    return finite(outputs.logits[0, -1].numpy())


def likeliest(
    probabilities: Float[np.ndarray, " n_vocabulary"], loaded: LoadedModel, n: int
) -> tuple[NextToken, ...]:
    """The n tokens with the largest probabilities, the likeliest first; ties go to the smaller id."""
    order = np.argsort(-probabilities, kind="stable")[:n]
    return tuple(
        NextToken(str(loaded.tokenizer.decode([i])), i, float(probabilities[i]))
        for i in order.tolist()
    )
