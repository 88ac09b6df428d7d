"""What follows the last layer: the next token of a causal model, and what one more word does to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import prediction
from attention_core.pretrained.catalogue import SMOLLM2
from pages.ui.reader.predict import predict
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.widgets.breakdown import breakdown, column_of
from pages.ui.widgets.wording import visible

N_SHOWN = 8
NO_NEXT_TOKEN = (
    "This model does not continue a text. It ends in **one vector for each token**, with "
    "which texts are searched, sorted and compared. A model that does continue is asked "
    "further below."
)
PLAIN, HOT = "the dog was", "the hot dog was"


def next_stage(model_id: str, sentence: str, n_layers: int) -> None:
    """The layers above; then the next token after the reader's sentence, if the model predicts one."""
    st.markdown(
        "A small network works on each token alone, then the next layer begins: stages 3 to 5 run "
        f"**{n_layers} times**. On the way every vector takes up more of the others. In the end the "
        "vector at a word’s place is **no longer only that word**."
    )
    found = models.next_tokens(model_id, sentence, N_SHOWN)
    if not found:
        st.markdown(NO_NEXT_TOKEN)
        return
    st.markdown(
        "The last token’s vector is compared with every token the model knows; softmax turns these "
        f"scores into chances. The {N_SHOWN} likeliest to **come next**:"
    )
    _bars(found, found[0].probability, "flow_next", "The likeliest tokens after your sentence")


@st.fragment
def two_prompts(chosen_model: str) -> None:
    """The same question with and without "hot": asked of the chosen model, else of SmolLM2."""
    can_tell = models.is_ready(chosen_model) and models.predicts_next(chosen_model)
    model_id = chosen_model if can_tell else SMOLLM2.key
    if not (can_tell or st.session_state.get("flow_asked")):
        st.button(
            f"Ask {SMOLLM2.key}",
            icon=":material/forum:",
            key="flow_ask",
            on_click=lambda: st.session_state.update(flow_asked=True),
        )
        return
    if model_or_wait(model_id, key="flow_next") is None:
        return
    try:
        plain, hot = (models.next_tokens(model_id, prompt, N_SHOWN) for prompt in (PLAIN, HOT))
    except ReaderError as error:  # a model that gives no numbers for them
        st.text(str(error))
        return
    if not _has_guessed(plain, hot, model_id):
        return
    largest = max(plain[0].probability, hot[0].probability)
    for column, prompt, found in zip(st.columns(2, gap="large"), (PLAIN, HOT), (plain, hot), strict=True):  # fmt: skip
        with column:
            st.markdown(f"*{prompt} …*")
            _bars(found, largest, f"flow_after_{prompt}", f"The likeliest tokens after {prompt}")
    only = ", ".join(visible(token.text) for token in _missing(hot, plain))
    st.text(f"Only on the right: {only or 'none'}. ␣ is the space before a new word.")


def _has_guessed(
    plain: Sequence[prediction.NextToken], hot: Sequence[prediction.NextToken], model_id: str
) -> bool:
    """The reader names the newcomer first. True at once where the two lists hold the same tokens."""
    new, gone = _missing(hot, plain), _missing(plain, hot)
    if not new or not gone:
        return True
    stays = [token for token in hot if token not in new]
    options = [*gone[:2], new[0], *stays[:1]]
    return predict(
        f"of these, which is among the {N_SHOWN} likeliest tokens **only** after *{HOT}*?",
        [visible(token.text) for token in options],
        options.index(new[0]),
        lambda: (
            f"After “{HOT}”, {visible(new[0].text)} is number {hot.index(new[0]) + 1}, with a chance of "
            f"{new[0].probability:.3f}. After “{PLAIN}” it is not among the {N_SHOWN}."
        ),
        key=f"flow_hot_dog_{model_id}",
        readers_words=True,  # a vocabulary holds anything
    )


def _missing(
    these: Sequence[prediction.NextToken], those: Sequence[prediction.NextToken]
) -> list[prediction.NextToken]:
    """Which of these tokens are not among those, the likeliest first."""
    known = {token.id for token in those}
    return [token for token in these if token.id not in known]


def _bars(tokens: Sequence[prediction.NextToken], largest: float, key: str, label: str) -> None:
    chances = np.array([token.probability for token in tokens])
    breakdown(
        [column_of("probability", chances, "output", decimals=3, full=largest)],
        key=key,
        row_labels=[visible(token.text) for token in tokens],
        row_title="next token",
        label=label,
    )
