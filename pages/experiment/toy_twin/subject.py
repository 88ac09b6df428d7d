"""The head that is copied, as the panels take it, or in words why this one has no twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.heads import head_of
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario, run
from pages.experiment.toy_twin.runs import MOST_TOKENS, Copied, copied
from pages.ui.reader.controls import Choice
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World, real_world
from pages.ui.server.waiting import waiting
from pages.ui.widgets.panels import only_weights


def copied_or_why(capture: Capture, choice: Choice) -> Copied | None:
    """The head with its copies; None, with the reason on the page, where there is none."""
    layer = capture.layers[choice.layer]
    if layer.head_trace(0) is None:
        only_weights()
        st.markdown("Without them there are no scores, and a twin has nothing to be made from.")
        return None
    if capture.queries(layer) is not capture.keys(layer):
        _no_twin(
            "its rows are the tokens of one text and its columns those of another, and a toy has "
            "one sentence only. Choose a layer that reads one text."
        )
        return None
    if len(capture.queries(layer)) == 1:
        _no_twin("one token alone has nowhere else to look. Type more words.")
        return None
    head = min(choice.head, layer.n_heads - 1)
    try:
        with waiting("Looking for the numbers …"):
            return copied(choice.model_id, choice.sentence, choice.layer, head)
    except ReaderError as error:
        _no_twin(
            "a toy knows two masks, “all see all” and “causal: no future”. Choose another layer."
        )
        st.text(f"What stands in the way: {error}")
        return None


def real_of(scenario: Scenario, choice: Choice, copy: Copied) -> World:
    """The head itself, among the tokens that are copied."""
    world, n = real_world(scenario, choice), len(copy.trace.q)
    return replace(
        world,
        name="twin_real",
        queries=world.queries[:n],
        keys=world.keys[:n],
        weights=copy.trace.weights[np.newaxis],
        head=0,
        trace=copy.trace,
        q_pos=min(world.q_pos, n - 1),
        k_pos=min(world.k_pos, n - 1),
    )


def twin_name(toy: Toy) -> str:
    """How many numbers the twin has, and whether they are still those that were computed."""
    r = len(toy.current.dimensions) // 2
    return f"{r} + {r} numbers a token" + (", edited" if toy.is_edited else "")


def twin_of(toy: Toy, real: World) -> World:
    """The twin as it stands after the reader's edits: the same rows, columns and choice."""
    heads = run(toy.current).heads
    return replace(
        real,
        name="twin_toy",
        title=f"Twin, {twin_name(toy)}",
        weights=heads.weights,
        trace=head_of(heads, 0),
    )


def say_first_tokens(capture: Capture, choice: Choice, mask: str) -> None:
    """Where a text is longer than what is copied."""
    n = len(capture.queries(capture.layers[choice.layer]))
    if n <= MOST_TOKENS:
        return
    shared = "" if mask == "causal" else " What a row gives to them is taken as its whole."
    st.markdown(f":material/content_cut: Of {n} tokens the first {MOST_TOKENS} are copied.{shared}")


def _no_twin(why: str) -> None:
    st.info(f"This head has no toy twin: {why}", icon=":material/block:")
