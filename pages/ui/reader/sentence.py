"""The one sentence of all pages, bound to the link: how much of it is read, and which of its words asks."""

from __future__ import annotations

import gc
from urllib.parse import quote

import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import loading
from attention_core.toy.presets import PRESETS, preset_for
from attention_core.toy.unspaced import has_unspaced
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.server import models

DEFAULT_SENTENCE = PRESETS[0].sentence
EXAMPLES = "examples"  # session: (the example that the text is or None, the number of its pills)
NO_SPACES = "Some words here have no spaces between them. There, a word ends where a token of the model ends."
NO_SPACES_YET = "Some words here have no spaces between them. There, each character is a word until the model is loaded."
NO_PAIRS = "{} knows no pairs of texts. It reads one text, in which {} is a token."
ONE_TEXT = "The model reads one text. For a pair, type {} once, between two texts."
PAIR = "The model reads a pair of texts. Tokens up to {} have token type {}, tokens after it have type {}."
PICKS = ("pick_key_word", "pick_real_query", "pick_real_key")  # see pages/ui/reader/worlds.py
LONGEST_TEXT = 20_000  # characters; far more than any model here can take
# characters of the text in the address, where one that is not ASCII takes up to twelve: a server refuses an
# address above 64 KB, and with it the reader who comes back to the page
LONGEST_IN_LINK = 48_000


def sentence_bar(examples: bool = True) -> None:
    """The one sentence, to be typed or picked from the examples; how much of it is not read is said below it."""
    st.text_input(
        "Your sentence",
        DEFAULT_SENTENCE,
        key="text",
        bind="query-params",
        placeholder="Type a sentence and press Enter",
        on_change=_new_sentence,
    )
    if cut := how_much(st.session_state["text"]):
        st.markdown(cut)
    if not examples:
        return
    preset = preset_for(sentence())
    name = preset.name if preset else None
    key = _key_of_examples(name)
    st.pills(
        "Examples",
        [preset.name for preset in PRESETS],
        default=name,
        required=True,
        key=key,
        label_visibility="collapsed",
        wrap=True,
        on_change=_take_example,
        args=(key,),
    )


def _key_of_examples(name: str | None) -> str:
    """A new one whenever the text is no longer the example that was picked.

    Setting the value would not do. A click that the browser sends before it has heard of that still carries
    the example, which would count as picked again and take the place of what the reader has just typed.
    """
    shown, n = st.session_state.get(EXAMPLES, (name, 0))
    picked = st.session_state.get(f"example_{n}", shown)
    if picked != name:
        n += 1
    st.session_state[EXAMPLES] = (name, n)
    return f"example_{n}"


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
    if cut := how_much(
        st.session_state["text"]
    ):  # kept whole, it would travel with every click, and into the link
        st.session_state["text"] = sentence()
        gc.collect()  # what was pasted before lies in cycles that Python counts as small and would leave for long
        notice(cut)
    preset = preset_for(sentence())
    ask(preset.query if preset else 0)


def _take_example(key: str) -> None:
    if key != f"example_{st.session_state[EXAMPLES][1]}":
        return  # of a text that is no longer there
    for preset in PRESETS:
        if preset.name == st.session_state[key]:
            st.session_state["text"] = preset.sentence
            ask(preset.query)


def readable(text: str) -> str:
    """The text without the space around it, from its beginning as far as it is read."""
    kept = text.strip()[:LONGEST_TEXT]
    while (n := len(quote(kept, errors="replace"))) > LONGEST_IN_LINK:
        kept = kept[: min(len(kept) - 1, len(kept) * LONGEST_IN_LINK // n)]
    return kept


def how_much(text: str) -> str | None:
    """What is said of a text that is not read to its end; None of any other."""
    n_read, n = len(readable(text)), len(text.strip())
    return f"Only the first {n_read:,} of {n:,} characters are read." if n_read < n else None


def how_read(model_id: str, text: str) -> None:
    """What a word is where no spaces tell; one text or a pair of texts, where the sentence holds the model's separator."""
    is_ready = models.is_ready(model_id)
    if has_unspaced(text):
        st.markdown(NO_SPACES if is_ready else NO_SPACES_YET)
    if not is_ready:
        return
    loaded = models.loaded(model_id)
    try:
        ids = models.tokenized(model_id, text).ids
    except ReaderError:  # said where the model is shown
        return
    line = _pair_or_one(loaded, ids, text)
    if line is not None:
        st.text(line)  # names a token of somebody's tokenizer: shown literally


def _pair_or_one(loaded: loading.LoadedModel, ids: list[int], text: str) -> str | None:
    separator, types = loaded.tokenizer.sep_token, loaded.engine.token_types
    if not separator or separator not in text:
        return None
    if types is None:
        return NO_PAIRS.format(loaded.title, separator)
    at = types.pair_at(ids)
    if at is None:
        return ONE_TEXT.format(separator)
    return PAIR.format(separator, types.first, types.second)
