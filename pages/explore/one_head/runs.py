"""What this page asks of a model beyond its capture. The model must be loaded."""

import streamlit as st

from pages.ui.server import models


@st.cache_resource(max_entries=16, show_spinner=False)
def turns_by_position(model_id: str) -> bool:
    """Whether the model turns q and k by their positions before the score (rotary embedding)."""
    model = models.loading(model_id).result.result().engine.model
    return any("rotary" in type(module).__name__.lower() for module in model.modules())
