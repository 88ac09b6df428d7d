"""The hub of the rehearsal serves the app's own download, and refuses what a hub refuses."""

from pathlib import Path

from attention_core.pretrained.catalogue import entry_for
from tests.deploy.conftest import free_ports
from tests.deploy.hub import Repository, hub_on, located


def test_a_pinned_model_comes_from_the_hub_without_its_pickle(tmp_path: Path):
    entry = entry_for("GPT-2")
    assert entry is not None
    folder = tmp_path / "repository"
    (folder / "onnx").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "onnx/config.json", "pytorch_model.bin"):
        (folder / name).write_text(name)
    with hub_on(free_ports(1)[0], [Repository(entry.hub_id, entry.revision, folder)]) as hub:
        found = located("GPT-2", hub, tmp_path / "home")
        unknown = located("nobody/nothing", hub, tmp_path / "home")
    path, source = found.stdout.splitlines()
    assert source == f"the Hugging Face hub ({entry.hub_id})"
    assert Path(path).name == entry.revision
    assert (Path(path) / "model.safetensors").read_text() == "model.safetensors"
    assert not (Path(path) / "pytorch_model.bin").exists()
    assert "has no public model “nobody/nothing”" in unknown.stderr
