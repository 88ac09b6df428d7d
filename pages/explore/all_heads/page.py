"""Explore: every head of the model at once, by a number or as thumbnails; a click opens one."""

import streamlit as st

from pages.explore.all_heads.grid import Shown, grid_panel, pick_kind, pick_view
from pages.explore.all_heads.opened import its_statistics, most_and_least, opened_head
from pages.explore.all_heads.runs import surveyed
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import read_or_wait, say_cut
from pages.ui.reader.worlds import real_world
from pages.ui.server.waiting import waiting
from pages.ui.widgets.parts import toy_of_sentence


def all_heads() -> None:
    """The grid on the left, the head that is chosen in it on the right."""
    toy, choice = toy_of_sentence(), chosen()
    if toy is None:
        return
    sentence = toy.current.sentence
    capture = read_or_wait(choice.model_id, sentence, key="all_heads")
    if capture is None:
        return
    world = real_world(toy.current, choice)
    kinds = list(dict.fromkeys(layer.kind for layer in capture.layers))
    grid_side, head_side = st.columns([5, 4], gap="large")
    with grid_side:
        say_cut(capture)
        kind = pick_kind(kinds, capture.layers[choice.layer].kind)
        name, as_pictures = pick_view()
        with waiting("All heads are counted …"):
            survey = surveyed(choice.model_id, sentence, kind)
        shown = Shown(choice.model_id, sentence, kind, survey, name, choice.layer, world.head)
        grid_panel(shown, as_pictures)
        its_statistics(shown)
    with head_side:
        opened_head(shown, world)
        most_and_least(shown)


all_heads()
