"""One reader's browser tab, as the server sees it: what a tab would send and keep, without drawing anything.

What is sent and received was read in Streamlit 1.67: frontend messages are `BackMsg`, the server's `ForwardMsg`.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.together import parts

PATIENCE = 120  # seconds after which a reader gives up: an error
KEPT_RUNS = 2  # for which a tab keeps large messages, so that they need not be sent again
TRIGGERS = "$$STREAMLIT_INTERNAL_KEY_{}__events"
FAILED = (ForwardMsg.FINISHED_WITH_COMPILE_ERROR,)
Path = tuple[int, ...]


class Failure(Exception):
    """Something a reader would call an error."""


@dataclass
class Session:
    """The tab: what is on the page, what the reader has set, what stands in its address."""

    socket: ClientConnection
    query: dict[str, str]
    page: str = ""  # the hash of the page that is shown
    pages: dict[str, str] = field(default_factory=dict)  # address → hash
    elements: dict[Path, Any] = field(default_factory=dict)
    blocks: dict[Path, Any] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)  # of widgets on the page
    n_bytes: int = 0
    n_runs: int = 0
    _kept: dict[str, tuple[int, ForwardMsg]] = field(default_factory=dict)

    async def open(self, page: str) -> None:
        """The first request of a tab that was opened on a page's address."""
        await self._run(BackMsg(), page_name=page)

    async def go(self, page: str) -> None:
        """Choose another page in the menu."""
        self.page = self.pages[page]
        self.states.clear()
        await self._run(BackMsg())

    async def set(self, widget: Any, **value: Any) -> None:
        """Change a widget of the page; if it is bound to the address, that changes too."""
        state = WidgetState(id=widget.id)
        for name, each in value.items():
            if isinstance(each, list):
                getattr(state, name).data.extend(each)
            else:
                setattr(state, name, each)
            if getattr(widget, "query_param_key", ""):
                self.query[widget.query_param_key] = str(each)
        self.states[widget.id] = state
        await self._run(BackMsg())

    async def act(self, key: str, event: str, value: Any) -> None:
        """Something happens in a component: a cell is edited, a head is picked."""
        element, data, prefix = self._component(key)
        name, delivery = f"{prefix}{event}", data.get("delivery")
        if delivery is None:
            happened = WidgetState(id=TRIGGERS.format(element.id))
            happened.json_trigger_value = json.dumps([{"event": name, "value": value}])
            return await self._run(BackMsg(), happened)
        entry = [delivery["heard"] + 1, delivery["picture"], value]
        state = WidgetState(id=element.id)
        state.json_value = json.dumps({name: {"inbox": delivery["inbox"], "waiting": [entry]}})
        self.states[element.id] = state
        await self._run(BackMsg())

    def has(self, key: str) -> bool:
        """Whether a widget or component with this key is on the page."""
        try:
            self.data(key)
        except Failure:
            return any(
                getattr(each, "id", "").endswith(f"-{key}") for each in self.elements.values()
            )
        return True

    def widget(self, key: str) -> Any:
        """The widget or component with this key. Raises Failure if it is not on the page."""
        for element in self.elements.values():
            if getattr(element, "id", "").endswith(f"-{key}"):
                return element
        for block in self.blocks.values():
            if block.expandable.id.endswith(f"-{key}"):
                return block.expandable
        raise Failure(f"there is no {key} on the page")

    def data(self, key: str) -> dict[str, Any]:
        """What a component was sent, drawn alone or together with others."""
        return self._component(key)[1]

    def _component(self, key: str) -> tuple[Any, dict[str, Any], str]:
        """The element that holds the component, its data, and what its events' names begin with."""
        for element in self.elements.values():
            if not hasattr(element, "json"):
                continue
            if element.id.endswith(f"-{key}"):
                return element, json.loads(element.json), ""
            for part in parts(json.loads(element.json)):
                if part["key"] == key:
                    return element, part["data"], f"{key}_"
        raise Failure(f"there is no component {key} on the page")

    def text(self) -> str:
        """All that stands on the page as plain text and markdown."""
        return "\n".join(getattr(each, "body", "") for each in self.elements.values())

    async def _run(self, message: BackMsg, *told: WidgetState, page_name: str = "") -> None:
        run = message.rerun_script
        run.query_string = urlencode(self.query)
        run.page_script_hash, run.page_name = self.page, page_name
        run.widget_states.widgets.extend([*self.states.values(), *told])
        self.n_runs += 1
        self._kept = {
            name: kept for name, kept in self._kept.items() if self.n_runs - kept[0] <= KEPT_RUNS
        }
        run.cached_message_hashes.extend(self._kept)
        await self.socket.send(message.SerializeToString())
        await asyncio.wait_for(self._until_finished(), PATIENCE)

    async def _until_finished(self) -> None:
        elements: dict[Path, Any] = {}
        blocks: dict[Path, Any] = {}
        while True:
            raw = await self.socket.recv()
            self.n_bytes += len(raw)
            message = self._whole(ForwardMsg.FromString(raw))  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "new_session" and not message.metadata.run.fragment_ids:
                elements, blocks = {}, {}
                self.page = message.new_session.page_script_hash
            elif kind == "navigation":
                self.pages = {
                    each.url_pathname: each.page_script_hash
                    for each in message.navigation.app_pages
                }
                self.page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                told = message.page_info_changed.query_string
                self.query = dict(parse_qsl(told, keep_blank_values=True))
            elif kind == "delta":
                self._take(message, elements, blocks)
            elif kind == "script_finished":
                if message.script_finished in FAILED:
                    raise Failure("a script could not be compiled")
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.elements, self.blocks = elements, blocks
                    self._forget_what_is_gone()
                    return

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        """The message itself where only its hash was sent, and keep it if it is a large one."""
        if message.WhichOneof("type") == "ref_hash":
            whole = ForwardMsg()
            whole.CopyFrom(self._kept[message.ref_hash][1])
            whole.metadata.CopyFrom(message.metadata)
            message = whole
        if message.metadata.cacheable:
            self._kept[message.hash] = (self.n_runs, message)
        return message

    def _take(
        self, message: ForwardMsg, elements: dict[Path, Any], blocks: dict[Path, Any]
    ) -> None:
        path, delta = tuple(message.metadata.delta_path), message.delta
        if delta.WhichOneof("type") == "add_block":
            blocks[path] = delta.add_block
        elif delta.WhichOneof("type") == "new_element":
            kind = delta.new_element.WhichOneof("type")
            element = getattr(delta.new_element, kind)
            if kind == "exception":
                raise Failure(f"{element.type}: {element.message}")
            if getattr(element, "set_value", False):  # by the app: what the reader had set is past
                self.states.pop(element.id, None)
                if element.query_param_key:
                    self.query[element.query_param_key] = (
                        element.raw_value if hasattr(element, "raw_value") else element.value
                    )
            if hasattr(element, "id") or hasattr(element, "body"):
                elements[path] = element

    def _forget_what_is_gone(self) -> None:
        there = {getattr(each, "id", "") for each in self.elements.values()}
        there |= {block.expandable.id for block in self.blocks.values()}
        self.states = {name: each for name, each in self.states.items() if name in there}


def address(url: str) -> str:
    """Where a tab of the app connects to."""
    return url.replace("http", "ws", 1) + "/_stcore/stream"


def tab(url: str) -> connect:
    """The connection of a new tab."""
    return connect(address(url), subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
