"""Find a head: the numbers on the page are those of NumPy on the captured layers, and a click chooses the head."""

import copy
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from transformers import AutoModel

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.patterns import even_head, pattern_scores
from attention_core.experiments.find_a_head import word_weights
from attention_core.toy.words import word_spans
from pages.explore.find_a_head import ranking
from pages.explore.find_a_head.patterns import NO_HEAD_LOOKS_AHEAD, in_sentence, induction
from pages.explore.find_a_head.ranking import NO_LOOK_AHEAD
from pages.ui.server import models
from tests.pages.conftest import component, components, matrix_shown, open_page, prose
from tests.pages.paragraphs import one_paragraph_has

PAGE = "find-a-head"
SENTENCE = "The animal didn't cross the street because it was too tired"
NASTY = "<script>alert(1)</script> 🐕 **bold** :red[x] $y$"


def pattern(app: AppTest, name: str) -> AppTest:
    app.segmented_control(key="find_a_head_search").set_value("A pattern").run()
    return app.segmented_control(key="find_a_head_pattern").set_value(name).run()


def table(app: AppTest, label: str) -> dict[str, list[str]]:
    """The columns of the table of the best heads; the names of the rows are "head"."""
    data = component(app, f"{label}: the best heads")
    return {"head": data["rows"]} | {each["title"]: each["cells"] for each in data["columns"]}


def weights_from_to(model_id: str, query: str, key: str) -> np.ndarray:
    """(n_layers, n_heads): straight from the layers; both words are one token."""
    read = models.captured(model_id, SENTENCE)
    tokens = [token.text for token in read.tokens]
    q, k = tokens.index(query), tokens.index(key)
    return np.stack([layer.weights[:, q, k] for layer in read.layers])


@pytest.mark.parametrize(
    ("model_id", "winner", "weight"),
    [("MiniLM", "layer 5 · head 11", 0.647), ("SmolLM2", "layer 13 · head 8", 0.750)],
)
def test_every_head_s_weight_from_it_to_animal(model_id, winner, weight):
    models.loading(model_id).result.result(timeout=180)
    app = open_page(PAGE, model=model_id)
    assert not app.exception
    expected = weights_from_to(model_id, "it", "animal")
    shown = matrix_shown(app, "Weight from 7 it to 1 animal, by layer")
    np.testing.assert_allclose(shown, expected, rtol=1e-5)
    best = table(app, "Weight from 7 it to 1 animal")
    assert best["head"][0] == winner and best["rank"][0] == "1"
    assert float(best["weight"][0]) == pytest.approx(weight, abs=6e-4)
    control = weights_from_to(model_id, "it", "street")
    layer, head = map(int, re.findall(r"\d+", winner))
    assert float(best["control"][0]) == pytest.approx(control[layer, head], abs=6e-4)
    difference = expected[layer, head] - control[layer, head]
    assert float(best["difference"][0]) == pytest.approx(difference, abs=6e-4)
    assert one_paragraph_has(app, str(layer), str(head), best["weight"][0])
    assert one_paragraph_has(app, str(expected.size))
    assert len(best["head"]) == 10  # the chosen head is among them
    read = models.captured(model_id, SENTENCE)
    n_keys = read.tokens.index(next(token for token in read.tokens if token.text == "it")) + 1
    n_keys = len(read.tokens) if model_id == "MiniLM" else n_keys  # that "it" may see
    assert one_paragraph_has(app, f"{1 / n_keys:.3f}", "1", str(n_keys))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_what_dealing_the_weights_out_would_give_is_told():
    app = open_page(PAGE)
    read = models.captured("MiniLM", SENTENCE)
    q = [token.text for token in read.tokens].index("it")
    rows = np.concatenate([layer.weights[:, q] for layer in read.layers]).astype(float)
    rows = np.concatenate(
        [rows[:, :3], rows[:, 3:6].sum(axis=1, keepdims=True), rows[:, 6:]], axis=1
    )
    rng = np.random.default_rng(1)  # [CLS] The animal didn't …: shuffled for real
    deals = [rng.permuted(rows, axis=1)[:, 2].max() for _ in range(4000)]
    lines = [re.findall(r"\*\*([\d.]+)[%*]", each) for each in prose(app).split("\n- ")]
    best, share = next(map(float, each) for each in lines if len(each) == 2)  # the first with both
    assert best == pytest.approx(np.mean(deals), abs=0.015)
    assert share / 100 == pytest.approx(np.mean(deals >= rows[:, 2].max()), abs=0.03)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_another_key_and_another_control_move_the_ranking():
    app = open_page(PAGE)
    key = next(box for box in app.selectbox if box.label == "looks at (key)")
    key.set_value(5).run()
    expected = weights_from_to("MiniLM", "it", "street")
    np.testing.assert_allclose(
        matrix_shown(app, "Weight from 7 it to 5 street, by layer"), expected, rtol=1e-5
    )
    best = table(app, "Weight from 7 it to 5 street")
    weights = [float(text) for text in best["weight"][:10]]
    np.testing.assert_allclose(weights, np.sort(expected.ravel())[::-1][:10], atol=6e-4)
    assert len(best["head"]) == 11  # the chosen head is not among the best, so it is added
    assert best["head"][-1] == "layer 5 · head 11"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_word_of_several_tokens_is_added_up_as_key_and_averaged_as_query():
    app = open_page(PAGE, query="2 didn't")
    read = models.captured("MiniLM", SENTENCE)
    pieces = [i for i, token in enumerate(read.tokens) if token.text in ("didn", "'", "t")]
    assert one_paragraph_has(app, str(len(pieces)))
    animal = [token.text for token in read.tokens].index("animal")
    expected = np.stack([layer.weights[:, pieces, animal].mean(axis=1) for layer in read.layers])
    shown = matrix_shown(app, "Weight from 2 didn't to 1 animal, by layer")
    np.testing.assert_allclose(shown, expected, rtol=1e-5)
    app = open_page(PAGE)
    next(box for box in app.selectbox if box.label == "looks at (key)").set_value(2).run()
    assert one_paragraph_has(app, str(len(pieces)))
    it = [token.text for token in read.tokens].index("it")
    expected = np.stack([layer.weights[:, it, pieces].sum(axis=1) for layer in read.layers])
    shown = matrix_shown(app, "Weight from 7 it to 2 didn't, by layer")
    np.testing.assert_allclose(shown, expected, rtol=1e-5)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_is_said_not_to_look_ahead():
    app = open_page(PAGE, model="SmolLM2")
    next(box for box in app.selectbox if box.label == "looks at (key)").set_value(10).run()
    assert NO_LOOK_AHEAD in prose(app)
    assert components(app, "Weight from") == []
    assert NO_HEAD_LOOKS_AHEAD in prose(pattern(app, "next token"))
    assert not app.exception


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_chosen_head_is_marked_in_the_picture_and_in_the_table():
    app = open_page(PAGE)
    app.session_state["layer"], app.session_state["head"] = 3, 1
    app.run()
    data = component(app, "Weight from 7 it to 1 animal: the best heads")
    assert data["rows"][data["selected"]] == "layer 3 · head 1"
    assert component(app, "Weight from 7 it to 1 animal, by layer")["cell"] == [3, 1]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_previous_token_head():
    app = pattern(open_page(PAGE), "previous token")
    read = models.captured("MiniLM", SENTENCE)
    tokens = [token.text for token in read.tokens]
    expected = [pattern_scores(layer.weights, tokens)["previous"] for layer in read.layers]
    name = "Share of the weight on the token before"
    np.testing.assert_allclose(matrix_shown(app, f"{name}, by layer"), expected, rtol=1e-5)
    assert table(app, name)["head"][0] == "layer 0 · head 2"
    even = pattern_scores(even_head(len(tokens)), tokens)["previous"][0]
    assert one_paragraph_has(app, f"{even:.3f}", "72")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_coreference_equals_numpy_on_the_built_in_sentences():
    app = pattern(open_page(PAGE, text=""), "coreference")  # it needs no sentence of the reader's
    assert not app.exception
    total, wins = np.zeros((6, 12)), np.zeros((6, 12), dtype=int)
    for sentence in SENTENCES:
        read = models.captured("MiniLM", sentence.text)
        tokens = [token.text for token in read.tokens]
        q, noun, rival = (
            tokens.index(word) for word in (sentence.pronoun, sentence.noun, sentence.rival)
        )
        weights = np.stack([layer.weights[:, q] for layer in read.layers])
        total += weights[:, :, noun] - weights[:, :, rival]
        wins += weights[:, :, noun] > weights[:, :, rival]
    shown = matrix_shown(app, "Coreference score, by layer")
    np.testing.assert_allclose(shown, total / len(SENTENCES), atol=1e-6)
    layer, head = np.unravel_index(total.argmax(), total.shape)
    best = table(app, "Coreference score")
    assert best["head"][0] == f"layer {layer} · head {head}"
    assert best["right"][0] == f"{wins[layer, head]}/{len(SENTENCES)}"
    assert float(best["p"][0]) < 1e-3 < 0.1 < float(best["p"][9])
    kinds = component(app, "Coreference by kind of sentence")  # in the chosen head
    right = sum(int(cell.split("/")[0]) for cell in kinds["columns"][1]["cells"])
    assert right == wins[5, 11] and len(kinds["rows"]) == 4
    models.captured.clear()


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_reads_only_sentences_that_it_can_decide():
    app = pattern(open_page(PAGE, model="SmolLM2"), "coreference")
    decided = sum(each.is_decided_before for each in SENTENCES)
    assert one_paragraph_has(app, str(decided), str(len(SENTENCES) - decided))
    best = table(app, "Coreference score")
    assert best["head"][0] == "layer 13 · head 8"
    assert all(text.endswith(f"/{decided}") for text in best["right"])


def untrained_weights(seed: int, tokens: dict) -> list[np.ndarray]:
    """The library's own model of MiniLM's architecture, initialised by the library and run by it alone."""
    config = copy.deepcopy(
        models.ready("MiniLM").engine.backbone.config
    )  # from_config writes to it
    torch.manual_seed(seed)
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    with torch.inference_mode():
        return [w[0].numpy() for w in model(**tokens, output_attentions=True).attentions]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_untrained_models_are_the_library_s_own_and_stand_beside_the_winner():
    app = pattern(open_page(PAGE), "previous token")
    app.button(key="find_a_head_untrained_ask").click().run()
    what = ("pattern", "previous", SENTENCE)
    best = ranking.measuring("MiniLM", what, None).result.result(timeout=60)
    read = models.captured("MiniLM", SENTENCE)
    words = [token.text for token in read.tokens]
    ids = {"input_ids": torch.tensor([read.inputs["input_ids"]])}
    expected = [
        max(pattern_scores(w, words)["previous"].max() for w in untrained_weights(seed, ids))
        for seed in range(ranking.N_SEEDS)
    ]
    np.testing.assert_allclose(best, expected, rtol=1e-4)
    app.run()
    scores = in_sentence("MiniLM", SENTENCE)["previous"].scores
    assert one_paragraph_has(
        app, str((scores > max(expected)).sum()), "72", *(f"{each:.3f}" for each in expected)
    )
    assert max(expected) < in_sentence("MiniLM", SENTENCE)["previous"].best_random


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_induction_heads_need_a_repetition():
    app = pattern(open_page(PAGE, model="SmolLM2"), "induction")
    best = table(app, "Induction score")
    assert float(best["weight"][0]) > 10 * float(best["control"][0])
    found = induction("SmolLM2", 0)
    np.testing.assert_allclose(
        matrix_shown(app, "Induction score, by layer"), found.places.grid(found.scores)
    )
    assert found.best_random < found.scores.max()
    app.number_input(key="find_a_head_seed").set_value(1).run()
    other = induction("SmolLM2", 1)
    assert not np.array_equal(other.scores, found.scores)
    np.testing.assert_allclose(
        matrix_shown(app, "Induction score, by layer"), other.places.grid(other.scores)
    )


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["Hello", "dog dog dog dog", NASTY, "a " * 600, "🐕"])
def test_any_text_is_read_and_shown_literally(text):
    app = open_page(PAGE, text=text)
    assert not app.exception
    for name in ("same word", "last token"):
        assert not pattern(app, name).exception
    assert "alert" not in prose(app)


@pytest.mark.parametrize("family", ["BLOOM", "T5"])
def test_other_families_are_searched_in_the_layers_that_ask_themselves(tiny_model, family):
    model_id = tiny_model(family)
    app = open_page(PAGE, text="the cat sat", typed_model=model_id)
    app.selectbox(key="query").set_value(2).run()
    assert not app.exception
    read = models.captured(model_id, "the cat sat")
    layers = [i for i, layer in enumerate(read.layers) if read.asks_itself(layer)]
    shown = matrix_shown(app, "Weight from 2 sat to 0 the, by layer")
    np.testing.assert_allclose(shown, [read.layers[i].weights[:, 2, 0] for i in layers], rtol=1e-5)
    for name in ("previous token", "coreference", "induction"):
        assert not pattern(app, name).exception


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_token_of_two_words_is_divided_between_them():
    text = 'He said, "Stop!" and left (quickly).'
    open_page(PAGE, model="SmolLM2", text=text, query="9")
    asked = word_weights(models.captured("SmolLM2", text), word_spans(text), 9)
    np.testing.assert_allclose(np.nansum(asked.rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.nansum(asked.even, axis=1), 1, atol=1e-12)
    (both,) = np.flatnonzero([a and b for a, b in pairwise(asked.is_shared)]).tolist()[:1]
    assert word_spans(text)[both][0] == text.index('!"')
    np.testing.assert_allclose(asked.rows[:, both], asked.rows[:, both + 1])
