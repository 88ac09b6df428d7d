"""One family of each kind through the sweep; all of them are in `make sweep`, whose table is docs/families.md."""

import pytest

from .checks import try_family
from .tiny import POSITIONS

KINDS = {
    "bert": "seam",
    "llama": "seam",
    "t5": "seam",
    "gemma2": "seam",  # soft cap
    "gpt_oss": "seam",  # sinks, experts
    "qwen3_next": "seam",  # a gate before W_O, layers of another sort
    "gpt_neo": "seam",  # an attention method of its own
    "llama4_text": "seam",  # its backbone is the whole model
    "mobilebert": "seam",  # float32 rounds a lot
    "bloom": "weights only",
    "xlm": "weights only",
    "squeezebert": "refused",  # hands over scores
    "longformer": "refused",  # hands over a band
    "canine": "refused",  # no table of embeddings
    "mamba": "refused",  # no attention
    "zamba2": "seam",  # two layers with the same weights
    "blt": "weights only",  # reads bytes, in patches
}


@pytest.mark.parametrize(("family", "result"), KINDS.items(), ids=KINDS)
def test_a_family_is_shown_right_or_refused_in_words(family: str, result: str):
    row = try_family(family)
    assert row.result == result, row.said
    if result == "seam":
        assert row.weights is not None and row.output is not None


@pytest.mark.parametrize("family", ["voxtral_realtime", "musicgen"])
def test_a_family_that_does_not_run_on_text_alone_is_refused_in_our_words(family: str):
    row = try_family(family)
    assert (row.result, row.said) == (
        "refused",
        "“…” can't be shown: it reads sound as well, and does not run on text alone.",
    )


def test_experts_that_pick_their_tokens_set_no_limit():
    assert try_family("zaya").limit == POSITIONS
