"""Lesson 10: every stage in both worlds, the numbers the core gives, and measurements beside the weights."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.leave_out import moved_probability, rank_agreement, turned
from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.entrance import PARTS
from attention_core.pretrained.prediction import next_token_probabilities, next_tokens
from attention_core.pretrained.run import Run
from attention_core.toy.presets import PRESETS, preset_for
from attention_core.toy.scenario import run
from attention_core.toy.shorter import without_token
from pages.learn.whole_flow import stages
from pages.learn.whole_flow.outcome import NO_NEXT_TOKEN, ONE_WORD
from pages.learn.whole_flow.wording import LIBRARY_ONLY, SHARED, TOY_ALONE
from pages.ui.reader.predict import PREDICTIONS
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.wording import number
from tests.pages.conftest import (
    components,
    figures,
    files_of,
    floats,
    in_order,
    numbers,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import tiny

PAGE = "whole-flow"
ANIMAL = PRESETS[0]


def measured(app: AppTest) -> AppTest:
    return app.button(key="flow_measure").click().run()


@pytest.mark.usefixtures("minilm_is_loaded")
def test_every_stage_is_there_in_both_worlds():
    app = open_page(PAGE)
    assert not app.exception
    for start in ("The text as", "Embeddings of", "q of", "keys of", "All", "Attention weights of"):
        assert len(components(app, start)) == 2, start
    for start in ("Weighted values of", "The query's context", "Output of the layer"):
        assert len(components(app, start)) == 2, start


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_map_knows_the_sizes():
    (drawn,) = components(open_page(PAGE), "The way of a sentence")
    sizes = {box["name"]: box["lines"][1:] for box in drawn["boxes"]}
    assert sizes["tokens"] == ["toy 11 · model 15"]
    assert sizes["x"] == ["toy 11 × 4 · model 15 × 384"]
    assert sizes["k"] == ["toy 4 · model 32"]
    assert sizes["context"] == ["toy 4 · model 12 × 32"]
    assert sizes["on"] == ["model 6 layers"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_pieces_of_a_word_are_shown_as_one_word():
    app = open_page(PAGE)
    toy, real = components(app, "The text as")
    assert [word["text"] for word in toy["words"]] == list(ANIMAL.tokens)
    assert [word["text"] for word in real["words"] if word["joined"]] == ["'", "t"]
    assert [word["text"] for word in real["words"] if word["faint"]] == ["[CLS]", "[SEP]"]
    assert "15" in figures(texts(app)) and any(
        line.endswith(" didn't") for line in texts(app).splitlines()
    )


@pytest.mark.usefixtures("minilm_is_loaded")
def test_words_instead_of_pieces_keep_every_row_at_one():
    app = open_page(PAGE)
    assert components(app, "Word to word") == []
    app.toggle(key="flow_words").set_value(True).run()
    (words,) = components(app, "Word to word")
    assert words["rows"][3] == "3 didn't" and len(words["rows"]) == 13
    weights = capture(ANIMAL.sentence, models.ready("MiniLM")).layers[5].head_trace(11).weights
    np.testing.assert_allclose(numbers(words).sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(numbers(words)[8, 3], weights[10, 3:6].sum(), rtol=1e-5)
    np.testing.assert_allclose(numbers(words)[3, 2], weights[3:6, 2].mean(), rtol=1e-5)
    assert (words["row"], words["cell"]) == (8, [8, 2])


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_words_of_a_causal_model_are_blocked_where_all_pieces_are():
    app = open_page(PAGE, model="SmolLM2")
    app.toggle(key="flow_words").set_value(True).run()
    (words,) = components(app, "Word to word")
    blocked = np.isnan(numbers(words))
    np.testing.assert_array_equal(blocked, ~np.tri(len(words["rows"]), dtype=bool))


@pytest.mark.usefixtures("minilm_is_loaded")
def test_context_and_output_are_the_layer_s_own():
    app = open_page(PAGE)
    toy, real = components(app, "The query's context")
    toy_out, real_out = components(app, "Output of the layer")
    trace = run(ANIMAL)
    np.testing.assert_allclose(numbers(toy), trace.heads.context[:, 7])
    np.testing.assert_allclose(numbers(toy_out), trace.output[[7]])
    layer = capture(ANIMAL.sentence, models.ready("MiniLM")).layers[5]
    np.testing.assert_allclose(numbers(real), layer.context[:, 10], rtol=1e-6)
    library = outputs_by_hook("MiniLM")[5]
    np.testing.assert_allclose(numbers(real_out)[0], library[10, :96], rtol=1e-5, atol=1e-5)
    without = layer.head_output[:, 10].sum(axis=0)
    assert abs(without - library[10]).max() > 0.01  # the bias is no rounding
    lengths = [number(float(np.linalg.norm(each))) for each in (layer.b_O, library[10])]
    assert in_order(prose(app), *lengths)


def outputs_by_hook(model_id: str) -> list[np.ndarray]:
    """What the library's own module at the end of each attention layer gives for the example."""
    engine = models.ready(model_id).engine
    outputs: list[np.ndarray] = []
    modules = [engine.backbone.get_submodule(place.projection.name) for place in engine.places]
    hooks = [
        each.register_forward_hook(lambda _, __, output: outputs.append(output[0].numpy()))
        for each in modules
    ]
    ids = models.tokenized(model_id, ANIMAL.sentence).ids
    engine.forward(as_tensors({"input_ids": ids}), Run())  # the library's own attention
    for hook in hooks:
        hook.remove()
    return outputs


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_model_without_a_bias_shows_the_library_s_output_too():
    app = open_page(PAGE, model="SmolLM2", layer="3")
    _, real_out = components(app, "Output of the layer")
    query = components(app, "The text as")[1]["selected"]
    library = outputs_by_hook("SmolLM2")[3]
    np.testing.assert_allclose(numbers(real_out)[0], library[query, :96], rtol=1e-5, atol=1e-5)
    assert "b_O| =" not in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("layer", ["0", "5"])
def test_the_layer_that_is_shown_is_told(layer: str):
    lines = prose(open_page(PAGE, layer=layer)).splitlines()
    assert [figures(line) for line in lines if f"**layer {layer}" in line] == [
        ["3", "5", layer, "0", "5"]  # stages 3 to 5 show it, of layers 0 to 5
    ]


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_what_is_done_to_the_embeddings_before_layer_0_is_named():
    for model_id, parts in (("MiniLM", PARTS), ("SmolLM2", ())):
        told = texts(open_page(PAGE, model=model_id)) + prose(open_page(PAGE, model=model_id))
        assert stages.AS_THEY_ARE in told and stages.entrance(parts) in told
    assert all(stages.ADDED[part] in stages.entrance(PARTS) for part in stages.ADDED)
    assert stages.NORMALISED in stages.entrance(PARTS)


@pytest.mark.parametrize(
    ("family", "told", "untold"),
    [("BLOOM", LIBRARY_ONLY, SHARED), ("Llama", SHARED, LIBRARY_ONLY)],
)
def test_only_a_model_that_runs_our_function_is_said_to(
    family: str, told: str, untold: str, tiny_model
):
    assert tiny(family).engine.through_seam == (told == SHARED)
    app = open_page(PAGE, typed_model=tiny_model(family), text="the cat sat on a mat")
    assert told in prose(app) and untold not in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_where_a_part_is_drawn_the_corner_opens_all_of_it():
    app = open_page(PAGE)
    layer = capture(ANIMAL.sentence, models.ready("MiniLM")).layers[5]
    for key, shape in (
        ("flow_real_x", (15, 384)),
        ("flow_real_output", (1, 384)),
        ("flow_real_context", (layer.n_heads, 32)),
        ("flow_toy_x", ANIMAL.x.shape),
    ):
        assert files_of(app, key)[:2] == ["CSV", "JSON"]
        assert [table.value.shape for table in app.dataframe] == [shape], key


@pytest.mark.usefixtures("minilm_is_loaded")
def test_another_query_moves_every_stage():
    app = open_page(PAGE, query="10 tired")
    assert [data["selected"] for data in components(app, "The text as")] == [10, 13]
    toy, _ = components(app, "Output of the layer")
    np.testing.assert_allclose(numbers(toy), run(ANIMAL).output[[10]])


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_says_what_comes_next():
    app = open_page(PAGE, model="SmolLM2", text="the hot dog was")
    assert not app.exception
    (bars,) = components(app, "The likeliest tokens after your sentence")
    expected = next_tokens("the hot dog was", models.ready("SmolLM2"), 8)
    assert bars["rows"] == [token.text.replace(" ", "␣") for token in expected]
    assert bars["rows"][2] == "␣served"
    np.testing.assert_allclose(
        floats(bars, "probability"), [token.probability for token in expected], atol=5e-4
    )


@pytest.mark.usefixtures("minilm_is_loaded", "smollm2_is_loaded")
def test_smollm2_is_asked_and_the_reader_guesses_before_both_lists_are_shown():
    app = open_page(PAGE)
    assert components(app, "The likeliest tokens") == []
    app.button(key="flow_ask").click().run()
    assert not app.exception
    guess = app.selectbox(key="guess_flow_hot_dog_SmolLM2")
    assert "␣served" in guess.options and components(app, "The likeliest tokens") == []
    guess.set_value(guess.options.index("␣served")).run()
    assert app.session_state[PREDICTIONS] == {"flow_hot_dog_SmolLM2": True}
    plain, hot = components(app, "The likeliest tokens after the")
    assert "␣served" not in plain["rows"] and hot["rows"].index("␣served") == 2
    only = [token for token in hot["rows"] if token not in plain["rows"]]
    assert ", ".join(only) in texts(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_toy_without_a_word_is_computed_again():
    toy, _ = components(measured(open_page(PAGE)), "")[-2:]
    others = [i for i in range(len(ANIMAL.tokens)) if i != ANIMAL.query]
    whole = run(ANIMAL).output[ANIMAL.query]
    shorter = [without_token(ANIMAL, i) for i in others]
    changes = [turned(whole, run(each).output[each.query]) for each in shorter]
    assert toy["rows"] == [f"{i} {ANIMAL.tokens[i]}" for i in others]
    np.testing.assert_allclose(floats(toy, "change"), changes, atol=6e-4)
    weights = run(ANIMAL).heads.weights[0, ANIMAL.query, others]
    np.testing.assert_allclose(floats(toy, "weight"), weights, atol=6e-4)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_an_encoder_without_a_word_gives_the_query_another_last_vector():
    app = measured(open_page(PAGE))
    assert not app.exception
    (real,) = components(app, "MiniLM, layer 5, head 11: weights against")
    loaded = models.ready("MiniLM")
    whole = capture(ANIMAL.sentence, loaded)
    its = [token.text for token in whole.tokens].index("it")
    others = [i for i in range(len(ANIMAL.tokens)) if i != ANIMAL.query]
    changes = []
    for i in others:
        shorter = capture(without_token(ANIMAL, i).sentence, loaded)
        place = [token.text for token in shorter.tokens].index("it")
        changes.append(turned(whole.output[its], shorter.output[place]))
    trace = whole.layers[5].head_trace(11)
    row = trace.weights[its]
    lengths = row * np.linalg.norm(trace.v, axis=1)
    pieces = [[1], [2], [3, 4, 5], [6], [7], [8], [9], [11], [12], [13]]  # of the other words
    weights = [row[positions].sum() for positions in pieces]
    np.testing.assert_allclose(floats(real, "change"), changes, atol=6e-4)
    np.testing.assert_allclose(floats(real, "weight"), weights, atol=6e-4)
    handed = [lengths[positions].sum() / lengths.sum() for positions in pieces]
    np.testing.assert_allclose(floats(real, "weight × |v|"), handed, atol=6e-4)
    agreement = rank_agreement(np.array(weights), np.array(changes))
    assert f"**{agreement:.3f}**" in prose(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_causal_model_without_a_word_says_other_things():
    hot = preset_for("the hot dog was")
    app = measured(open_page(PAGE, model="SmolLM2", text=hot.sentence))
    assert not app.exception
    (real,) = components(app, "SmolLM2, layer 13, head 8: weights against")
    assert real["rows"] == ["0 the", "1 hot", "2 dog"]  # the last word asks
    loaded = models.ready("SmolLM2")
    changes = [
        moved_probability(
            next_token_probabilities(hot.sentence, loaded), next_token_probabilities(text, loaded)
        )
        for text in ("hot dog was", "the dog was", "the hot was")
    ]
    np.testing.assert_allclose(floats(real, "change"), changes, atol=6e-4)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_new_sentence_is_not_measured_before_it_is_asked_for():
    app = measured(open_page(PAGE))
    assert "flow_measure" not in [button.key for button in app.button]
    app.text_input(key="text").set_value("two words").run()
    assert "flow_measure" in [button.key for button in app.button]


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_sentence_is_answered_with_a_hint(blank: str):
    app = open_page(PAGE, text=blank)
    assert not app.exception
    assert NO_SENTENCE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text",
    [
        "one",
        "🙂 ❤️",
        "<b>bold</b> ![](https://example.com/x.png) **x** :red[y] $z$",
        "[CLS] [MASK] don't",
        "\u200b word",
        "unbelievable cats sat on antidisestablishmentarianism " * 30,
        "word " * 700,
    ],
)
def test_any_text_goes_all_the_way_and_is_shown_literally(text: str):
    app = open_page(PAGE, text=text)
    assert not app.exception
    assert "example.com" not in prose(app) and "<b>" not in prose(app)
    if "flow_words" in [toggle.key for toggle in app.toggle]:
        app.toggle(key="flow_words").set_value(True).run()
    if "flow_measure" in [button.key for button in app.button]:
        measured(app)
    else:
        assert len(components(app, "The text as")[0]["words"]) == 1  # no model sees U+200B
        assert ONE_WORD in prose(app)
    assert not app.exception


@pytest.mark.usefixtures("smollm2_is_loaded")
@pytest.mark.parametrize("text", ["one", "👨‍👩‍👧 emoji", "a * b ![](x)"])
def test_any_text_goes_through_a_causal_model(text: str):
    app = open_page(PAGE, model="SmolLM2", text=text)
    assert not app.exception
    if text != "one":
        assert not measured(app).exception


@pytest.mark.parametrize("family", ["T5", "BLOOM", "Llama"])
def test_other_families_show_what_they_have(family: str, tiny_model):
    folder = tiny_model(family)
    app = open_page(PAGE, typed_model=folder, text="the cat sat on a mat")
    for layer in app.selectbox(key="layer").options:
        app.selectbox(key="layer").set_value(int(layer)).run()
        assert not app.exception
        assert len(components(app, "Attention weights of")) == 2
    assert NO_NEXT_TOKEN in prose(app)
    assert not measured(app).exception


def test_without_a_model_the_toy_goes_all_the_way(model_never_comes):
    models.loading.clear("DistilGPT-2")
    app = open_page(PAGE, model="DistilGPT-2")
    models.loading.clear("DistilGPT-2")
    assert not app.exception
    assert len(components(app, "Output of the layer")) == 1
    assert TOY_ALONE in prose(app)
    assert "DistilGPT-2:" in texts(app)
