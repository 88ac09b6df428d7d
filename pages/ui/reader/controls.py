"""The sidebar that all pages share, each control bound to the link: model, layer, head, query.

Widgets keep their value in session state under the name the link gives it; `chosen` reads them there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from attention_core.pretrained.catalogue import (
    CATALOGUE,
    LIST_ONLY,
    MINILM,
    custom_models_allowed,
    entry_for,
    may_be_read,
)
from attention_core.toy.unspaced import has_unspaced
from pages.ui.reader.notices import NOT_THERE, notice
from pages.ui.reader.sentence import forget_picks, sentence
from pages.ui.reader.toy_state import Toy, current_toy
from pages.ui.server import models
from pages.ui.widgets.wording import labels

NO_OTHER_MODEL = ". No other can be typed: whoever runs this server has not allowed it"


@dataclass(frozen=True)
class Choice:
    """What the reader looks at."""

    sentence: str
    model_id: str
    layer: int
    head: int
    query: int  # position of the word that asks, in the toy


HELP = {
    "layer": "Layers are stacked. Layer 0 is the first.",
    "head": "The heads of a layer work in parallel. Counting starts at 0.",
}


def shared_controls() -> None:
    """The sidebar. Without a sentence there is nothing to ask, so only the model is offered."""
    with st.sidebar:
        check_model_of_link()
        st.selectbox(
            "Pretrained model",
            dict.fromkeys([*(entry.key for entry in CATALOGUE), model()]),
            key="model",
            bind="query-params",
            accept_new_options=custom_models_allowed(),
            on_change=_new_model,
            help="MiniLM and SmolLM2 come with the app. Others are fetched from the Hugging Face hub: "
            f"choose one{or_type_another()}.",
        )
        model_id = model()
        models.loading(model_id)  # a reader wants it; whatever else asks only looks
        sizes = _sizes(model_id)
        if sizes is not None:
            names = zip(("layer", "head"), sizes, _showcase(model_id), strict=True)
            with st.container(key="layer_and_head"):
                for key, size, default in names:  # beside each other, by menu.css
                    _position(key, size, min(default, size - 1))
        toy = toy_or_none()
        if toy is not None:
            _query_picker(toy)
    st.session_state["link_read"] = True


def model() -> str:
    """The model that is looked at. Whatever a link or a browser sends: never one that may not be read."""
    asked = st.session_state.get("model") or MINILM.key
    return asked if may_be_read(asked) else MINILM.key


def or_type_another() -> str:
    """How the help of a model box goes on: what else can be typed into it, or why nothing can."""
    if custom_models_allowed():
        return ", or type a hub id such as `owner/name` or a folder on this computer"
    return NO_OTHER_MODEL


def check_model_of_link() -> None:
    """Before the box is drawn, which knows the catalogue's names only in its own spelling."""
    asked = st.query_params.get("model")
    if "link_read" in st.session_state or not asked:
        return
    entry = entry_for(asked)
    if entry is not None:
        st.session_state["model"] = entry.key
    elif not may_be_read(asked):
        st.session_state["model"] = MINILM.key
        notice(f"This link asks for “{asked[:80]}”. {LIST_ONLY}")


def toy_or_none() -> Toy | None:
    """This reader's toy of the sentence, if the sentence has a word."""
    return current_toy(sentence(), model()) if sentence() else None


def chosen() -> Choice:
    """The state of the shared controls; they have been drawn before any page runs."""
    layer, head, query = (st.session_state.get(key, 0) for key in ("layer", "head", "query"))
    return Choice(sentence(), model(), layer, head, query)


def surroundings(toy: Toy) -> object:
    """What a fragment can change that the page around it shows: choices, words, notices. Compare with ==.

    A fragment takes it as an argument, which keeps the value of the last full run: once it differs, all
    must be drawn anew.
    """
    return chosen(), toy.current.tokens, tuple(st.session_state.get("notices", ()))


def look_at_head(head: int, layer: int | None = None) -> None:
    """Choose the head of the real model, in another layer if one is given. Only in callbacks."""
    st.session_state["head"] = head
    if layer is not None:
        st.session_state["layer"] = layer


def look_at_model(model_id: str) -> None:
    """Choose the model, with the layer and head that it opens with. Only in callbacks."""
    st.session_state["model"] = model_id
    _new_model()
    forget_picks()


def switch_button(model_id: str, key: str) -> None:
    """Offer a built-in model that can do what the chosen one can't."""
    st.button(
        f"Switch to {model_id}",
        icon=":material/swap_horiz:",
        key=f"{key}_switch",
        on_click=look_at_model,
        args=(model_id,),
    )


def _new_model() -> None:
    st.session_state["model"] = model()
    st.session_state["layer"], st.session_state["head"] = _showcase(model())


def _showcase(model_id: str) -> tuple[int, int]:
    entry = entry_for(model_id)
    return entry.showcase if entry else (0, 0)


def _sizes(model_id: str) -> tuple[int, int] | None:
    """(n_layers, n_heads), from the model if it is loaded, else as the catalogue says."""
    is_ready = models.is_ready(model_id)
    found = models.loaded(model_id) if is_ready else entry_for(model_id)
    return (found.n_layers, found.n_heads) if found else None


def _position(key: str, size: int, default: int) -> None:
    _check_link(key, [str(i) for i in range(size)])
    if st.session_state.get(key, 0) not in range(size):
        st.session_state[key] = default
    st.selectbox(key.title(), range(size), default, key=key, bind="query-params", help=HELP[key])


def _query_picker(toy: Toy) -> None:
    names = labels(toy.current.tokens)
    _take_query_of_link(toy, names)
    if st.session_state.get("query", 0) not in range(len(names)):
        st.session_state["query"] = toy.base.query
    st.selectbox(
        "Query: which word asks?",
        range(len(names)),
        index=toy.base.query,
        format_func=names.__getitem__,
        key="query",
        bind="query-params",
        on_change=forget_picks,
        help="Or click a row of a heatmap.",
    )


def _take_query_of_link(toy: Toy, names: list[str]) -> None:
    """The word that a link asks with. Where no spaces tell words, those of the model are there once it is loaded."""
    asked = st.query_params.get("query")
    waiting = st.session_state.pop("query_waits", None)
    if (
        "link_read" not in st.session_state
        and toy.origin == "made up"
        and asked not in (None, *names)
    ):
        waiting = (toy.base.sentence, asked) if has_unspaced(toy.base.sentence) else None
    if waiting is None:
        _check_link("query", names)
    elif toy.origin == "made up":
        st.session_state["query_waits"] = waiting
    elif waiting[0] == toy.base.sentence and waiting[1] in names:
        st.session_state["query"] = names.index(waiting[1])
    elif waiting[0] == toy.base.sentence:
        notice(NOT_THERE.format("query"))


def _check_link(key: str, allowed: Sequence[str]) -> None:
    """Say so if the link that was opened asks for what does not exist; the widget takes its default."""
    asked = st.query_params.get(key)
    if "link_read" not in st.session_state and asked is not None and asked not in allowed:
        notice(NOT_THERE.format(key))
