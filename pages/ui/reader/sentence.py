"""The one sentence of all pages, bound to the link, and which of its words asks."""

import gc

import streamlit as st

from attention_core.toy.presets import PRESETS, preset_for
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.readable import how_much, readable

DEFAULT_SENTENCE = PRESETS[0].sentence
PICKS = ("pick_key_word", "pick_real_query", "pick_real_key")  # see pages/ui/reader/worlds.py


def sentence_bar(examples: bool = True) -> None:
    """The one sentence, to be typed or picked from the examples."""
    _box()
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


def _box() -> None:
    """The sentence alone; how much of it is not read is said below it."""
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


def hide_sentence() -> None:
    """Where the sentence changes nothing. It is still drawn, for a widget that is not loses its value."""
    st.html("<style>.st-key-sentence {display: none}</style>")


def sentence() -> str:
    """The text as it is read."""
    return readable(st.session_state.get("text", DEFAULT_SENTENCE))


def ask(query: int) -> None:
    """Choose the word that asks. Only in callbacks: the picker is drawn before the pages."""
    st.session_state["query"] = query
    forget_picks()


def forget_picks() -> None:
    """Cells and tokens picked for another query mean nothing for this one."""
    for name in PICKS:
        st.session_state.pop(name, None)


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
