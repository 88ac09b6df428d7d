"""One head and its copies, cached for all readers."""

from attention_core.experiments.head_copies import HeadCopies, head_copies
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=32)
def copied(model_id: str, text: str, layer: int, head: int) -> HeadCopies:
    """Raises ReaderError where there is none: see `head_copies`."""
    return head_copies(models.captured(model_id, text), layer, head)
