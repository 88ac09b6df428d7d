"""The line below the sentence: what the chosen model makes of it."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from tokenizers.pre_tokenizers import Split

from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.sentence import NO_PAIRS, NO_SPACES, NO_SPACES_YET, ONE_TEXT, PAIR
from pages.ui.server import models
from tests.pages.conftest import PROJECT, matrix_shown, open_page, prose, texts

PAGE = "one-head"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Where is the cat? [SEP] It sat.", PAIR.format("[SEP]", 0, 1)),
        ("A cat [SEP] B [SEP] C", ONE_TEXT.format("[SEP]")),
        ("A cat [SEP]", ONE_TEXT.format("[SEP]")),
    ],
)
def test_a_separator_makes_a_pair_or_is_said_to_make_none(text, said):
    app = open_page(PAGE, text=text)
    assert not app.exception and said in texts(app)
    is_pair = said == PAIR.format("[SEP]", 0, 1)
    assert ("token_type_ids" in models.captured("MiniLM", text).inputs) == is_pair


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_where_the_model_has_no_separator_nothing_is_said():
    app = open_page(PAGE, text="A cat [SEP] a dog", model="SmolLM2")
    assert not app.exception and "[SEP]" not in texts(app)


def test_a_model_without_pairs_says_so(tiny_model):
    folder = tiny_model("DistilBERT")
    loaded = models.loading(folder).result.result()
    loaded.tokenizer.sep_token = "</s>"
    app = open_page(PAGE, "the cat </s> a mat", folder)
    assert not app.exception and NO_PAIRS.format(loaded.title, "</s>") in texts(app)


JAPANESE = "アリババ株式会社の公式サイトです"
MIXED = "Der Kater 猫は寝た。 https://example.com/a don't"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", [JAPANESE, MIXED, "我喜欢猫"])
def test_without_spaces_tokens_are_words_and_that_is_said(text):
    app = open_page(PAGE, text=text)
    read = models.captured("MiniLM", text)
    words = app.selectbox(key="query").options
    assert NO_SPACES in prose(app)
    known = [token.text for token in read.tokens if not token.is_special]
    if text != MIXED:
        assert len(words) == len(known) > 3
    assert "https://example.com/a" in str(words) or text != MIXED
    app.segmented_control(key="one_head_unit").set_value("words").run()
    assert not app.exception
    shown = matrix_shown(app, "Attention weights of")
    np.testing.assert_allclose(shown.sum(axis=1), 1, atol=1e-5)
    assert len(shown) == len(words) + 2  # [CLS] and [SEP]


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["한국어는 띄어쓰기를 합니다", "I 👩‍👩‍👧 you", "one 猫"])
def test_nothing_is_said_where_spaces_tell(text):
    app = open_page(PAGE, text=text)
    assert not app.exception and NO_SPACES not in prose(app)
    assert len(app.selectbox(key="query").options) == len(text.split())


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
@pytest.mark.parametrize(
    "page",
    ["two-heads", "find-a-head", "side-by-side"],
)
@pytest.mark.parametrize("model_id", ["MiniLM", "SmolLM2"])
def test_pages_of_words_take_such_a_text(page, model_id):
    app = open_page(page, model=model_id, text=JAPANESE)
    assert not app.exception


@pytest.mark.parametrize(("asked", "said"), [("1 は寝", False), ("1 犬", True)])
def test_a_link_s_word_that_only_tokens_tell_waits_for_the_model(
    asked, said, tiny_model, monkeypatch
):
    folder, text = tiny_model("BERT"), "猫は寝た"
    loaded = models.loading(folder).result.result()
    loaded.tokenizer.backend_tokenizer.pre_tokenizer = Split("は寝", "isolated")
    is_ready = models.is_ready
    monkeypatch.setattr(models, "is_ready", lambda model_id: False)
    app = AppTest.from_file(f"{PROJECT}/pages/menu.py", default_timeout=60)
    app.session_state["model"] = folder
    app.query_params.update(text=text, query=asked)
    app.run()
    assert NO_SPACES_YET in prose(app)
    assert app.selectbox(key="query").options == ["0 猫", "1 は", "2 寝", "3 た"]
    monkeypatch.setattr(models, "is_ready", is_ready)
    app.run()
    assert app.selectbox(key="query").options == ["0 猫", "1 は寝", "2 た"]
    assert app.selectbox(key="query").value == (0 if said else 1)
    assert (NOT_THERE.format("query") in prose(app) + texts(app)) == said
