"""The line below the sentence: what the chosen model makes of it."""

import pytest

from pages.ui import models
from tests.pages.conftest import open_page, texts

PAGE = "explore/one_head.py"


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Where is the cat? [SEP] It sat.",
            "a pair of texts. Tokens up to [SEP] have token type 0",
        ),
        ("A cat [SEP] B [SEP] C", "one text. For a pair, type [SEP] once"),
        ("A cat [SEP]", "one text. For a pair, type [SEP] once"),
    ],
)
def test_a_separator_makes_a_pair_or_is_said_to_make_none(text, said):
    app = open_page(PAGE, text=text)
    assert not app.exception and said in texts(app)
    assert ("token_type_ids" in models.captured("MiniLM", text).inputs) == ("a pair of" in said)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_where_the_model_has_no_separator_nothing_is_said():
    app = open_page(PAGE, text="A cat [SEP] a dog", model="SmolLM2")
    assert not app.exception and "a pair of" not in texts(app) and "one text" not in texts(app)


def test_a_model_without_pairs_says_so(tiny_model):
    folder = tiny_model("DistilBERT")
    loaded = models.loading(folder).result.result()
    loaded.tokenizer.sep_token = "</s>"
    app = open_page(PAGE, "the cat </s> a mat", folder)
    assert not app.exception and "knows no pairs of texts" in texts(app)
