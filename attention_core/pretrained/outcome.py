"""What a run of a text ends in: the vectors that leave the last layer and what the model predicts from them.

Several runs of the same text go through the model together. What they do to attention is in `interventions`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.engine import Inputs
from attention_core.pretrained.fill_mask import fills_masks
from attention_core.pretrained.head import head_logits, why_no_head
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.prediction import predicts_next
from attention_core.pretrained.run import Outcome, Run
from attention_core.pretrained.target import decoder_start


def outcomes(ids: list[int], loaded: LoadedModel, runs: Sequence[Run]) -> list[Outcome]:
    """One pass of the model over `ids`, in which each of `runs` is a row of the batch.

    A causal model predicts the token after the last one, a masked language model the first mask token.
    The library's own attention runs alone. Raises ValueError if it does not.
    """
    return ends(ids, loaded, last_states(ids, loaded, runs))


def ends(
    ids: list[int], loaded: LoadedModel, states: Float[np.ndarray, "n_runs n_tokens d_model"]
) -> list[Outcome]:
    """The outcome of each run whose pass over `ids` ended in `states`."""
    at = predicted_at(ids, loaded)
    if at is None:
        return [Outcome(frozen(each), None) for each in states]
    logits = head_logits(states[:, at], loaded.engine)
    return [Outcome(*map(frozen, each)) for each in zip(states, logits, strict=True)]


def last_states(
    ids: list[int], loaded: LoadedModel, runs: Sequence[Run]
) -> Float[np.ndarray, "n_runs n_tokens d_model"]:
    """What leaves the last layer of the stack that reads the text: the encoder, where there are two."""
    outputs = loaded.engine.forward(batch_of(ids, loaded, len(runs)), *runs)
    encoded = outputs.get("encoder_last_hidden_state")
    states = outputs["last_hidden_state"] if encoded is None else encoded
    return frozen(states.numpy())


def batch_of(ids: list[int], loaded: LoadedModel, n_runs: int) -> Inputs:
    """The same text in every row; a decoder that reads another one gets only its start token."""
    model = loaded.engine.model
    inputs = {"input_ids": ids}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = [decoder_start(model)]
    return {name: each.repeat(n_runs, 1) for name, each in as_tensors(inputs).items()}


def predicted_at(ids: list[int], loaded: LoadedModel) -> int | None:
    """The position whose state the prediction is made from; None where the model predicts nothing in this text.

    Nor does it where its prediction comes from more than its last vectors.
    """
    if why_no_head(loaded.engine):
        return None
    if predicts_next(loaded.engine):
        return len(ids) - 1
    mask = loaded.tokenizer.mask_token_id
    return ids.index(mask) if fills_masks(loaded.engine) and mask in ids else None
