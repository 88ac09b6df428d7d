"""Models that are not the default ones, from a folder: two stacks, and families that hand out their weights only."""

import pytest

from pages.ui.server import models
from pages.ui.widgets.panels import NO_Q_K_V
from pages.ui.widgets.proof_panel import NO_PROOF
from tests.pages.conftest import components, open_page, texts
from tests.pretrained.families import ONLY_WEIGHTS, THROUGH_SEAM
from tests.pretrained.folders import saved

PAGE = "side-by-side"
TEXT = "the cat sat on a mat"


def labels(app, start: str) -> list[str]:
    return [each["label"] for each in components(app, start)]


@pytest.mark.parametrize(("layer", "kind"), [("0", "encoder"), ("2", "decoder"), ("3", "cross")])
def test_every_kind_of_layer_of_two_stacks_can_be_looked_at(layer: str, kind: str, tmp_path):
    folder = saved(tmp_path, *THROUGH_SEAM["T5"])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text=TEXT)
    app.selectbox(key="layer").set_value(int(layer)).run()
    assert not app.exception
    assert f"layer {layer} ({kind})" in texts(app)
    assert len(labels(app, "Softmax of")) == 2
    assert app.success


def test_a_family_without_the_seam_shows_its_weights_and_says_what_is_missing(tmp_path):
    folder = saved(tmp_path, *ONLY_WEIGHTS["BLOOM"])
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text=TEXT)
    assert not app.exception
    assert len(labels(app, "Attention weights of")) == 2
    assert len(labels(app, "Softmax of")) == 1
    said = [info.value for info in app.info]
    assert NO_Q_K_V in said and NO_PROOF in said
