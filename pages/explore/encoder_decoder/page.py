"""Encoder, decoder and cross-attention of a model that reads one text and writes another."""

import streamlit as st

from attention_core.toy.scenario import Scenario
from pages.explore.encoder_decoder import runs
from pages.explore.encoder_decoder.missing import no_two_stacks
from pages.explore.encoder_decoder.panels import kind_panel
from pages.explore.encoder_decoder.pickers import kind_and_layer, target_text
from pages.explore.encoder_decoder.state import world_of
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence


def explore(scenario: Scenario, choice: Choice) -> None:
    loaded = model_or_wait(choice.model_id, key="encoder_decoder")
    if loaded is None:
        return
    if not runs.has_two_stacks(choice.model_id):
        no_two_stacks(loaded.title)
        return
    target = target_text()
    with models.told(choice.model_id, "encoder_decoder"):
        with waiting("The model reads both texts …"):
            capture = runs.captured(choice.model_id, scenario.sentence, target)
        if capture.left_out:
            st.text(f"The source is too long. Left out: … {capture.left_out.strip()[:60]} …")
        kind = kind_and_layer(capture, choice)
        kind_panel(kind, world_of(capture, scenario, choice, target))


choice, toy = chosen(), toy_of_sentence()
if toy is not None:
    explore(toy.current, choice)
