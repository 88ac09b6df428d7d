"""Every page's state through its link and back; links that stand in slides and chats; any text at all."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core.analysis.edited_row import MOST, SCORES, WEIGHTS
from attention_core.analysis.twin import MOST as MOST_NUMBERS
from attention_core.toy.optimisers import OPTIMISERS
from attention_core.toy.tasks import TASKS
from pages.compare.two_heads.state import KINDS, SIDE
from pages.experiment.break_it.catalogue import ALL, BY_NAME, MISTAKE, ONE
from pages.experiment.edit_a_score.editor import ROW
from pages.experiment.knock_out import state as knock_out
from pages.experiment.knock_out.state import OUT
from pages.experiment.let_it_learn import state as let_it_learn
from pages.experiment.let_it_learn.state import PLAN
from pages.experiment.our_core_inside.layers import QUANTITIES, SHOWS, VIEW
from pages.experiment.toy_twin.twin import TWIN
from pages.learn.self_attention.steps import NAMES, STEP
from pages.ui.reader.page_state import PageState
from tests.bad_input.mutated import mutated

POSITION = st.integers(0, 9_999_999)
PAIRS = st.none() | st.sets(st.tuples(POSITION, POSITION), max_size=5).map(
    lambda pairs: tuple(sorted(pairs))
)
TEXT = st.text(min_size=1).map(str.strip).filter(bool)
REAL = st.floats(-MOST, MOST)
CELLS = st.dictionaries(POSITION, REAL, max_size=5).map(lambda cells: tuple(sorted(cells.items())))
one_of = st.sampled_from

PAGES = {  # page: what each field may be
    OUT: {
        "part": one_of(knock_out.PARTS),
        "heads": PAIRS,
        "of_head": one_of(knock_out.INSTEAD_OF_HEAD),
        "others": one_of(knock_out.OTHERS),
        "looks": PAIRS,
        "where": one_of(knock_out.WHERE),
        "word": st.none() | POSITION,
        "of_look": one_of(knock_out.INSTEAD_OF_LOOK),
        "followed": st.none() | POSITION,
        "measure": st.integers(0, 1),
    },
    PLAN: {
        "task": one_of([*TASKS]),
        "optimiser": one_of([*OPTIMISERS]),
        "rate": one_of(let_it_learn.RATES),
        "steps": one_of(let_it_learn.STEPS),
        "seed": st.integers(0, let_it_learn.LARGEST_SEED),
        "heads": one_of(let_it_learn.HEADS),
        "E": st.booleans(),
    },
    MISTAKE: {"which": one_of([*BY_NAME]), "where": one_of([ALL, ONE])},
    VIEW: {
        "show": one_of([*SHOWS]),
        "quantity": one_of([*QUANTITIES]),
        "wrong": st.booleans(),
    },
    ROW: {
        "kind": one_of([SCORES, WEIGHTS]),
        "layer": POSITION,
        "head": POSITION,
        "q_pos": POSITION,
        "even": st.booleans(),
        "one": st.none() | POSITION,
        "added": REAL,
        "cells": CELLS,
        "divided": st.booleans(),
    },
    TWIN: {"r": st.integers(1, MOST_NUMBERS), "edits": st.just("") | TEXT},
    SIDE: {
        "kind": one_of(KINDS),
        "layer": POSITION,
        "head": POSITION,
        "text": TEXT,
        "model_id": TEXT,
    },
    STEP: {"step": one_of(NAMES)},
}
LINKS = [  # written by versions that had a grammar for each page
    (OUT, "heads.h5-11"),
    (OUT, "heads.h"),
    (OUT, "heads.h1-4_5-11.imean.omodel.f284.m1"),
    (OUT, "looks"),
    (OUT, "looks.l10-0_10-2.czero"),
    (OUT, "looks.l10-2.slayer.cuniform.f5.m1"),
    (OUT, "word.w8.cuniform"),
    (OUT, "pronoun.iuniform"),
    (PLAN, "copy_Adam_0.03_200_0_1_learned"),
    (PLAN, "pronoun_SGD_10_500_42_4_learned"),
    (PLAN, "marked_Adam_0.001_1_9999_2_fixed"),
    (PLAN, "copy_SGD_100_2000_1_1_fixed"),
    (MISTAKE, "twice"),
    (MISTAKE, "twice.one"),
    (MISTAKE, "no-root.one"),
    (VIEW, "library.weights"),
    (VIEW, "difference.states"),
    (VIEW, "all.weights.wrong"),
    (ROW, "weights.5.11.10"),
    (ROW, "scores.13.8.1~3:5.0"),
    (ROW, "scores.5.11.10~even~all:2.0~2:900002.0~12:-1e-07"),
    (ROW, "weights.13.8.8~one6~3:0.25~sum"),
    (TWIN, "2"),
    (TWIN, "4~x8.4:3"),
    (TWIN, "3~x0.0:-1~x8.4:1.5"),
    (SIDE, "head.5.3"),
    (SIDE, "head.0.0"),
    (SIDE, "layer.2"),
    (SIDE, "sentence.the cat. was here"),
    (SIDE, "model.13.8.owner/name-1.7B"),
    (STEP, "2"),
    (STEP, "8"),
]
by_parameter = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parameter)


def states(page: PageState) -> st.SearchStrategy:
    """Any state that the page can write: what does not go with its first field is as usual."""
    forms = {each.name: each.metadata["form"] for each in fields(page.kind)}
    first = next(iter(forms))
    return st.fixed_dictionaries(PAGES[page]).map(
        lambda values: page.kind(
            **{name: v for name, v in values.items() if forms[name].goes_with(values[first])}
        )
    )


@by_parameter
@settings(deadline=None, derandomize=True)
@given(data=st.data())
def test_every_state_survives_its_link(page: PageState, data: st.DataObject):
    state = data.draw(states(page))
    assert page.decode(page.encode(state) or "") == state


@pytest.mark.parametrize(("page", "link"), LINKS, ids=str)
def test_an_old_link_opens_and_is_written_again_as_it_was(page: PageState, link: str):
    assert page.encode(page.decode(link)) == link


@by_parameter
def test_the_usual_is_not_written(page: PageState):
    assert page.encode(page.kind()) is None and page.decode("") == page.kind()


def test_what_another_part_is_set_to_is_not_written():
    assert OUT.encode(knock_out.KnockOut(looks=((1, 2),), word=3)) is None


@settings(deadline=None, derandomize=True, max_examples=300)
@given(data=st.data())
def test_any_text_is_a_state_or_a_value_error(data: st.DataObject):
    page, link = data.draw(one_of(LINKS))
    text = data.draw(mutated(link) | st.text(max_size=40))
    try:
        state = page.decode(text)
    except ValueError as error:
        assert len(str(error)) < 300
    else:
        assert page.decode(page.encode(state) or "") == state
