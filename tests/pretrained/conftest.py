"""The two default models, loaded once for all tests, each beside a separate instance that only the library touches."""

import pytest
import torch
from hypothesis import settings
from transformers import AutoModel, PreTrainedModel

from attention_core.pretrained.capture import capture
from attention_core.pretrained.files import locate
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.loading import LoadedModel, load

from .cases import ANIMAL, wheel_file
from .gguf_file import tiny_gguf

__all__ = ["tiny_gguf"]

settings.register_profile("core", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("core")


def loaded_model(key: str) -> LoadedModel:
    wheel_file(key)
    return load(key)


@pytest.fixture(scope="session")
def minilm() -> LoadedModel:
    return loaded_model("MiniLM")


@pytest.fixture(scope="session")
def smollm2() -> LoadedModel:
    return loaded_model("SmolLM2")


@pytest.fixture(scope="session", params=["MiniLM", "SmolLM2"])
def loaded(request: pytest.FixtureRequest) -> LoadedModel:
    return request.getfixturevalue(request.param.lower())


@pytest.fixture(scope="session")
def library(loaded: LoadedModel) -> PreTrainedModel:
    """The same weights in a model of its own, with the library's attention."""
    folder, _ = locate(loaded.model_id)
    return AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)


@pytest.fixture(scope="session")
def captured(loaded: LoadedModel) -> Capture:
    return capture(ANIMAL, loaded)
