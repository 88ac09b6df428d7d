"""The row of the shared word in one head, in both sentences: key by key, with the difference."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.shared_words import Matched, matched_rows
from attention_core.analysis.words import tokens_of
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture
from pages.compare.two_sentences.inputs import Pair
from pages.compare.two_sentences.vectors import say_not_read
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import signed

NONE, MASKED = "—", "masked"


def attention_panel(pair: Pair, choice: Choice) -> None:
    """The weights of the sidebar's layer and head. Rows of the table are keys; both columns sum to 1."""
    captures = [models.captured(choice.model_id, text) for text in pair.texts]
    layers = [capture.layers[choice.layer] for capture in captures]
    if not all(c.asks_itself(layer) for c, layer in zip(captures, layers, strict=True)):
        st.info("This layer reads another text. Choose a layer of the encoder in the sidebar.")
        return
    head = min(choice.head, layers[0].n_heads - 1)
    rows = [_row(pair, choice, captures[i], i, head) for i in range(2)]
    if rows[0] is None or rows[1] is None:
        say_not_read()
        return
    found = matched_rows(
        (rows[0], rows[1]),
        tuple([token.text for token in capture.tokens] for capture in captures),  # type: ignore[arg-type]
        (captures[0].places, captures[1].places),
        pair.spans,
        pair.pairs,
    )
    st.text(f"{pair.word} asks, in {choice.model_id}, layer {choice.layer}, head {head}")
    st.markdown(
        "Keys that both sentences have come first, matched word by word; then those of one sentence "
        "alone. A word’s pieces are added up. — = a word that is not in this sentence. "
        "Choose another layer and head in the sidebar."
    )
    _table(found)
    _notice(found)


def _row(pair: Pair, choice: Choice, capture: Capture, i: int, head: int) -> np.ndarray | None:
    """The weights of the word's last token; nan where the mask forbids the key."""
    pieces = tokens_of(pair.places[i], capture.places)
    if not pieces:
        return None
    row = models.layer_weights(choice.model_id, pair.texts[i], choice.layer)[head, pieces[-1]]
    mask = of_head(capture.layers[choice.layer].mask, head)
    return row if mask is None else np.where(mask[pieces[-1]], row, np.nan)


def _table(found: list[Matched]) -> None:
    seen: Counter[str] = Counter()
    repeated = {name for name, n in Counter(each.name for each in found).items() if n > 1}
    names = []
    for each in found:
        seen[each.name] += 1
        names.append(f"{each.name} ({seen[each.name]})" if each.name in repeated else each.name)
    weights = [[each.first for each in found], [each.second for each in found]]
    columns = [
        Column(
            title,
            [_shown(weight) for weight in column],
            "weights",
            bars=np.nan_to_num(np.array(column, dtype=float)).tolist(),
        )
        for title, column in zip(("first", "second"), weights, strict=True)
    ]
    differences = np.array([each.difference for each in found], dtype=float)
    breakdown(
        [
            *columns,
            Column(
                "second − first",
                ["" if np.isnan(d) else signed(d) for d in differences],
            ),
        ],
        key="two_sentences_attention",
        row_labels=names,
        label=f"Attention weights of one word in two sentences, {len(found)} keys",
        footer=["sum", *(f"{_total(column):.3f}" for column in weights), ""],
        numbers=Numbers(
            "Attention in both sentences",
            lambda: pd.DataFrame(
                {"first": weights[0], "second": weights[1], "difference": differences}, index=names
            ),
        ),
    )


def _shown(weight: float | None) -> str:
    if weight is None:
        return NONE
    return MASKED if np.isnan(weight) else f"{weight:.3f}"


def _total(weights: list[float | None]) -> float:
    return float(np.nansum(np.array(weights, dtype=float)))


def _notice(found: list[Matched]) -> None:
    only = _total([each.second for each in found if each.first is None])
    gone = _total([each.first for each in found if each.second is None])
    shared = np.array([each.difference for each in found], dtype=float)
    largest = float(np.nan_to_num(np.abs(shared)).max(initial=0.0))
    notice_this(
        f"Keys of the second sentence alone take :violet[**{only:.2f}**] of the row, those of the first "
        f"alone :violet[**{gone:.2f}**]. Among the shared keys the largest change is "
        f":violet[**{largest:.2f}**]."
    )
