"""A model outside the catalogue is read only where the server's owner allows it, and then nothing outside its folder."""

import contextlib
import json
import re
import sys
from pathlib import Path

import pytest
import transformers as hf

from attention_core.pretrained.catalogue import CATALOGUE, LIST_ONLY, MINILM, SETTING, may_be_read
from attention_core.pretrained.files import locate
from attention_core.pretrained.loading import NOT_LOADED, load
from attention_core.pretrained.references import ADAPTER
from attention_core.pretrained.reporting import ModelUnavailable
from pages.compare.two_heads.side_b import NO_MODEL_FOR_B
from pages.ui.reader.controls import NO_OTHER_MODEL
from pages.ui.reader.notices import NOT_THERE
from pages.ui.server import models
from tests.pages.conftest import in_order, open_page, texts
from tests.pretrained.families import ENCODERS, THROUGH_SEAM
from tests.pretrained.folders import saved

SIDE_B = "two-heads"


@pytest.fixture
def minilm_is_loaded() -> None:
    models.loading(MINILM.key).result.result(timeout=120)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose owner has said nothing."""
    monkeypatch.delenv(SETTING)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A whole model that could be loaded, beside other files of the server."""
    (tmp_path / "secret.txt").write_text("nobody\nreads\nthis\n")
    (tmp_path / "model").mkdir()
    return Path(saved(tmp_path / "model", *ENCODERS["BERT"]))


@pytest.mark.parametrize("said", ["", "0", "false", "no", "off", "maybe", " "])
def test_a_public_server_refuses_whatever_is_not_in_its_list(said, folder, monkeypatch):
    monkeypatch.setenv(SETTING, said)
    elsewhere = [
        "/etc",
        "..",
        "~",
        "~root",
        "./model",
        r"\\host\share",
        "C:\\",
        "a\0b",
        "gpt2/../x",
    ]
    asked = [str(folder), f" {folder} ", f"{folder}/.", "owner/name", "no-such-model", *elsewhere]
    refusals = set()
    for model_id in asked:
        with pytest.raises(ModelUnavailable, match=LIST_ONLY) as refused:
            locate(model_id)
        refusals.add(str(refused.value))
    assert len(refusals) == 1  # what exists and what does not get the same answer


@pytest.mark.parametrize("said", ["1", "true", " True ", "yes", "on"])
def test_the_owner_can_allow_other_models(said, folder, monkeypatch):
    monkeypatch.setenv(SETTING, said)
    assert locate(str(folder))[0] == folder


@pytest.mark.usefixtures("public")
def test_the_catalogue_is_read_everywhere():
    assert all(may_be_read(name) for entry in CATALOGUE for name in (entry.key, entry.hub_id))
    assert load(MINILM.key).title == MINILM.title


@pytest.mark.usefixtures("public", "minilm_is_loaded")
@pytest.mark.parametrize("asked", ["owner/name", "/etc", "<img src=x onerror=alert(1)> **b**"])
def test_a_link_to_another_model_opens_the_usual_one_and_says_so(asked):
    app = open_page("side-by-side", model=asked)
    assert not app.exception
    assert in_order(texts(app), asked, LIST_ONLY)
    box = app.selectbox(key="model")
    assert box.value == MINILM.key and asked not in box.options
    assert not box.proto.accept_new_options and NO_OTHER_MODEL in box.proto.help
    assert "MiniLM, layer 5, head 11" in texts(app)


@pytest.mark.usefixtures("public", "minilm_is_loaded")
def test_a_browser_that_sends_another_model_gets_the_usual_one(folder):
    app = open_page("side-by-side", typed_model=str(folder))
    assert not app.exception
    assert "MiniLM, layer 5, head 11" in texts(app) and folder.name not in texts(app)


@pytest.mark.parametrize("link", ["minilm", MINILM.hub_id])
@pytest.mark.usefixtures("public")
def test_a_link_may_name_a_model_of_the_catalogue_in_any_of_its_ways(link):
    app = open_page(model=link)
    assert app.selectbox(key="model").value == MINILM.key
    assert LIST_ONLY not in texts(app)


@pytest.mark.usefixtures("public", "minilm_is_loaded")
def test_side_b_takes_no_other_model_from_link_or_browser(folder, monkeypatch):
    asked: list[str] = []
    loading = models.loading

    def asked_for(name: str) -> object:
        asked.append(name)
        return loading(name)

    vars(asked_for).update(look=loading.look)
    monkeypatch.setattr(models, "loading", asked_for)
    app = open_page(SIDE_B, b=f"model.0.0.{folder}")
    assert not app.exception
    assert NOT_THERE.format("b") in texts(app)
    app.session_state["two_heads_kind"] = "model"
    app.session_state["two_heads_model"] = str(folder)
    app.run()
    assert not app.exception
    assert [info.value for info in app.info] == [NO_MODEL_FOR_B]
    assert not app.selectbox(key="two_heads_model").proto.accept_new_options
    assert set(asked) == {MINILM.key}


OPENED: list[str] = []
LISTENING: list[bool] = []


def _on_open(event: str, arguments: tuple) -> None:
    if LISTENING and event == "open":
        OPENED.append(str(arguments[0]))


sys.addaudithook(_on_open)


@pytest.fixture
def opened():
    """Every file that Python opens meanwhile."""
    OPENED.clear()
    LISTENING.append(True)
    yield OPENED
    LISTENING.clear()


def write(file: Path, **entries: object) -> None:
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(known | entries))


NAMED = "tokenizer.4.0.0.json"  # as a tokenizer for other versions of the library is called


@pytest.fixture
def outside(folder: Path) -> Path:
    """The folder's tokenizer, taken out of it."""
    return (folder / "tokenizer.json").rename(folder.parent / NAMED)


@pytest.mark.parametrize("way", ["..", "{}", "x/..", r"..\.."])
def test_a_tokenizer_reads_no_file_outside_its_folder(way, folder, outside, opened):
    name = f"{way.format(folder.parent)}/{NAMED}"
    write(folder / "tokenizer_config.json", fast_tokenizer_files=[name])
    with pytest.raises(
        ModelUnavailable, match=rf"tokenizer_config\.json .*“{re.escape(name[:80])}”"
    ):
        locate(str(folder))
    assert opened and not any(NAMED in path for path in opened)


def test_without_the_check_the_library_would_read_it(folder, outside, opened):
    write(folder / "tokenizer_config.json", fast_tokenizer_files=[f"../{NAMED}"])
    hf.AutoTokenizer.from_pretrained(folder)
    assert any(NAMED in path for path in opened)


@pytest.mark.parametrize("key", ["vocab_file", "tokenizer_file", "special_tokens_map_file"])
def test_a_path_left_over_from_another_computer_is_neither_read_nor_refused(key, folder, opened):
    secret = str(folder.parent / "secret.txt")
    write(folder / "tokenizer_config.json", **{key: secret})
    assert load(str(folder)).n_layers == 2
    assert opened and secret not in opened


def test_weights_come_from_no_file_outside_the_folder(folder):
    (folder / "model.safetensors").rename(folder.parent / "other.safetensors")
    write(
        folder / "model.safetensors.index.json",
        metadata={},
        weight_map={"embeddings.word_embeddings.weight": "../other.safetensors"},
    )
    with pytest.raises(ModelUnavailable, match=r"“\.\./other\.safetensors”"):
        load(str(folder))


def test_an_adapter_that_names_another_model_is_refused(folder):
    write(folder / "adapter_config.json", base_model_name_or_path="owner/name", peft_type="LORA")
    with pytest.raises(ModelUnavailable, match=re.escape(ADAPTER)):
        load(str(folder))


@pytest.mark.parametrize("name", ["AutoTokenizer", "RagRetriever", "pipeline", 7])
def test_only_a_models_class_is_looked_up_by_name(name, folder):
    write(folder / "config.json", architectures=[name])
    if isinstance(name, str):
        assert type(load(str(folder)).engine.model).__name__ == "BertModel"
    else:
        with pytest.raises(ModelUnavailable, match=re.escape(NOT_LOADED.format(folder))):
            load(str(folder))


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
def test_code_in_a_models_folder_never_runs(where, folder, tmp_path):
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w')\nclass Own: pass\n")
    names = ("AutoConfig", "AutoModel", "AutoTokenizer")
    write(folder / where, auto_map={name: "own.Own" for name in names})
    with contextlib.suppress(ModelUnavailable):
        load(str(folder))
    assert not mark.exists()


def test_a_chat_template_is_never_rendered(folder, tmp_path):
    (folder / "chat_template.jinja").write_text("{{ raise_exception('rendered') }}{% for %}")
    assert load(str(folder)).n_layers == 2


def test_a_family_of_several_files_still_loads(tmp_path):
    """The check refuses ways, not names: weights in parts are ordinary."""
    model_class, config = THROUGH_SEAM["GPT-2"]
    whole = Path(saved(tmp_path, model_class, config))
    model = model_class.from_pretrained(whole)
    (whole / "model.safetensors").unlink()
    model.save_pretrained(whole, max_shard_size="20KB")
    assert len(list(whole.glob("*.safetensors"))) > 1
    assert load(str(whole)).n_layers == 2
