"""A sentence in large type with light on its words: how much of the attention each one gets.

For one row of weights that is to be felt, not read off; numbers to compare belong in a table or a matrix.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.ui.widgets.component import Component, mount, sent

SPOTLIGHT = Component(
    "spotlight",
    '\n<ol class="sentence"></ol>\n<!-- filled by spotlight.js -->\n',
    css=("spotlight",),
    js=("palette", "spotlight"),
)


@dataclass(frozen=True)
class Lit:
    """One word, or one piece of a word."""

    text: str
    light: float = 0.0  # 0…1: how strongly it is lit
    note: str = ""  # small, below the text
    joined: bool = False  # whether it is one word with what stands before
    faint: bool = False  # whether the model added it


def spotlight(
    words: Sequence[Lit],
    *,
    key: str,
    label: str,
    selected: int | None = None,
    large: bool = True,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Show `words` as running text, lit from paper to violet; pieces of one word stand close together.

    The `selected` word is the one that asks. A click, or Enter, on a word calls `on_pick(position)`
    before the page reruns. `label` names the picture; the words and notes are read out as a list.
    """
    data = {
        "words": [asdict(word) for word in words],
        "label": label,
        "selected": selected,
        "large": large,
        "pick": on_pick is not None,
    }

    def picked() -> None:
        position = sent(key, "pick")
        if on_pick and 0 <= position < len(words):
            on_pick(position)

    mount(SPOTLIGHT, data, key=key, on_pick_change=picked)
