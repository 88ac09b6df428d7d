"""Both worlds on one page: the numbers of the curriculum, edits that move them, links, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from attention_core.toy.compact import LONGEST_LINK, expand
from attention_core.toy.edits import edits_of
from attention_core.toy.presets import PRESETS
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.page_link import HOURS
from pages.ui.server import models
from pages.ui.server.jobs import BackgroundJob
from pages.ui.widgets.parts import NO_SENTENCE
from tests.bad_input.reader import opened
from tests.pages.conftest import component, components, files_of, go_to, open_page, texts
from tests.pages.paragraphs import NUMBER, one_paragraph_has

PAGE = "side-by-side"


def test_the_toy_is_there_before_the_model(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert "7 it → 1 animal 0.79" in texts(app)
    assert f"DistilGPT-2: {BackgroundJob.stage}" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_minilm_and_the_toy_both_find_the_animal():
    app = open_page(PAGE)
    assert not app.exception
    assert "7 it → 1 animal 0.79 · 3 cross 0.10 · 5 street 0.10" in texts(app)
    assert "10 it → 2 animal 0.65" in texts(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_smollm2_opens_at_its_own_head_and_finds_the_animal():
    app = open_page(PAGE, model="SmolLM2")
    assert (app.selectbox(key="layer").value, app.selectbox(key="head").value) == (13, 8)
    assert "8 it → 1 animal 0.75" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_proof_holds_and_names_all_heads():
    (proof,) = open_page(PAGE).success
    assert "72" in NUMBER.findall(proof.value)


def examples(app: AppTest) -> ButtonGroup:
    (found,) = [pills for pills in app.pills if pills.label == "Examples"]
    return found


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_example_opens_with_its_own_query(preset):
    app = open_page(PAGE)
    examples(app).set_value(preset.name).run()
    assert not app.exception
    assert app.text_input(key="text").value == preset.sentence
    assert f"{preset.query} {preset.tokens[preset.query]} → " in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_both_worlds_wear_the_same_widgets():
    app = open_page(PAGE)
    labels = [each["label"] for each in components(app)]
    for start in ("Attention weights of", "Softmax of", "q of", "keys of", "values of", "All"):
        assert len([label for label in labels if label.startswith(start)]) == 2, start


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_link_restores_what_was_looked_at():
    app = open_page(PAGE, layer="3", head="1", query="10 tired", edits="x5.0:1")
    assert not app.exception
    assert "MiniLM, layer 3, head 1" in texts(app)
    assert "10 tired → 5 street" in texts(app)  # the street is a being now
    assert "13 tired → " in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_new_sentence_is_read_by_both_and_says_what_pca_keeps():
    text = "Kings and queens eat pizza in London"
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert "0 Kings → " in texts(app) and "1 Kings → " in texts(app)
    toy = app.session_state["toys"][text]
    assert one_paragraph_has(app, f"{100 * toy.variance_kept:.0f}", str(len(toy.base.dimensions)))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_settings_move_the_numbers_and_undo_brings_them_back():
    app = open_page(PAGE)
    app.session_state["editing"] = True
    app.run()
    before = texts(app)
    mask = next(box for box in app.selectbox if box.label == "Mask")
    mask.set_value("causal").run()
    assert component(app, "Attention weights of Toy")["blocked"]
    next(toggle for toggle in app.toggle if "√d" in toggle.label).set_value(False).run()
    assert "7 it → 1 animal 0.97" in texts(app)
    app.button(key="toy_undo").click().run()
    app.button(key="toy_undo").click().run()
    assert texts(app) == before
    assert app.button(key="toy_undo").disabled


@pytest.mark.usefixtures("minilm_is_loaded")
def test_more_heads_become_more_thumbnails():
    app = open_page(PAGE, edits="heads:4")
    assert component(app, "All 4 heads of Toy")["shape"][0] == 4
    app = open_page(PAGE, edits="heads:4~x0.0:1")
    app.session_state["editing"] = True
    app.run()
    app.button(key="toy_reset").click().run()
    assert component(app, "All 1 heads of Toy")["shape"][0] == 1


@pytest.mark.usefixtures("minilm_is_loaded")
def test_two_readers_do_not_see_each_others_edits():
    open_page(PAGE, edits="x5.0:1")
    assert "7 it → 1 animal 0.79" in texts(open_page(PAGE))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_broken_link_opens_with_defaults_and_says_so():
    app = open_page(PAGE, layer="77", head="x", query="99", edits="zzz")
    assert not app.exception
    assert "7 it → 1 animal 0.79" in texts(app) and "MiniLM, layer 5, head 11" in texts(app)
    notices = app.session_state["notices"]
    missing = {NOT_THERE.format(parameter) for parameter in ("layer", "head", "query")}
    assert missing < set(notices) and len(notices) == 4  # and the edits
    assert all(each in texts(app) for each in notices)


def edited_toy(n_words: int) -> tuple[str, np.ndarray, AppTest]:
    """A sentence, other numbers for all embeddings of its toy, and the page after they were typed."""
    sentence = " ".join(f"word{i}" for i in range(n_words))
    app = opened("side-by-side", text=sentence)
    toy = app.session_state["toys"][sentence]
    numbers = np.random.default_rng(n_words).normal(size=toy.base.x.shape)
    toy.commit(replace(toy.current, x=numbers))
    return sentence, numbers, app.run()


def edits_in(app: AppTest) -> str:
    return str(np.atleast_1d(app.query_params["edits"])[0])


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("n_words", "how"), [(15, "z1."), (60, "z1."), (90, "kept."), (500, "kept.")]
)
def test_all_numbers_of_a_toy_are_there_after_a_reload(n_words: int, how: str):
    sentence, numbers, app = edited_toy(n_words)
    link = edits_in(app)
    assert link.startswith(how) and len(link) <= LONGEST_LINK
    again = opened("side-by-side", text=sentence, edits=link)
    np.testing.assert_array_equal(again.session_state["toys"][sentence].current.x, numbers)
    assert edits_in(again) == link


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_long_link_of_before_is_read_and_stays():
    sentence, numbers, app = edited_toy(36)
    toy = app.session_state["toys"][sentence]
    readable = edits_of(toy.base, toy.current)
    assert 3000 < len(readable) <= LONGEST_LINK
    again = opened("side-by-side", text=sentence, edits=readable)
    np.testing.assert_array_equal(again.session_state["toys"][sentence].current.x, numbers)
    assert edits_in(again) == readable


@pytest.mark.usefixtures("minilm_is_loaded")
def test_edits_that_are_lost_or_damaged_are_said_to_be():
    sentence, _, app = edited_toy(15)
    link = edits_in(app)
    for broken in (link[:-9], "kept.never-heard-of", "x" * 5000):
        again = opened("side-by-side", text=sentence, edits=broken)
        (notice,) = again.session_state["notices"]
        assert notice in texts(again)
        if broken.startswith("kept."):
            assert str(HOURS) in NUMBER.findall(notice)
        else:
            with pytest.raises(ValueError) as why:
                expand(broken)
            assert str(why.value) in notice
        assert not again.session_state["toys"][sentence].is_edited


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_blank_text_is_answered_with_a_hint(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert app.info[0].value == NO_SENTENCE


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text",
    [
        "one",
        "🙂",
        "👨‍👩‍👧 ❤️",
        "مرحبا بالعالم",
        "<script>alert(1)</script> <img src=x onerror=alert(1)>",
        "**bold** [link](https://example.com) ![x](https://example.com/x.png) :red[x] $x^2$",
        "buffalo " * 20,
        "word " * 600,
        "\u200b",
        "[CLS] [MASK] [SEP]",
    ],
)
def test_any_text_is_read_and_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    markdown = [*app.markdown, *app.caption, *app.info, *app.success, *app.subheader]
    for danger in ("<script", "onerror", "example.com"):
        assert not any(danger in element.value for element in markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_text_too_long_for_the_model_says_what_was_left_out():
    app = open_page(PAGE, text="buffalo " * 600)
    assert one_paragraph_has(app, "512", "512")
    read = models.tokenized("MiniLM", app.text_input(key="text").value.strip())
    assert read.left_out
    assert one_paragraph_has(app, str(read.n_tokens_in_text), str(len(read.left_out)))


@pytest.mark.parametrize("model", ["no/such-model", "/tmp", "what is this?"])
def test_a_model_that_cannot_be_had_is_explained_and_the_toy_stays(model: str):
    with pytest.raises(ValueError) as why:
        models.loading(model).result.result(timeout=60)
    app = open_page(PAGE, typed_model=model)
    assert not app.exception
    assert str(why.value) in texts(app)
    assert "7 it → 1 animal 0.79" in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_key_picked_in_a_longer_sentence_is_forgotten_without_harm():
    app = open_page(PAGE)
    app.session_state["pick_key_word"] = 10  # as after the browser's Back, which runs no callback
    app.session_state["text"] = "the dog was"
    app.run()
    assert not app.exception
    assert "0 the → 0 the" in texts(app) or "1 dog → 1 dog" in texts(app)


def test_numbers_that_were_open_on_one_page_do_not_open_on_the_next(model_never_comes):
    app = open_page(PAGE)
    assert files_of(app, "toy_heatmap") == ["CSV", "JSON", "PNG", "SVG"]
    go_to(app, "query-key-value")
    go_to(app, PAGE)  # the same picture again
    assert not app.get("download_button")
