"""Which mistake is shown and where it is made, in the link as "twice" or "twice.one"."""

from dataclasses import dataclass

from pages.experiment.break_it.catalogue import BY_NAME, Break
from pages.ui.reader.link_codec import option
from pages.ui.reader.page_state import PageState

ALL, ONE = "all", "one"


@dataclass(frozen=True)
class Mistake:
    """Its name in the catalogue, and in how many layers it is made."""

    which: str = option(*BY_NAME)
    where: str = option(ALL, ONE, mark="")


MISTAKE = PageState("break", Mistake, keys="break_it", shown="break_it_which")


def choose_break() -> Break:
    """One of the ten, all in sight."""
    names = list(BY_NAME)
    return BY_NAME[
        MISTAKE.choose("which", "Which mistake?", names, lambda name: BY_NAME[name].title)
    ]


def choose_where(layer: int, n_layers: int) -> str:
    """In the chosen layer or in all of them."""
    names = {ALL: f"In all {n_layers} layers", ONE: f"In layer {layer} only"}
    return MISTAKE.choose("where", "Where is the mistake made?", list(names), names.__getitem__)
