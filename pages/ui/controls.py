"""The controls that all pages share, each bound to the link: sentence, model, layer, head, query.

Widgets keep their value in session state under the name the link gives it; `chosen` reads them there.
"""

import gc
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from attention_core.pretrained.catalogue import (
    CATALOGUE,
    custom_models_allowed,
    entry_for,
)
from attention_core.toy.presets import PRESETS, preset_for
from pages.ui import models
from pages.ui.model_choice import check_model_of_link, model, or_type_another
from pages.ui.notices import clear_notices, notice
from pages.ui.readable import how_much, readable
from pages.ui.toy_state import Toy, current_toy
from pages.ui.wording import labels

DEFAULT_SENTENCE = PRESETS[0].sentence
PICKS = ("pick_key_word", "pick_real_query", "pick_real_key")  # see pages/ui/worlds.py


@dataclass(frozen=True)
class Choice:
    """What the reader looks at."""

    sentence: str
    model_id: str
    layer: int
    head: int
    query: int  # position of the word that asks, in the toy


def sentence_bar(examples: bool = True) -> None:
    """The one sentence, to be typed or picked from the examples."""
    sentence_box()
    if not examples:
        return
    preset = preset_for(sentence())
    st.session_state["example"] = preset.name if preset else None
    st.pills(
        "Examples",
        [preset.name for preset in PRESETS],
        key="example",
        label_visibility="collapsed",
        wrap=True,
        on_change=_take_example,
    )


def sentence_box() -> None:
    """The sentence alone, where a page does not need it but must not lose it."""
    st.text_input(
        "Your sentence",
        DEFAULT_SENTENCE,
        key="text",
        bind="query-params",
        placeholder="Type a sentence and press Enter",
        on_change=_new_sentence,
    )
    cut = how_much(st.session_state["text"])
    if cut:
        st.markdown(cut)


def sentence() -> str:
    """The text as it is read."""
    return readable(st.session_state.get("text", DEFAULT_SENTENCE))


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
        sizes = _sizes(model_id)
        if sizes is not None:
            showcase = _showcase(model_id)
            left, right = st.columns(2)
            with left:
                _position("Layer", "layer", sizes[0], showcase[0], "counted from 0")
            with right:
                _position("Head", "head", sizes[1], showcase[1], "counted from 0")
        toy = toy_or_none()
        if toy is not None:
            _query_picker(toy)
    st.session_state["link_read"] = True


def toy_or_none() -> Toy | None:
    """This reader's toy of the sentence, if the sentence has a word."""
    return current_toy(sentence(), model()) if sentence() else None


def chosen() -> Choice:
    """The state of the shared controls; they have been drawn before any page runs."""
    layer, head, query = (st.session_state.get(key, 0) for key in ("layer", "head", "query"))
    return Choice(sentence(), model(), layer, head, query)


def ask(query: int) -> None:
    """Choose the word that asks. Only in callbacks: the picker is drawn before the pages."""
    st.session_state["query"] = query
    forget_picks()


def forget_picks() -> None:
    """Cells and tokens picked for another query mean nothing for this one."""
    for name in PICKS:
        st.session_state.pop(name, None)


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


def _new_sentence() -> None:
    clear_notices()
    cut = how_much(st.session_state["text"])
    if cut:  # kept whole, it would travel with every click, and into the link
        st.session_state["text"] = sentence()
        gc.collect()  # what was pasted before lies in cycles that Python counts as small and would leave for long
        notice(cut)
    preset = preset_for(sentence())
    ask(preset.query if preset else 0)


def _take_example() -> None:
    name = st.session_state["example"]
    chosen_preset = next((preset for preset in PRESETS if preset.name == name), None)
    if chosen_preset is not None:
        st.session_state["text"] = chosen_preset.sentence
        ask(chosen_preset.query)


def _new_model() -> None:
    st.session_state["model"] = model()
    st.session_state["layer"], st.session_state["head"] = _showcase(model())


def _showcase(model_id: str) -> tuple[int, int]:
    entry = entry_for(model_id)
    return entry.showcase if entry else (0, 0)


def _sizes(model_id: str) -> tuple[int, int] | None:
    """(n_layers, n_heads), from the model if it is loaded, else as the catalogue says."""
    if models.is_ready(model_id):
        loaded = models.ready(model_id)
        return (loaded.n_layers, loaded.n_heads) if loaded else None
    entry = entry_for(model_id)
    return (entry.n_layers, entry.n_heads) if entry else None


def _position(name: str, key: str, size: int, default: int, help_text: str) -> None:
    options = [str(i) for i in range(size)]
    _check_link(key, options, name.lower())
    if st.session_state.get(key, 0) not in range(size):
        st.session_state[key] = min(default, size - 1)
    st.selectbox(
        name,
        range(size),
        index=min(default, size - 1),
        key=key,
        bind="query-params",
        help=help_text,
    )


def _query_picker(toy: Toy) -> None:
    names = labels(toy.current.tokens)
    _check_link("query", names, "query word")
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


def _check_link(key: str, allowed: Sequence[str], name: str) -> None:
    """Say so if the link that was opened asks for something that is not there; the widget takes its default."""
    asked = st.query_params.get(key)
    if "link_read" not in st.session_state and asked is not None and asked not in allowed:
        notice(f"This link asks for a {name} that is not there, so the usual one is shown.")
