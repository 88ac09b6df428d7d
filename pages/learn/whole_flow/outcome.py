"""What comes of a text: the next token, what one word more does to it, and what leaving a word out does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from attention_core.analysis.leave_out import rank_agreement
from attention_core.errors import ReaderError
from attention_core.experiments import word_effects
from attention_core.pretrained import prediction
from attention_core.pretrained.catalogue import SMOLLM2
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.predict import predict
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.component import explain
from pages.ui.widgets.parts import READS, one_by_one
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import labels, number, visible

N_SHOWN = 8
NO_NEXT_TOKEN = (
    "This model does not continue a text. It ends in **one vector for each token**, with "
    "which texts are searched, sorted and compared. A model that does continue is asked "
    "further below."
)
PLAIN, HOT = "the dog was", "the hot dog was"
ONE_WORD = "Type more than one word above: with one, nothing can be left out."
MOST_WORDS = 25  # those with the largest weights; each costs one pass of the model
# what the change counts: in the toy, in a model that gives vectors, in one that says what comes next
OUTPUT = "how far the output of the word that asks turns away: 1 − cosine"
LAST_VECTOR = "how far the last vector of the word that asks turns away: 1 − cosine"
PROBABILITY = "how much probability moves to other next tokens, of 1. So the last word asks"
SMALLEST = 1e-3  # as printed; a bar for less would be noise drawn large


def next_stage(model_id: str, sentence: str, n_layers: int) -> None:
    """The layers above; then the next token after the reader's sentence, if the model predicts one."""
    above = (
        "A small network works on each token alone, then the next layer begins: stages 3 to 5 run "
        f"**{n_layers} times**. On the way every vector takes up more of the others. In the end the "
        "vector at a word’s place is **no longer only that word**."
    )
    found = models.next_tokens(model_id, sentence, N_SHOWN)
    if not found:
        st.markdown(f"{above}\n\n{NO_NEXT_TOKEN}")
        return
    st.markdown(
        f"{above}\n\nThe last token’s vector is compared with every token the model knows; softmax turns these "
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
    with together("flow_after") as lists:
        for prompt, found in ((PLAIN, plain), (HOT, hot)):
            with lists.column():
                explain(f"*{prompt} …*")
                _bars(
                    found, largest, f"flow_after_{prompt}", f"The likeliest tokens after {prompt}"
                )
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


@st.fragment
def measure(scenario: Scenario, choice: Choice, toy_head: int, with_model: bool) -> None:
    """Behind a button, because the model reads the sentence once for each word."""
    if len(scenario.spans) == 1:
        st.markdown(ONE_WORD)
        return
    if st.session_state.get("flow_measured") != scenario.sentence:
        st.button(
            "Measure",
            icon=":material/straighten:",
            key="flow_measure",
            on_click=lambda: st.session_state.update(flow_measured=scenario.sentence),
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        claim = word_effects.toy_claim(scenario, choice.query, toy_head)
        _compare(claim, f"Toy, head {toy_head}", OUTPUT, key="flow_toy_measured")
    if with_model:
        with right:
            _in_the_model(scenario, choice)


def _in_the_model(scenario: Scenario, choice: Choice) -> None:
    model_id, layer = choice.model_id, choice.layer
    capture = models.captured(model_id, scenario.sentence)
    head = min(choice.head, capture.layers[layer].n_heads - 1)
    asked = replace(scenario, query=choice.query)
    claim: word_effects.Claim | None
    if models.predicts_next(model_id):
        counts, probabilities = PROBABILITY, partial(models.next_probabilities, model_id)
        claim = word_effects.next_token_claim(capture, layer, head, asked, probabilities)
    else:
        counts, states = LAST_VECTOR, partial(models.last_states, model_id)
        claim = word_effects.last_vector_claim(capture, layer, head, asked, states)
    if claim is None:
        st.markdown("This model’s layers read two texts, or not the word that asks: not measured.")
    else:
        title = f"{model_id}, layer {layer}, head {head}"
        _compare(claim, title, counts, key="flow_real_measured")


def _compare(claim: word_effects.Claim, title: str, counts: str, *, key: str) -> None:
    left_out = claim.strongest_words(MOST_WORDS)
    changes = np.array(one_by_one(left_out, claim.changes(), READS))
    names = labels(claim.scenario.tokens)
    asks = "the end of the text" if claim.asking is None else names[claim.asking]
    st.text(f"{title}: {asks} asks")
    weights = claim.weights[left_out]
    columns = [_column("weight", weights, "weights")]
    agreements = [("weight", rank_agreement(weights, changes))]
    if claim.handed is not None:
        handed = claim.handed[left_out]
        columns.append(_column("weight × |v|", handed, "value"))
        agreements.append(("weight × length of value", rank_agreement(handed, changes)))
    breakdown(
        [*columns, _column("change", changes, "output")],
        key=key,
        row_labels=[names[i] for i in left_out],
        row_title="word left out",
        label=f"{title}: weights against measured changes",
    )
    st.markdown(
        f"**Change**: {counts}.\n\n"
        "In the same order as the change? (Spearman’s ρ: 1 the same order, 0 unrelated)  \n"
        + " · ".join(
            f"{what}: **{'no order' if np.isnan(rho) else number(rho)}**"
            for what, rho in agreements
        )
    )


def _column(title: str, values: np.ndarray, role: str) -> Column:
    full = max(float(values.max()), SMALLEST)
    return column_of(title, values, role, decimals=3, full=full)
