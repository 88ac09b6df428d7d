"""A target text reaches the decoder as the library's own training would hand it in: language, start token, shift."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.models.bart.modeling_bart import shift_tokens_right

from attention_core.analysis.words import tokens_of
from attention_core.pretrained.capture import capture
from attention_core.pretrained.encoding import places_of_pieces
from attention_core.pretrained.files import HUB_FILES
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.proof import prove
from attention_core.pretrained.reporting import ModelUnavailable
from attention_core.pretrained.states import hidden_states
from attention_core.pretrained.tokens import tokenize
from attention_core.toy.words import word_spans
from tests.deploy.conftest import free_ports
from tests.deploy.hub import Repository, hub_on, located
from tests.pretrained.folders import saved

from .cases import library_outputs, library_weights
from .families import SIZES, THROUGH_SEAM
from .translators import m2m100, marian, mbart, mbart50, nllb

TEXT, TARGET = "the cat sat on the mat .", "die Katze saß auf der Matte ."
FAMILIES: dict[str, Callable[[Path], Path]] = {
    "Marian": marian,
    "Marian with two vocabularies": lambda folder: marian(folder, separate_vocabs=True),
    "mBART-50": mbart50,
    "mBART": mbart,
    "NLLB": nllb,
    "M2M100": m2m100,
}


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory) -> Path:
    return FAMILIES[request.param](tmp_path_factory.mktemp("translator"))


@pytest.fixture(scope="module")
def translator(folder: Path) -> LoadedModel:
    return load(str(folder))


@pytest.fixture(scope="module", params=["Marian", "M2M100", "ByT5"])
def slow(request, tmp_path_factory) -> PreTrainedTokenizerBase:
    """Tokenizers that do not say where their tokens stand."""
    if request.param == "ByT5":
        return transformers.ByT5Tokenizer()
    return AutoTokenizer.from_pretrained(
        FAMILIES[request.param](tmp_path_factory.mktemp("tokenizer"))
    )


def shifted(model: PreTrainedModel, labels: list[int]) -> list[int]:
    """The decoder's input as the library makes it of these labels."""
    own = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    if own is not None:
        return own(torch.tensor([labels]))[0].tolist()
    settings = model.config  # M2M100 calls the same function inside its forward pass
    start, pad = settings.decoder_start_token_id, settings.pad_token_id
    return shift_tokens_right(torch.tensor([labels]), pad, start)[0].tolist()


def test_source_and_target_are_what_the_library_makes_of_them(folder, translator):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    library = AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager").eval()
    both = tokenizer(TEXT, text_target=TARGET)
    inputs = {
        "input_ids": torch.tensor([both["input_ids"]]),
        "decoder_input_ids": torch.tensor([shifted(library, both["labels"])]),
    }
    found = capture(TEXT, translator, TARGET)
    assert found.inputs == {name: each[0].tolist() for name, each in inputs.items()}
    expected = library_weights(library_outputs(library, inputs))
    for ours, theirs in zip((layer.weights for layer in found.layers), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert prove(found, translator).holds
    states = library_outputs(library.base_model, inputs).encoder_last_hidden_state[0].numpy()
    np.testing.assert_allclose(hidden_states(TEXT, translator)[-1], states, atol=1e-4)


def test_without_a_target_the_decoder_starts_where_generate_starts(folder, translator):
    library = AutoModelForSeq2SeqLM.from_pretrained(folder)
    written = library.generate(torch.tensor([[5, 6, 2]]), max_new_tokens=1)[0].tolist()
    assert capture(TEXT, translator).inputs["decoder_input_ids"] == written[:1]


@pytest.mark.parametrize("text", [TEXT, TARGET])
def test_every_word_of_source_and_target_has_its_tokens(text, translator):
    for is_target in (False, True):
        found = tokenize(text, translator.tokenizer, 100, is_target)
        for start, end in word_spans(text):
            pieces = tokens_of((start, end), found.places)
            spelt = "".join(found.tokens[i].text for i in pieces)
            assert spelt.replace(" <unk>", "").replace("␣", "") == text[start:end]
        role = "text_target" if is_target else "text"
        own = translator.tokenizer(**{role: text}, add_special_tokens=False)["input_ids"]
        assert [
            each
            for each, token in zip(found.ids, found.tokens, strict=True)
            if not token.is_special
        ] == own


SNIPPETS = [
    "the cat",
    "ß",
    " ",
    "  ",
    "…",
    "½",
    "日本",
    "👩‍👩‍👧",
    "e\u0301",
    "\u200b",
    "\x07",
    "</s>",
    "▁",
    "A",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=4), min_size=1).map("".join))
def test_places_lie_in_the_text_in_order_and_every_token_can_be_seen(slow, text):
    try:
        found = tokenize(text, slow, 50)
    except ValueError:  # nothing in it that this model sees
        return
    placed = [token for token in found.tokens if not token.is_special]
    assert [token.start for token in placed] == sorted(token.start for token in placed)
    assert all(0 <= token.start <= token.end <= len(text) for token in placed)
    assert all(token.text.strip() for token in found.tokens)
    assert [token.start for token in found.tokens if token.is_special] == [0] * (
        len(found.tokens) - len(placed)
    )


def test_readers_at_the_same_time_get_their_own_language(translator):
    alone = [tokenize(TEXT, translator.tokenizer, 100, is_target) for is_target in (False, True)]
    with ThreadPoolExecutor(4) as readers:
        found = readers.map(
            lambda i: tokenize(TEXT, translator.tokenizer, 100, bool(i % 2)), range(200)
        )
        assert list(found) == alone * 100


def test_a_target_whose_language_is_not_known_is_refused_in_words(tmp_path):
    loaded = load(str(m2m100(tmp_path, tgt_lang=None)))
    assert len(capture(TEXT, loaded).target_tokens) == 1
    with pytest.raises(ValueError, match="does not say which language the target text is in"):
        capture(TEXT, loaded, TARGET)


@pytest.mark.parametrize(("forced", "begins"), [(None, ["</s>", "a"]), (1, ["</s>", "<s>", "a"])])
def test_a_forced_first_token_stands_where_generate_puts_it(forced, begins, tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM["BART"]))
    loaded.engine.model.config.forced_bos_token_id = forced
    found = capture("the cat sat", loaded, "a mat")
    assert [token.text for token in found.target_tokens] == [*begins, "mat"]


def test_a_forced_first_token_counts_towards_the_limit(tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM["BART"]))
    loaded.engine.model.config.forced_bos_token_id = 1
    found = capture("the cat sat", loaded, "a mat " * loaded.max_target_tokens)
    assert len(found.target_tokens) == loaded.max_target_tokens


def test_a_model_of_one_stack_refuses_a_target(tmp_path):
    loaded = load(saved(tmp_path, *THROUGH_SEAM["GPT-2"]))
    with pytest.raises(ValueError, match="one stack of layers: it reads no target text"):
        capture("the cat sat", loaded, "a mat")
    assert capture("the cat sat", loaded, " ").target_tokens == ()


def test_a_marian_model_comes_whole_from_the_hub(tmp_path):
    for name in ("repository", "home"):
        (tmp_path / name).mkdir()
    folder = marian(tmp_path / "repository")
    repository = Repository("somebody/opus-mt-en-de", "c0ffee" + "0" * 34, folder)
    with hub_on(free_ports(1)[0], [repository]) as hub:
        found = located(repository.hub_id, hub, tmp_path / "home")
    path = Path(found.stdout.splitlines()[0])
    assert {file.name for file in path.iterdir()} == {file.name for file in folder.iterdir()}
    assert capture(TEXT, load(str(path)), TARGET).target_tokens[0].text == "<pad>"


def test_the_files_of_every_tokenizer_of_the_library_are_fetched():
    """By the names that its source gives them."""
    sources = Path(transformers.models.__path__[0]).glob("*/tokenization_*.py")
    dicts = [
        found
        for source in sources
        for found in re.findall(r"VOCAB_FILES_NAMES = \{(.*?)\}", source.read_text(), re.DOTALL)
    ]
    names = {name for found in dicts for name in re.findall(r': "([\w.-]+\.\w+)"', found)}
    assert {"source.spm", "bpe.codes", "prophetnet.tokenizer", "merges.txt"} <= names
    assert {name for name in names if not any(Path(name).match(p) for p in HUB_FILES)} == set()
    assert not any(Path("pytorch_model.bin").match(pattern) for pattern in HUB_FILES)


@pytest.mark.parametrize("elsewhere", ["../other.spm", "absolute"])
def test_a_sentencepiece_model_outside_the_folder_is_never_read(elsewhere, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    moved = marian(folder) / "source.spm"
    moved = moved.rename(tmp_path / "other.spm")
    said = folder / "tokenizer_config.json"
    path = str(moved) if elsewhere == "absolute" else elsewhere
    said.write_text(said.read_text().replace("{", f'{{"source_spm": "{path}", ', 1))
    with pytest.raises(ModelUnavailable):
        load(str(folder))


def test_pieces_are_found_in_the_text_in_order():
    pieces = ["▁Ha", "llo", "▁", "1/2", "▁…", "??", "▁end"]
    text = "hallo ½  日本… end"
    assert places_of_pieces(text, ["▁Ha", "llo"]) == [(0, 2), (2, 5)]
    found = [text[a:b] for a, b in places_of_pieces(text, pieces)]
    assert found[:3] == ["ha", "llo", ""]
    assert found[-1] == "end"
    assert places_of_pieces("a b", ["x", "y"]) == [(0, 3), (0, 3)]  # nothing is spelt alike
    assert places_of_pieces("ab", ["a", "##b"]) == [(0, 1), (1, 2)]


def test_a_decoder_whose_files_name_no_start_begins_as_generate_does(tmp_path):
    """Its class's own shift asks for the very token that is not named; `generate` takes the beginning of a text."""
    bert = transformers.BertConfig(**SIZES)
    config = transformers.EncoderDecoderConfig.from_encoder_decoder_configs(bert, bert)
    config.bos_token_id, config.pad_token_id = 1, 0
    loaded = load(saved(tmp_path, transformers.EncoderDecoderModel, config))
    found = capture("the cat sat", loaded, "a mat")
    assert found.inputs["decoder_input_ids"][0] == 1
    assert len(found.target_tokens) == 3
