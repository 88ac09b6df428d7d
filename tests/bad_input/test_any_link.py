"""Any link whatever opens its page, and what it then shows is inside of its limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core.pretrained.catalogue import CATALOGUE, MINILM
from attention_core.toy.scenario import run
from pages.ui.reader.sentence import readable
from pages.ui.server import models
from tests.bad_input.fuzz import OWN, SHARED, SLUGS

from .mutated import mutated
from .reader import opened


def values(usual: str) -> st.SearchStrategy[str | list[str]]:
    one = mutated(usual) | st.just(usual) | st.text(max_size=12)
    return one | st.lists(one, min_size=2, max_size=3)  # the same parameter twice


@st.composite
def links(draw: st.DrawFn) -> tuple[str, dict[str, str | list[str]]]:
    slug = draw(st.sampled_from(SLUGS))
    usual = dict(draw(st.lists(st.sampled_from([*SHARED.items(), *OWN.values()]), max_size=4)))
    usual |= dict([OWN[slug]] if slug in OWN else [])
    link = {name: draw(values(text)) for name, text in usual.items()}
    return slug, link | draw(
        st.dictionaries(st.text(min_size=1, max_size=6), st.text(), max_size=1)
    )


@pytest.fixture(scope="module", autouse=True)
def minilm_is_loaded() -> None:
    models.loading(MINILM.key).result.result(timeout=120)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(links())
def test_any_link_opens_its_page(link):
    slug, parameters = link
    app = opened(slug, **parameters)
    assert not app.exception
    state = app.session_state
    assert state["model"] in [entry.key for entry in CATALOGUE]
    text = readable(app.text_input(key="text").value)
    if not text:
        return
    assert state["layer"] in range(MINILM.n_layers) and state["head"] in range(MINILM.n_heads)
    toy = state["toys"][text].current
    assert state["query"] in range(len(toy.tokens))
    assert run(toy).heads.weights.shape[-1] == len(toy.tokens)
