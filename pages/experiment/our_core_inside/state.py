"""Which picture, which quantity, and whether a wrong core is beside ours; in the link as "all.states.wrong"."""

from dataclasses import dataclass

from pages.ui.reader.link_codec import flag, option
from pages.ui.reader.page_state import PageState

MEASURE = "core_measure"  # a button that is always drawn: its state is gone when the page is left
SHOWS = {"all": "all three", "library": "library", "ours": "ours", "difference": "difference"}
QUANTITIES = {"weights": "weights", "states": "residual stream"}


@dataclass(frozen=True)
class View:
    """What is looked at; nothing that was measured."""

    show: str = option(*SHOWS)
    quantity: str = option(*QUANTITIES)
    wrong: bool = flag("wrong")


VIEW = PageState("core", View, keys="core", shown=MEASURE)
