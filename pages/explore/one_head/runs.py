"""What this page asks of a model beyond its capture. The model must be loaded."""

from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=16)
def turns_by_position(model_id: str) -> bool:
    """Whether the model turns q and k by their positions before the score (rotary embedding)."""
    model = models.loaded(model_id).engine.model
    return any("rotary" in type(module).__name__.lower() for module in model.modules())
