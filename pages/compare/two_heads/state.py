"""What side B is, in the link as "head.5.3", "layer.2", "sentence.the dog was" or "model.13.8.SmolLM2"."""

from dataclasses import dataclass

from pages.ui.reader.link_codec import number, option, rest
from pages.ui.reader.page_state import PageState

KINDS = HEAD, LAYER, SENTENCE, MODEL = ("head", "layer", "sentence", "model")


@dataclass(frozen=True)
class SideB:
    """What B is, as far as it differs from A: only what its kind needs is meant. No kind: the usual, which follows A."""

    kind: str = option(*KINDS, default="")
    layer: int = number(default=0, only=(HEAD, LAYER, MODEL))
    head: int = number(default=0, only=(HEAD, MODEL))
    text: str = rest(only=(SENTENCE,))
    model_id: str = rest(only=(MODEL,))


SIDE = PageState("b", SideB, keys="two_heads", shown="two_heads_kind")
