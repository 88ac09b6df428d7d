"""One head and its copies, cached for all readers; in words why a head has none."""

import streamlit as st

from attention_core.errors import ReaderError
from attention_core.experiments.head_copies import MOST_TOKENS, HeadCopies, head_copies
from attention_core.pretrained.layers import Capture
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.server.waiting import waiting
from pages.ui.widgets.panels import only_weights

NO_SCORES = "Without them there are no scores, and a twin has nothing to be made from."
TWO_TEXTS = (
    "its rows are the tokens of one text and its columns those of another, and a toy has "
    "one sentence only. Choose a layer that reads one text."
)
ONE_TOKEN = "one token alone has nowhere else to look. Type more words."
OTHER_MASK = "a toy knows two masks, “all see all” and “causal: no future”. Choose another layer."
FIRST_TOKENS = f"Of {{}} tokens the first {MOST_TOKENS} are copied."
SHARED = " What a row gives to them is taken as its whole."


@cached(max_entries=32)
def copied(model_id: str, text: str, layer: int, head: int) -> HeadCopies:
    """Raises ReaderError where there is none: see `head_copies`."""
    return head_copies(models.captured(model_id, text), layer, head)


def copied_or_why(capture: Capture, choice: Choice) -> HeadCopies | None:
    """The head with its copies; None, with the reason on the page, where there is none."""
    layer = capture.layers[choice.layer]
    if layer.head_trace(0) is None:
        only_weights()
        st.markdown(NO_SCORES)
        return None
    if capture.queries(layer) is not capture.keys(layer):
        _no_twin(TWO_TEXTS)
        return None
    if len(capture.queries(layer)) == 1:
        _no_twin(ONE_TOKEN)
        return None
    head = min(choice.head, layer.n_heads - 1)
    try:
        with waiting("Looking for the numbers …"):
            return copied(choice.model_id, choice.sentence, choice.layer, head)
    except ReaderError as error:
        _no_twin(OTHER_MASK)
        st.text(f"What stands in the way: {error}")
        return None


def say_first_tokens(capture: Capture, choice: Choice, mask: str) -> None:
    """Where a text is longer than what is copied."""
    n = len(capture.queries(capture.layers[choice.layer]))
    if n <= MOST_TOKENS:
        return
    shared = "" if mask == "causal" else SHARED
    st.markdown(f":material/content_cut: {FIRST_TOKENS.format(n)}{shared}")


def _no_twin(why: str) -> None:
    st.info(f"This head has no toy twin: {why}", icon=":material/block:")
