"""The vector at every position of a model, before its first layer and after each one. Nothing is compared here."""

import numpy as np
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.finite import finite
from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.run import Run, core_attention
from attention_core.pretrained.target import decoder_start
from attention_core.pretrained.tokens import tokenize


def hidden_states(
    text: str, loaded: LoadedModel
) -> Float[np.ndarray, "n_layers_and_1 n_tokens d_model"]:
    """What enters the first layer, then what leaves each layer, with our core as the model's attention.

    The library counts the final normalisation, where a model has one, to the last layer. Of an
    encoder–decoder model these are the encoder's. Raises ValueError for a blank text, and where a
    family hands out no states.
    """
    ids = {"input_ids": tokenize(text, loaded.tokenizer, loaded.max_tokens).ids}
    engine = loaded.engine
    if engine.model.config.is_encoder_decoder:
        ids["decoder_input_ids"] = [decoder_start(engine.model)]
    run = Run(core_attention) if engine.through_seam else Run()
    outputs = engine.forward(as_tensors(ids), run, output_hidden_states=True)
    states = outputs.get("encoder_hidden_states") or outputs.get("hidden_states")
    if not states:
        raise ReaderError(f"{loaded.title} does not hand out the vectors between its layers")
    return frozen(finite(np.stack([state[0].numpy() for state in states])))
