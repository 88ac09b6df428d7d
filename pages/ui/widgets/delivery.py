"""How what a reader does in a component reaches Python: every value, in order, and each of them once.

Streamlit runs a busy page once for several messages. So a component's state holds what Python has not confirmed yet,
numbered (base.js), and its data says up to which number Python has taken the values.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from weakref import ref

import streamlit as st

from pages.ui.widgets.component import sent

BOXES = "inboxes"  # session: one for each component that was drawn, by its key
MOST_PICTURES = 2  # the one shown, and the one before it, to which a value on its way may belong

Take = Callable[[Any], None]


class Pictures(dict[str, Take]):
    """Who takes a value, by the picture it was made on. Held by the callback alone: it goes with the component."""


@dataclass
class Inbox:
    """What has arrived from one component. Its name is new in each session: an old page's values are not for it."""

    event: str
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    heard: int = 0  # the number of the last value that was taken
    pictures: Callable[[], Pictures | None] = lambda: None

    def receive(self, letter: object) -> None:
        """Take what is new, oldest first. What Python refuses counts as taken: the next data says what holds."""
        pictures = self.pictures() or Pictures()
        for number, picture, value in _entries(letter, self.name):
            if number > self.heard:
                self.heard = number
                if picture in pictures:
                    pictures[picture](value)


def delivery(
    key: str, event: str, take: Take, about: object = ""
) -> tuple[dict[str, object], Callable[[], None]]:
    """What the component with this `key` needs in its data, and the callback for its `event`.

    `take` is called with each value. `about` says what the picture shows: a value that was on its way while another
    picture came goes to the `take` of its own.
    """
    boxes: dict[str, Inbox] = st.session_state.setdefault(BOXES, {})
    box = boxes.setdefault(key, Inbox(event))
    pictures = box.pictures() or Pictures()
    picture = blake2b(repr(about).encode(errors="replace"), digest_size=8).hexdigest()
    pictures.pop(picture, None)
    pictures[picture] = take  # the newest last
    while len(pictures) > MOST_PICTURES:
        del pictures[next(iter(pictures))]
    box.pictures = ref(pictures)

    def arrived() -> None:
        assert pictures is not None  # alive as long as this callback is
        box.receive(sent(key, box.event))

    return {"delivery": {"inbox": box.name, "heard": box.heard, "picture": picture}}, arrived


def after_delivery(then: Callable[[], None]) -> Callable[[], None]:
    """The callback of a button that undoes: what has arrived with it is taken first.

    Streamlit calls buttons before components, also where the button was clicked last.
    """

    def callback() -> None:
        for key, box in list(st.session_state.get(BOXES, {}).items()):
            box.receive(sent(key, box.event))
        then()

    return callback


def _entries(letter: object, name: str) -> Iterator[tuple[int, str, Any]]:
    """Number, picture and value of each entry; nothing where the browser says something else."""
    if not isinstance(letter, Mapping) or letter.get("inbox") != name:
        return
    waiting = letter.get("waiting")
    for entry in waiting if isinstance(waiting, list) else ():
        match entry:
            case [int(number), str(picture), value] if not isinstance(number, bool):
                yield number, picture, value
