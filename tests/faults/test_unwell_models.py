"""Models that fail on the reader's own sentence: every page opens, the toy goes on, and what happened is said in words."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import torch
import transformers as hf
from streamlit.testing.v1 import AppTest

from attention_core.errors import ReaderError
from attention_core.pretrained.capture import capture, input_embeddings
from attention_core.pretrained.failures import ModelFailed
from attention_core.pretrained.loading import load
from attention_core.pretrained.run import Run
from attention_core.pretrained.tokens import tokenize
from pages.contents import LESSONS, TOOLS
from pages.ui.server import models
from tests.bad_input.reader import opened, shown
from tests.faults.conftest import READ_BY_MODEL
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import WORDS, saved

KNOWN = 4 + len(WORDS)  # tokens of the folder's tokenizer
NEW = "hello <new1> world"
SLUGS = ["", *(page.slug for page in (*LESSONS, *TOOLS))]


def beyond(folder: Path, family: str) -> str:
    """A tokenizer that was given one token more than its model."""
    model_class, config = (THROUGH_SEAM | ONLY_WEIGHTS)[family]
    config = deepcopy(config)
    config.vocab_size = KNOWN
    saved(folder, model_class, config)
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    assert tokenizer.add_tokens(["<new1>"]) == 1 and len(tokenizer) == KNOWN + 1
    tokenizer.save_pretrained(folder)
    return str(folder)


def xlnet(folder: Path) -> str:
    """Says of itself that its longest text has −1 tokens."""
    config = hf.XLNetConfig(vocab_size=50, d_model=24, n_layer=2, n_head=4, d_inner=40)
    return saved(folder, hf.XLNetModel, config)


UNWELL: dict[str, Callable[[Path], str]] = {
    "GPT-2 beyond": lambda folder: beyond(folder, "GPT-2"),
    "BERT beyond": lambda folder: beyond(folder, "BERT"),
    "T5 beyond": lambda folder: beyond(folder, "T5"),
    "BLOOM beyond": lambda folder: beyond(folder, "BLOOM"),
    "XLNet": xlnet,
}


@pytest.fixture
def unwell(request, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("ALLOW_CUSTOM_MODELS", "1")
    folder = UNWELL[request.param](tmp_path)
    models.loading(folder).result.exception(timeout=60)
    yield folder
    models.loading.clear(folder)


def assert_goes_on(app: AppTest, folder: str) -> None:
    assert not app.exception
    assert app.session_state["model"] == folder
    toy = app.session_state["toys"][NEW]
    assert toy.current.tokens == ("hello", "<new1>", "world")
    assert toy.current.x[0, 0] == 0.125


@pytest.mark.parametrize("unwell", UNWELL, indirect=True)
@pytest.mark.parametrize("slug", ["", "side-by-side", "encoder-decoder", "start", "classroom"])
def test_the_toy_is_there_whatever_the_model_does(slug: str, unwell: str):
    assert_goes_on(opened(slug, text=NEW, model=unwell, edits="x0.0:0.125"), unwell)


@pytest.mark.parametrize("unwell", ["GPT-2 beyond"], indirect=True)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_goes_on_and_says_what_happened(slug: str, unwell: str):
    app = opened(slug, text=NEW, model=unwell, edits="x0.0:0.125")
    assert_goes_on(app, unwell)
    if slug in READ_BY_MODEL and slug != "predictions":  # without a head it predicts nothing
        assert f"makes token {KNOWN} of this text, but GPT2Model has embeddings for {KNOWN}" in shown(app)  # fmt: skip


@pytest.mark.parametrize("family", ["GPT-2", "BERT", "T5", "BLOOM"])
def test_the_core_names_the_token_and_the_sizes(family: str, tmp_path):
    loaded = load(beyond(tmp_path, family))
    said = f"token {KNOWN} of this text, but .* {KNOWN} tokens only"
    with pytest.raises(ReaderError, match=said):
        capture(NEW, loaded)
    with pytest.raises(ReaderError, match=said):
        input_embeddings(tokenize(NEW, loaded.tokenizer, loaded.max_tokens).ids, loaded)
    assert capture("the cat", loaded).tokens


def test_a_pass_that_fails_names_the_family_and_gives_its_turn_away(tmp_path, caplog):
    loaded = load(saved(tmp_path, *THROUGH_SEAM["BERT"]))
    inputs = {"input_ids": torch.tensor([[1, 2]]), "position_ids": torch.tensor([[0, 99_999]])}
    for passed in (loaded.engine.forward, loaded.engine.predict):
        with pytest.raises(
            ModelFailed, match=r"^BertModel failed on this text: RuntimeError: index 99999"
        ):
            passed(inputs, Run())
    assert caplog.text.count("modeling_bert.py") >= 2 and "99999" not in caplog.text
    assert capture("the cat", loaded).tokens
