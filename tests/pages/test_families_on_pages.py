"""Families whose end is unusual, on the pages that ask it: numbers where they can be had, else a sentence."""

import numpy as np
import pytest
import transformers as hf

from attention_core.pretrained import loading
from attention_core.pretrained.head import why_no_head, why_no_lens
from attention_core.pretrained.logit_lens import logit_lens
from attention_core.pretrained.prediction import next_token_logits
from attention_core.softmax import softmax
from pages.ui.server import models
from pages.ui.widgets.wording import number
from tests.pages.conftest import column, component, components, open_page, texts
from tests.pages.paragraphs import one_paragraph_has
from tests.pages.two_sentences import LENS, asked
from tests.pretrained.families import GROUPED, ONLY_WEIGHTS
from tests.pretrained.unusual_families import NorthPole, South

TEXT = "the cat sat on a mat"
MIXTRAL = hf.MixtralConfig(**GROUPED, num_local_experts=2, num_experts_per_tok=1)


def test_a_model_of_experts_has_a_lens_surprisal_and_a_prediction(folder):
    model = folder(hf.MixtralForCausalLM, MIXTRAL)
    app = asked(open_page("two-sentences", typed_model=model), LENS)
    assert not app.exception
    lens = softmax(logit_lens("the dog was", models.ready(model)))
    data = component(app, "First sentence, likeliest token after each layer")
    assert column(data, "its chance") == [number(p) for p in lens.max(axis=1)]
    app = open_page("predictions", typed_model=model, text=TEXT)
    assert not app.exception
    assert len(component(app, "Surprisal of 5 tokens")["rows"]) == 6


def test_where_no_lens_is_to_be_had_the_page_says_why(folder, monkeypatch):
    monkeypatch.setattr(loading.transformers, "South", South, raising=False)  # a family yet unknown
    model = folder(South, hf.LlamaConfig(**GROUPED))
    engine = models.ready(model).engine
    assert not why_no_head(engine)
    app = asked(open_page("two-sentences", typed_model=model), LENS)
    assert not app.exception
    assert why_no_lens(engine) in texts(app)
    assert not components(app, "First sentence, likeliest token")


def test_where_the_head_alone_is_not_the_model_the_page_predicts_but_measures_no_surprisal(
    folder, monkeypatch
):
    monkeypatch.setattr(loading.transformers, "NorthPole", NorthPole, raising=False)
    model = folder(NorthPole, hf.LlamaConfig(**GROUPED))
    engine = models.ready(model).engine
    app = open_page("predictions", typed_model=model, text=TEXT)
    assert not app.exception
    assert why_no_head(engine) in texts(app)
    assert not components(app, "Surprisal of")
    chances = softmax(next_token_logits(models.tokenized(model, TEXT).ids, engine))
    first = column(component(app, "The 10 likeliest next tokens"), "untouched")[0]
    assert first == number(chances.max())
    app = open_page("knock-out", typed_model=model, text=TEXT)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("q_pos", [0, 1, 5])
def test_one_head_counts_the_keys_that_a_query_may_see(folder, q_pos):
    model = folder(*ONLY_WEIGHTS["BLOOM"])
    app = open_page("one-head", typed_model=model, text=TEXT)
    app.selectbox(key="query").set_value(q_pos).run()
    assert not app.exception
    assert one_paragraph_has(
        app, str(q_pos + 1), "90"
    )  # keys it may see, % that the mass filter covers
    blocked = component(app, "Attention weights of")["blocked"]
    assert blocked is not None
    assert np.array(models.captured(model, TEXT).layers[0].mask).sum() == 21
