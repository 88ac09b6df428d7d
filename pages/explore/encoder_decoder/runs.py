"""The model on a source and a target text, kept for all readers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from attention_core.pretrained import capture
from attention_core.pretrained.layers import Capture
from pages.ui.server import models
from pages.ui.server.kept import within_budget


@within_budget
@st.cache_resource(max_entries=8, show_spinner=False)
def captured(model_id: str, source: str, target: str) -> Capture:
    """Both texts through the model. Raises ValueError for a blank source. The model must be loaded."""
    return capture.capture(source, models.loading(model_id).result.result(), target=target)


@within_budget
@st.cache_resource(max_entries=8, show_spinner=False)
def layer_weights(model_id: str, source: str, target: str, layer: int) -> np.ndarray:
    """The weights of all heads of a layer, (n_heads, n_q, n_k)."""
    weights = captured(model_id, source, target).layers[layer].weights
    weights.setflags(write=False)
    return weights


def has_two_stacks(model_id: str) -> bool:
    """Whether one part of the model reads and another writes. The model must be loaded."""
    return bool(models.loading(model_id).result.result().engine.model.config.is_encoder_decoder)
