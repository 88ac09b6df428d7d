"""Whatever stands in a link: its page opens, with no exception and no fault of the app. `make fuzz` tries 500 parameters a page."""

import random

import pytest
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from attention_core.pretrained.catalogue import MINILM
from pages.ui.server import models
from pages.ui.server.faults import BOX
from tests.bad_input.fuzz import OWN, SLUGS

from .fuzz import OFTEN, Link, links
from .reader import opened


@pytest.fixture(scope="module", autouse=True)
def minilm_is_loaded() -> None:
    models.loading(MINILM.key).result.result(timeout=120)


@pytest.fixture(autouse=True)
def only_models_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOW_CUSTOM_MODELS", raising=False)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The parameters that a page asks the link for; those of bound widgets come with its elements."""
    names: set[str] = set()
    ask = QueryParamsProxy.__getitem__

    def listen(link: QueryParamsProxy, name: str) -> str:
        names.add(name)
        return ask(link, name)

    monkeypatch.setattr(QueryParamsProxy, "__getitem__", listen)
    return names


def went_wrong(app: AppTest) -> str:
    """What a reader sees of a fault; "" where all is well."""
    seen = [each.message for each in app.exception]
    return "; ".join([*seen, *(each.value for each in app.error if each.value == BOX)])


def turned_to_a_part(app: AppTest, source: random.Random) -> bool:
    """After every third link, a click on a part of the page that no link opens."""
    parts = [each for each in app.segmented_control if each.key and len(each.options) > 1]
    if not parts or source.random() > 1 / 3:
        return False
    part = source.choice(parts)
    states = app._tree.get_widget_states()
    for state in states.widgets:
        if (
            state.id == part.id
        ):  # as the browser says it: AppTest wants the value before its wording
            state.string_array_value.data[:] = [source.choice(part.options)]
    app._run(states)
    return True


def bound(app: AppTest) -> set[str]:
    kinds = ("text_input", "selectbox", "number_input", "toggle", "checkbox", "slider", "radio")
    names = {each.proto.query_param_key for kind in kinds for each in app.get(kind)}
    return names - {""}


@pytest.mark.parametrize("slug", SLUGS)
def test_no_link_shows_a_fault(slug: str, request, faults_logged, read):
    bad: dict[str, Link] = {}
    source = random.Random(slug)
    for link in links(slug, request.config.getoption("--fuzz")):
        app = opened(slug, **link)
        read |= bound(app)
        told = went_wrong(app)
        if not told and turned_to_a_part(app, source):
            told = went_wrong(app)
        if told:
            bad.setdefault(told, link)
    assert not bad and not faults_logged, "\n".join(f"{told}: {link}" for told, link in bad.items())
    tried = {*OFTEN, OWN[slug][0]} if slug in OWN else set(OFTEN)
    assert {"text", "model", "edits", "seen"} < read <= tried  # what is read is tried


def test_links_are_as_many_as_asked_and_the_same_again():
    once, again = list(links("knock-out", 500)), list(links("knock-out", 500))
    assert once == again
    assert 500 <= sum(map(len, once)) < 530
    assert once != list(links("knock-out", 500, seed=1))
