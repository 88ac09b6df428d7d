"""THIRD_PARTY.md names everything that comes from others: packages, models, data in the repository."""

import subprocess

from attention_core.pretrained.catalogue import CATALOGUE
from tests.setup.requirement_files import PROJECT, requirements

PAGE = (PROJECT / "THIRD_PARTY.md").read_text()


def test_every_package_of_the_app_has_a_licence_there():
    for name in ("requirements.txt", "requirements-survey.txt"):
        for one in requirements((PROJECT / name).read_text().splitlines()):
            assert f"| {one.name} | " in PAGE, one.name


def test_every_model_of_the_catalogue_has_a_licence_there():
    for entry in CATALOGUE:
        named = entry.weights.distribution if entry.weights else entry.hub_id
        assert f"`{named}`" in PAGE, entry.key
        assert entry.title.split(" (")[0] in PAGE


def test_nothing_of_others_lies_in_the_repository_unnamed():
    data = (
        "*.txt",
        "*.parquet",
        "*.woff*",
        "*.ttf",
        "*.otf",
        "*.safetensors",
        "*.gguf",
        "*.min.js",
    )
    listed = subprocess.run(
        ["git", "ls-files", "--", *data],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = [path for path in listed.stdout.splitlines() if not path.startswith("requirements")]
    assert found
    for path in found:
        folder, _, name = path.rpartition("/")
        assert path in PAGE or name in PAGE or f"{folder}/*." in PAGE, path
