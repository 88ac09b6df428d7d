"""What reaches a word through all layers (rollout), and whether attention tells what matters (measured)."""

from collections.abc import Callable

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.explore.beyond_one_layer.effect import effect
from pages.explore.beyond_one_layer.rollout import Stack, rollout_part, stack_of
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait, say_notes
from pages.ui.widgets.parts import one_of, toy_of_sentence

PARTS: dict[str, Callable[[Stack], None]] = {
    "Rollout: what reaches a word": rollout_part,
    "Attention against effect": effect,
}


def explore(scenario: Scenario, choice: Choice) -> None:
    capture = read_or_wait(choice.model_id, scenario.sentence, key="beyond_one_layer")
    if capture is None:
        return
    if capture.left_out:
        st.text(f"The text is too long. Left out: … {capture.left_out.strip()[:60]} …")
    say_notes(choice.model_id)
    stack = stack_of(capture, scenario, choice)
    if capture.target_tokens:
        st.text(f"Of this model’s two stacks, the encoder: {len(stack.layers)} layers.")
    part = one_of("Part", PARTS, key="beyond_part", has_label=False)
    PARTS[part](stack)


choice, toy = chosen(), toy_of_sentence()
if toy is not None:
    explore(toy.current, choice)
