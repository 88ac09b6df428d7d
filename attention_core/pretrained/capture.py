"""Everything a model's attention did to one text, in one pass. Nothing is drawn, kept or decided here."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from attention_core.errors import ReaderError
from attention_core.pretrained.engine import Engine, Inputs, check_ids
from attention_core.pretrained.failures import failing_as
from attention_core.pretrained.finite import finite
from attention_core.pretrained.handed_over import all_weights, checked_weights
from attention_core.pretrained.layers import Capture, Layer, LayerCapture, WeightsOnly, frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.probing import OutputProjection, Sizes, sizes_of
from attention_core.pretrained.run import AttentionCall, Run, UnsupportedAttention, core_attention
from attention_core.pretrained.seen_keys import masks_of
from attention_core.pretrained.target import decoder_input
from attention_core.pretrained.token import Token
from attention_core.pretrained.tokens import tokenize


def capture(text: str, loaded: LoadedModel, target: str = "") -> Capture:
    """Run the model on `text` with our core as its attention, in one pass, and keep what every layer was handed.

    `target` is the decoder's text in an encoder–decoder model. Raises ValueError for a blank text, and for
    a target where there is one stack only.
    """
    source = tokenize(text, loaded.tokenizer, loaded.max_tokens)
    inputs = {"input_ids": source.ids}
    if types := loaded.engine.types_of(source.ids):
        inputs["token_type_ids"] = types
    target_tokens: tuple[Token, ...] = ()
    if loaded.engine.model.config.is_encoder_decoder:
        inputs["decoder_input_ids"], target_tokens = decoder_input(
            target, loaded.engine.model, loaded.tokenizer, loaded.max_target_tokens
        )
    elif target.strip():
        raise ReaderError(f"{loaded.title} has one stack of layers: it reads no target text.")
    layers, output = capture_layers(loaded.engine, as_tensors(inputs))
    x = input_embeddings(source.ids, loaded)
    return Capture(
        loaded.model_id, text, source.tokens, target_tokens, source.n_tokens_in_text,
        source.left_out, x, layers, inputs, output,
    )  # fmt: skip


def capture_layers(engine: Engine, inputs: Inputs) -> tuple[tuple[Layer, ...], np.ndarray]:
    """The layers and the backbone's output of one pass: our core's where the seam is reached, else the library's.

    Raises ValueError where the output holds nan or inf, and where the layers are not those of the probe.
    """
    if not engine.through_seam:
        outputs = engine.forward(inputs, Run(), output_attentions=True, **ending(engine))
        known = tuple(weights_only(outputs, engine, sizes_of(inputs, outputs)))
        masks = masks_of([layer.weights for layer in known], engine, inputs)
        seen = (replace(layer, mask=mask) for layer, mask in zip(known, masks, strict=True))
        return tuple(seen), finite(final_state(outputs))
    layers: list[Layer] = []
    run = Run(core_attention, lambda call, _: layers.append(layer_of(call, engine)))
    outputs = engine.forward(inputs, run, **ending(engine))
    if len(layers) < len(engine.places):
        raise UnsupportedAttention(
            f"on this text only {len(layers)} of {len(engine.places)} layers call attention"
        )
    return tuple(layers), finite(final_state(outputs))


def layer_of(call: AttentionCall, engine: Engine) -> LayerCapture:
    """The capture of one call: its arrays as read-only views, its place and kind, its W_O.

    Raises UnsupportedAttention for a call beyond those of the probe.
    """
    if call.layer >= len(engine.places):
        raise UnsupportedAttention(
            f"this text makes more than the {len(engine.places)} attention calls that are known"
        )
    place = engine.places[call.layer]
    W_O, b_O, why_not = None, None, ""
    if isinstance(place.projection, OutputProjection):
        W_O = frozen(place.projection.of(engine.backbone))
        bias = place.projection.bias_of(engine.backbone)
        b_O = None if bias is None else frozen(bias)
    else:
        why_not = place.projection
    return LayerCapture(
        place.kind,
        place.name,
        frozen(call.q),
        frozen(call.k),
        frozen(call.v),
        None if call.mask is None else frozen(call.mask),
        None if call.bias is None else frozen(call.bias),
        call.scale,
        W_O,
        why_not,
        call.softcap,
        None if call.sinks is None else frozen(call.sinks),
        b_O,
    )


def weights_only(outputs: Any, engine: Engine, sizes: Sizes) -> Iterator[WeightsOnly]:
    """The layers of a pass with `output_attentions`, where nothing else can be had.

    Raises UnsupportedAttention where the library hands over what is no distribution over the keys.
    """
    handed = all_weights(outputs)
    for place in engine.places:
        weights = checked_weights(handed[place.number][1], *sizes.shape(place.kind))
        yield WeightsOnly(place.kind, place.name, frozen(weights))


def input_embeddings(
    ids: list[int], loaded: LoadedModel
) -> Float[np.ndarray, "n_tokens d_embedding"]:
    """The model's learned vector of each token, before positions and before any layer.

    Raises ReaderError where it has none.
    """
    check_ids(torch.tensor(ids), loaded.engine.model)
    with failing_as(loaded.engine.name):
        try:
            embed = loaded.engine.model.get_input_embeddings()
        except NotImplementedError as error:  # CANINE hashes the codes of characters
            raise ReaderError(
                f"{loaded.engine.name} has no table with a vector for each token, so its embeddings can't be shown."
            ) from error
        return frozen(embed.get_parameter("weight")[ids].numpy())


def as_tensors(inputs: dict[str, list[int]]) -> Inputs:
    return {name: torch.tensor([ids]) for name, ids in inputs.items()}


def ending(engine: Engine) -> dict[str, bool]:
    """What a pass must be asked for so that `final_state` finds one: a backbone that is the whole model may end in scores."""
    model = engine.model
    ends_in_scores = model.config.is_encoder_decoder or model.get_output_embeddings() is not None
    return {"output_hidden_states": True} if engine.backbone is model and ends_in_scores else {}


def final_state(outputs: Any) -> Float[np.ndarray, "n_out d_model"]:
    """The last hidden state of a pass; of two stacks, the decoder's. Raises ValueError where it is not handed out."""
    state = outputs.get("last_hidden_state")
    for every in ("decoder_hidden_states", "hidden_states"):
        if state is None and outputs.get(every):
            state = outputs[every][-1]
    if state is None:
        raise ReaderError("The model does not hand out the vectors after its last layer.")
    return frozen(state[0].numpy())
