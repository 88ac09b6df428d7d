"""What was measured of a model at load is told where layers and head outputs are shown; no page ends in a fault."""

import pytest

from attention_core.pretrained.probing import NOT_HANDED
from pages.explore.one_head.head import HAS_SINK
from pages.ui.server import models
from tests.pages.conftest import open_page, texts
from tests.pages.paragraphs import NUMBER
from tests.pretrained.families import THROUGH_SEAM
from tests.pretrained.unusual_families import GATED, HYBRIDS

TEXT = "the cat sat on a mat"
PAGES = (
    "all-heads",
    "one-head",
    "beyond-one-layer",
    "our-core-inside",
    "knock-out",
    "break-it",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_hybrid_s_pages_say_which_layers_attend(page, folder):
    family, which = HYBRIDS["LFM2"]
    app = open_page(page, typed_model=folder(*family), text=TEXT)
    assert not app.exception
    assert not app.error
    assert which in texts(app)


def test_where_head_outputs_are_not_offered_the_page_says_why(folder):
    app = open_page("one-head", typed_model=folder(*GATED["Qwen3-Next"]), text=TEXT)
    app.segmented_control(key="one_head_view").set_value("Values").run()
    assert not app.exception
    assert not app.error
    assert NOT_HANDED in texts(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("family", ["GPT-OSS", "Gemma2"])
def test_a_soft_cap_and_sinks_end_no_page(page, family, folder):
    model = folder(*THROUGH_SEAM[family])
    app = open_page(page, typed_model=model, text=TEXT)
    assert not app.exception
    assert not app.error


def test_the_share_of_a_sink_is_named(folder):
    model = folder(*THROUGH_SEAM["GPT-OSS"])
    app = open_page("one-head", typed_model=model, text=TEXT)
    shares = [line for line in texts(app).splitlines() if HAS_SINK in line]
    assert len(shares) == 1
    layer = models.captured(model, TEXT).layers[app.selectbox(key="layer").value]
    rows = layer.weights[app.selectbox(key="head").value].sum(axis=-1)
    assert any(f"{100 * (1 - row):.1f}" in NUMBER.findall(shares[0]) for row in rows)
