"""A model whose weights hold nan, and one that ends in nan for some texts: said in words on every page, and never drawn."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from attention_core.pretrained.capture import capture
from attention_core.pretrained.finite import NO_NUMBERS
from attention_core.pretrained.loading import load
from attention_core.pretrained.reporting import ModelUnavailable
from pages.contents import LESSONS
from pages.ui.server import models
from tests.bad_input.reader import opened, shown, typed
from tests.faults.conftest import READ_BY_MODEL
from tests.pages.conftest import components, open_page
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.folders import saved

HEALTHY, SICK = "the mat", "the cat sat"  # only "cat" has a vector that is too large


def poisoned(folder: str, name: str, row: int, value: float) -> str:
    """The same folder, with one row of one tensor filled with the value."""
    file = Path(folder) / "model.safetensors"
    weights = load_file(file)
    (tensor,) = [w for key, w in weights.items() if key.endswith(name)]
    tensor[row] = value
    save_file(weights, file, metadata={"format": "pt"})
    return folder


def gpt2(folder: Path, **changes: Any) -> str:
    config = hf.GPT2Config(**THROUGH_SEAM["GPT-2"][1].to_diff_dict() | changes)
    return saved(folder, hf.GPT2LMHeadModel, config)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_that_are_no_numbers_are_refused_by_name(value: float, tmp_path: Path):
    folder = poisoned(gpt2(tmp_path), "h.1.attn.c_attn.weight", 3, value)
    with pytest.raises(ModelUnavailable, match=r"^.*\b1 .*h\.1\.attn\.c_attn\.weight$"):
        load(folder)


@pytest.fixture(scope="module")
def overflows(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All of its weights are numbers; the vector of one token is so large that nothing else follows from it.

    The head has vectors of its own, else no text at all would end in numbers.
    """
    folder = gpt2(tmp_path_factory.mktemp("overflows"), tie_word_embeddings=False)
    cat = hf.AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids("cat")
    return poisoned(folder, "wte.weight", cat, torch.finfo(torch.float32).max)


@pytest.fixture
def loaded_here(overflows: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("ALLOW_CUSTOM_MODELS", "1")
    models.loading(overflows).result.result(timeout=60)
    yield overflows
    models.loading.clear(overflows)


def test_the_core_refuses_a_text_without_numbers_and_reads_the_next(overflows: str):
    loaded = load(overflows)
    with pytest.raises(ValueError, match=NO_NUMBERS):
        capture(SICK, loaded)
    assert len(capture(HEALTHY, loaded).tokens) == 2


@pytest.mark.parametrize(
    "slug",
    READ_BY_MODEL,
)
def test_every_page_says_so_in_words_and_shows_the_next_text(slug: str, loaded_here: str):
    app = opened(slug, text=SICK, model=loaded_here, edits="x0.0:0.125")
    assert not app.exception
    assert NO_NUMBERS in shown(app)
    assert app.session_state["toys"][SICK].current.x[0, 0] == 0.125


@pytest.mark.parametrize("slug", [lesson.slug for lesson in LESSONS])
def test_every_lesson_goes_on(slug: str, loaded_here: str):
    assert not opened(slug, text=SICK, model=loaded_here).exception


def test_the_page_goes_on_with_another_text(loaded_here: str):
    app = open_page("predictions", typed_model=loaded_here, text=SICK)
    assert NO_NUMBERS in shown(app)
    app = typed(app, "text", HEALTHY)
    assert not app.exception
    assert NO_NUMBERS not in shown(app)
    assert components(app, "predictions")
