"""Pages without a browser: each is run from the app's own entry, as Streamlit would run it."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.contents import LESSONS, TOOLS
from pages.ui.server import models
from pages.ui.widgets.component import OPEN
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved
from tests.together import parts

PROJECT = __file__.rsplit("/tests/", 1)[0]


@pytest.fixture  # not for the session: the app forgets a model when others are asked for
def minilm_is_loaded() -> None:
    models.loading("MiniLM").result.result(timeout=120)


@pytest.fixture
def smollm2_is_loaded() -> None:
    models.loading("SmolLM2").result.result(timeout=180)


@pytest.fixture
def model_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is asked for from now on stays on its way."""
    monkeypatch.setattr(models.loader, "submit", lambda *_: None)


def open_page(
    page: str | None = None, text: str | None = None, typed_model: str | None = None, **link: str
) -> AppTest:
    """A new reader opens a link: `page` is the address of the page, `link` its query parameters.

    `text` and `typed_model` are what the reader then types.
    """
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    if typed_model:  # AppTest's selectbox cannot take a new option, but its state can
        app.session_state["model"] = typed_model
    app.query_params.update(link)
    app.run()
    if page:  # AppTest can leave the first page only after it has run
        go_to(app, page)
    if text is not None:
        app.text_input(key="text").set_value(text).run()
    return app


def go_to(app: AppTest, page: str) -> AppTest:
    """The same reader goes to another page by the menu: to the address of a lesson or of a tool."""
    script = next(each.file for each in (*LESSONS, *TOOLS) if each.slug == page)
    return app.switch_page(str(script)).run()


def texts(app: AppTest) -> str:
    """All that is shown literally, one line each, above and between pictures too."""
    words = [
        [each] if isinstance(each, str) else [each.get("heading"), each.get("note")]
        for each in _all_items(app)
    ]
    return "\n".join(
        [*(text.value for text in app.text), *(word for some in words for word in some if word)]
    )


def prose(app: AppTest) -> str:
    """All that is shown as markdown, headings and notes too, among pictures too."""
    among = [each["prose"] for each in _all_items(app) if "prose" in each]
    return "\n".join([*(each.value for each in [*app.header, *app.markdown, *app.info]), *among])


def bold(app: AppTest) -> list[str]:
    """What stands in bold in the prose: the numbers and words that a sentence is about."""
    return re.findall(r"\*\*(.+?)\*\*", prose(app))


def counts(app: AppTest) -> list[list[int]]:
    """The whole numbers of each part in bold: "number 3 of 12" is [3, 12]."""
    return [list(map(int, re.findall(r"\d+", each))) for each in bold(app)]


def figures(shown: str) -> list[str]:
    """The numbers in a text as they are written, so that a test need not hold to the words around them."""
    return re.findall(r"[−-]?\d+(?:,\d{3})*(?:\.\d+)?%?", shown)


def bold_figures(app: AppTest) -> list[list[str]]:
    """The numbers of each piece of prose in bold."""
    return [figures(each) for each in bold(app)]


def in_order(shown: str, *parts: str) -> bool:
    """Whether all parts stand in one line, in this order, whatever words are between them."""
    return re.search(".*".join(map(re.escape, parts)), shown) is not None


def components(app: AppTest, start: str = "") -> list[dict]:
    """What the components whose key or label begins so were sent, from top to bottom, drawn together or alone."""
    return [
        data
        for key, data in pictures(app)
        if key.startswith(start) or data["label"].startswith(start)
    ]


def pictures(app: AppTest) -> Iterator[tuple[str, dict]]:
    """Each picture with its key: of one that stands alone, the end of its id."""
    for each in app.get("bidi_component"):
        data = json.loads(each.proto.json)
        together = [(part["key"], part["data"]) for part in parts(data)]
        yield from together or ([(each.proto.id.split("-", 2)[2], data)] if "label" in data else [])


def _all_items(app: AppTest) -> list[dict | str]:
    sent = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    return [item for data in sent for item in _items(data)]


def _items(data: dict) -> Iterator[dict | str]:
    """The pictures and words of a component that holds several; of another one, its data."""
    if "columns" not in data or "label" in data:
        yield data
        return
    for column in data["columns"]:
        if column["title"]:
            yield column["title"]
        for item in column["items"]:
            if isinstance(item, str):
                yield item
            else:
                yield from _items(item.get("data", item))


def component(app: AppTest, start: str) -> dict:
    """What the one component whose key or label begins so was sent."""
    (data,) = components(app, start)
    return data


def numbers(data: dict) -> np.ndarray:
    """The numbers that a small matrix was sent; NaN where blocked."""
    assert data["range"] is None
    flat = np.frombuffer(base64.b64decode(data["values"]), "<f8")
    return flat.reshape(len(data["rows"]), len(data["columns"]))


def matrix_shown(app: AppTest, start: str) -> np.ndarray:
    return numbers(component(app, start))


def happens(app: AppTest, key: str, event: str, value: object) -> AppTest:
    """A click or an edit in a component, as the browser reports it: AppTest has no name for it."""
    base, data, name = _holder(app, key, event)
    if told := data.get("delivery"):
        entry = [told["heard"] + 1, told["picture"], value]
        value = {"inbox": told["inbox"], "waiting": [entry]}
    states = app._tree.get_widget_states()
    happened = states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{base}__events")
    happened.json_trigger_value = json.dumps([{"event": name, "value": value}])
    app._run(states)
    assert not app.exception
    return app


def _holder(app: AppTest, key: str, event: str) -> tuple[str, dict, str]:
    """The id of the component that holds this picture, the picture's data, and what its event is called there."""
    for each in app.get("bidi_component"):
        data = json.loads(each.proto.json)
        if each.proto.id.endswith(f"-{key}"):
            return each.proto.id, data, event
        for part in parts(data):
            if part["key"] == key:
                return each.proto.id, part["data"], f"{key}_{event}"
    raise AssertionError(f"there is no picture {key}")


def files_of(app: AppTest, key: str) -> list[str]:
    """The kinds of files that the corner of this picture or table offers."""
    app.session_state[OPEN] = key
    app.run()
    assert not app.exception
    return [button.label for button in app.get("download_button")]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Callable[[Any, Any], str]]:
    """Loads a tiny model from a folder, and makes room again: three are kept."""
    folders = []

    def load(model_class: Any, config: Any) -> str:
        folders.append(saved(tmp_path, model_class, config))
        models.loading(folders[-1]).result.result(timeout=60)
        return folders[-1]

    yield load
    for each in folders:
        models.loading.clear(each)


@pytest.fixture
def tiny_model(folder: Callable[[Any, Any], str]) -> Callable[[str], str]:
    """The same by the family's name."""
    return lambda family: folder(*(THROUGH_SEAM | ONLY_WEIGHTS)[family])


def column(data: dict, title: str) -> list[str]:
    (found,) = [each["cells"] for each in data["columns"] if each["title"] == title]
    return found


def floats(data: dict, title: str) -> list[float]:
    return [float(cell.replace("−", "-")) for cell in column(data, title)]
