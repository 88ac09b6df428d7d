"""What a reader of the class does, step by step, with time to think; each step's result is looked at, not only timed."""

import asyncio
import base64
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from websockets.exceptions import WebSocketException

from attention_core.pretrained.catalogue import entry_for
from attention_core.toy.presets import PRESETS
from pages.ui.server.models import NO_MODEL_HERE
from tests.load.session import Failure, Session, tab

EDIT, HEAD, COMMON, OWN, PAGE = (
    "edit the toy",
    "choose a head or layer",
    "the class’s sentence",
    "a sentence of one’s own",
    "open a page",
)
KINDS = (EDIT, HEAD, COMMON, OWN, PAGE)
EDITOR = "side-by-side"  # where the toy is
PAGES = (EDITOR, "one-head", "all-heads")
SHARES = {EDIT: 0.4, HEAD: 0.35, COMMON: 0.08, OWN: 0.07, PAGE: 0.1}
TEACHER = 20.0  # seconds until the teacher shows the next sentence
WORDS = [
    "bank",
    "river",
    "cat",
    "dog",
    "letter",
    "garden",
    "teacher",
    "window",
    "apple",
    "music",
    "she",
    "he",
    "they",
    "it",
    "saw",
    "kept",
    "lost",
    "a",
    "the",
    "old",
    "because",
    "when",
    "near",
    "with",
    "was",
    "and",
]
HEATMAPS = {EDITOR: "real_heatmap", "one-head": "one_head_map"}


@dataclass(frozen=True)
class Step:
    """Something a reader did: when, how long until the page stood, and what went wrong ("" for nothing)."""

    kind: str
    at: float
    seconds: float
    error: str


class Reader:
    """One of the class: works on one page for a while, then on another."""

    def __init__(self, number: int, session: Session, think: float) -> None:
        self.session, self.think = session, think
        self.dice = random.Random(number)
        self.page = PAGES[number % len(PAGES)]
        self.model = session.query.get("model", "MiniLM")
        self.steps: list[Step] = []

    async def work(self, begins: float, ends: float) -> None:
        """Open the page, then go on until the time is over. What goes wrong is a step's error; a lost socket ends it."""
        if not await self._timed(PAGE, self._open, begins):
            return
        while time.monotonic() < ends:
            await asyncio.sleep(self.dice.uniform(0.5, 1.5) * self.think)
            kind = self.dice.choices(KINDS, [SHARES[kind] for kind in KINDS])[0]
            if kind == EDIT and self.page != EDITOR:
                kind = PAGE  # there it can be edited
            if not await self._timed(kind, self._action(kind, begins), begins):
                return

    async def _timed(self, kind: str, act: Callable[[], Awaitable[None]], begins: float) -> bool:
        """Whether the reader can go on."""
        started, error, lost = time.monotonic(), "", False
        try:
            await act()
        except (Failure, TimeoutError) as failure:
            error = str(failure) or "no answer"
            lost = isinstance(failure, TimeoutError)
        except (WebSocketException, OSError) as failure:
            error, lost = f"connection lost: {failure}", True
        now = time.monotonic()
        self.steps.append(Step(kind, started - begins, now - started, error))
        return not lost

    def _action(self, kind: str, begins: float) -> Callable[[], Awaitable[None]]:
        slot = int((time.monotonic() - begins) / TEACHER)
        sentences = {
            COMMON: PRESETS[slot % len(PRESETS)].sentence,
            OWN: " ".join(self.dice.choices(WORDS, k=self.dice.randint(8, 20))),
        }
        if kind in sentences:
            return lambda: self._type(sentences[kind])
        return {EDIT: self._edit, HEAD: self._choose, PAGE: self._turn}[kind]

    async def _open(self) -> None:
        await self.session.open(self.page)
        await self._settle()

    async def _turn(self) -> None:
        away = self.dice.choice([page for page in PAGES if page != EDITOR])
        self.page = away if self.page == EDITOR else EDITOR
        await self.session.go(self.page)
        await self._settle()

    async def _settle(self) -> None:
        """Where the toy can be edited, its numbers are opened."""
        self._look()
        if self.page == EDITOR and not self.session.has("edit_x"):
            await self.session.set(self.session.widget("editing"), bool_value=True)

    async def _type(self, sentence: str) -> None:
        await self.session.set(self.session.widget("text"), string_value=sentence)
        self._look()
        shown = self.session.data(HEATMAPS[self.page]) if self.page in HEATMAPS else None
        # without positions and spaces: a word may come in pieces
        letters = "".join(row.partition(" ")[2] for row in shown["rows"]) if shown else ""
        if shown and sentence.split()[0].lower() not in letters.lower():
            raise Failure(f"typed “{sentence}”, got {shown['rows']}")

    async def _choose(self) -> None:
        entry = entry_for(self.model)
        assert entry is not None
        head, layer = self.dice.randrange(entry.n_heads), self.dice.randrange(entry.n_layers)
        if self.page == "all-heads":
            await self.session.act("all_heads_grid", "pick", [layer, head])
            chosen = self.session.data("all_heads_grid")["cell"]
            if list(chosen) != [layer, head]:
                raise Failure(f"chose {layer, head}, got {chosen}")
        elif self.page == EDITOR and self.dice.random() < 0.5:
            await self.session.act("real_heads", "pick", head)
            self._expect(f"head {head}")
        else:
            name, value = self.dice.choice([("head", head), ("layer", layer)])
            await self.session.set(self.session.widget(name), string_value=str(value))
            self._expect(f"{name} {value}")
        self._look()

    async def _edit(self) -> None:
        shape = [len(self.session.data("edit_x")[side]) for side in ("rows", "columns")]
        row, column = (self.dice.randrange(size) for size in shape)
        value = round(self.dice.uniform(-3, 3), 2)
        await self.session.act("edit_x", "edit", [row, column, value])
        flat = np.frombuffer(base64.b64decode(self.session.data("edit_x")["values"]), "<f8")
        found = flat.reshape(shape)[row, column]
        if found != value:
            raise Failure(f"typed {value} into a cell, got {found}")

    def _expect(self, words: str) -> None:
        label = self.session.data(HEATMAPS[self.page])["label"]
        if not re.search(rf"{words}\b", label):
            raise Failure(f"chose {words}, got {label}")

    def _look(self) -> None:
        if NO_MODEL_HERE in self.session.text():
            raise Failure("the page says that there is no model")


async def attend(
    url: str, number: int, query: dict[str, str], think: float, begins: float, ends: float
) -> Reader:
    """A reader comes, works and leaves."""
    async with tab(url) as socket:
        reader = Reader(number, Session(socket, query), think)
        await reader.work(begins, ends)
    return reader
