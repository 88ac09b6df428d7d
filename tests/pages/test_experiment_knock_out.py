"""Heads, looks and words out of the real model: the page's numbers against runs of their own, what it says of chance, links, odd models."""

import base64
from itertools import combinations

import numpy as np
import pytest
import transformers as hf
from streamlit.testing.v1 import AppTest

from attention_core.analysis.controls import draws
from attention_core.analysis.coreference_sentences import one_pair_each
from attention_core.analysis.effects import probabilities, turned_by
from attention_core.experiments.controls import (
    IN_LAYERS,
    IN_MODEL,
    NOT_ENOUGH,
    Others,
    other_edges,
    other_heads,
    seed_of,
)
from attention_core.experiments.knock_out import EdgesCut, HeadsOut
from attention_core.pretrained.interventions import edges_to, without_edges, without_heads
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.run import Outcome, Run, core_attention
from pages.experiment.knock_out import state
from pages.experiment.knock_out.edges import LAST_TOKEN, NOTHING_CUT
from pages.experiment.knock_out.effect import (
    CANNOT_FOLLOW,
    CHANGES_NOTHING,
    FOLLOWED,
    NO_OTHERS,
    P_VALUE,
)
from pages.experiment.knock_out.heads import (
    EARLIER_OUT,
    NOTHING_OUT,
    RANKING,
    THIS_OUT,
    UNKNOWN,
    head_names,
)
from pages.experiment.knock_out.pronoun import (
    CANNOT_BE_ASKED,
    NO_HEAD_NAMED,
    NOT_SPECIAL,
    SCORED,
)
from pages.experiment.knock_out.state import OUT, KnockOut
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.real import NO_WAY_IN
from pages.ui.server import models
from pages.ui.widgets.parts import NO_SENTENCE
from pages.ui.widgets.result import TITLES
from tests.pages.conftest import (
    bold,
    component,
    components,
    counts,
    files_of,
    go_to,
    happens,
    matrix_shown,
    open_page,
    prose,
    texts,
)
from tests.pretrained.families import GPT2_SIZES
from tests.pretrained.folders import saved, saved_masked

PAGE = "knock-out"
SENTENCE = "The animal didn't cross the street because it was too tired"
IT, ANIMAL = 10, 2  # tokens in MiniLM, after [CLS]
HEADS = [(layer, head) for layer in range(6) for head in range(12)]  # of MiniLM


@pytest.fixture(autouse=True)
def nothing_is_measured() -> None:
    """What other readers have measured is there for all, and would be here."""
    state.measured_heads.clear()
    state.leanings.clear()


def opened(model: str = "MiniLM", **link: str) -> AppTest:
    app = open_page(PAGE, model=model, **link)
    assert not app.exception
    return app


def described(others: Others, app: AppTest) -> bool:
    """Whether the page says in words what it compares with."""
    return others.description in prose(app)


def ends(model: str, *attends) -> list[Outcome]:
    """The control and changed runs, without the page."""
    ids = models.tokenized(model, SENTENCE).ids
    loaded = models.loading(model).result.result()
    return outcomes(ids, loaded, [Run(core_attention), *map(Run, attends)])


def turned(control: Outcome, changed: Outcome) -> float:
    return float(turned_by(control.states.mean(axis=0), changed.states.mean(axis=0)))


def grid(app: AppTest) -> tuple[dict, np.ndarray]:
    data = component(app, "knock_out_grid")
    values = np.frombuffer(base64.b64decode(data["values"]), "<f8")
    return data, values.reshape(len(data["rows"]), len(data["columns"]))


def weights(model: str, layer: int, head: int) -> np.ndarray:
    return models.captured(model, SENTENCE).layers[layer].weights[head].astype(float)


def others(app: AppTest) -> list[str]:
    """The effects in the table: ours, then the others' mean, lowest and highest."""
    return component(app, "knock_out_against")["columns"][0]["cells"]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_head_of_the_sidebar_is_out_and_the_effect_stands_beside_its_layers_other_heads():
    app = opened()
    control, *changed = ends("MiniLM", *(without_heads([(5, head)]) for head in range(12)))
    effects = np.array([turned(control, each) for each in changed])
    assert f"{effects[11]:.3f}" in bold(app)
    rest = effects[:11]
    assert others(app) == [f"{x:.3f}" for x in (effects[11], rest.mean(), rest.min(), rest.max())]
    n = int((rest >= effects[11]).sum())
    assert [n + 1, 12] in counts(app)
    assert P_VALUE not in prose(app)  # the page shows all twelve: it may have been chosen by them
    data, values = grid(app)
    np.testing.assert_allclose(values[5], effects, rtol=1e-3, atol=1e-6)
    assert np.isnan(values[:5]).all() and data["texts"][0][0] == UNKNOWN
    assert data["out"] == [[5, 11]] and data["cell"] == [5, 11]


@pytest.mark.usefixtures("minilm_is_loaded")
def test_control_changed_and_difference_show_the_chosen_heads_own_weights():
    app = opened()
    before = weights("MiniLM", 5, 11)
    np.testing.assert_allclose(matrix_shown(app, "Control:"), before, rtol=1e-6)
    assert not matrix_shown(app, "Changed:").any()
    np.testing.assert_allclose(matrix_shown(app, "Changed − control"), -before, rtol=1e-6)
    app.segmented_control(key="knock_out_of_head").set_value("uniform").run()
    np.testing.assert_allclose(matrix_shown(app, "Changed:"), 1 / 15, rtol=1e-6)
    app.segmented_control(key="knock_out_of_head").set_value("mean").run()
    np.testing.assert_allclose(matrix_shown(app, "Changed:"), before, rtol=1e-6)
    assert THIS_OUT["mean"] in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_click_takes_a_head_out_another_puts_it_back_and_a_later_head_looks_elsewhere():
    app = happens(opened(), "knock_out_grid", "pick", [1, 4])
    assert grid(app)[0]["out"] == [[1, 4], [5, 11]]
    assert head_names(((1, 4), (5, 11))) in prose(app)
    control, both = ends("MiniLM", without_heads([(1, 4), (5, 11)]))
    assert f"{turned(control, both):.3f}" in bold(app)
    assert described(other_heads(HEADS, HeadsOut(((1, 4), (5, 11)), "zero"), IN_LAYERS), app)
    assert link_of(app) == "heads.h1-4_5-11"
    happens(app, "knock_out_grid", "pick", [5, 11])
    assert grid(app)[0]["out"] == [[1, 4]]
    app.selectbox(key="layer").set_value(5).run()  # looked at from here on; what is out stays
    assert grid(app)[0]["out"] == [[1, 4]]
    assert EARLIER_OUT in prose(app)
    assert np.abs(matrix_shown(app, "Changed − control")).max() > 1e-3
    app.button(key="knock_out_heads_back").click().run()
    assert grid(app)[0]["out"] == [] and NOTHING_OUT in prose(app)
    assert np.abs(matrix_shown(app, "Changed − control")).max() < 1e-6
    app.button(key="knock_out_heads_only").click().run()
    assert grid(app)[0]["out"] == [[5, 11]] and "out" not in app.query_params


@pytest.mark.usefixtures("minilm_is_loaded")
def test_all_heads_are_measured_and_ranked_and_the_largest_is_held_against_their_spread():
    app = opened()
    assert RANKING not in prose(app)
    app.button(key="knock_out_ranking_begin").click().run(timeout=120)
    assert not app.exception
    control, *layer_0 = ends("MiniLM", *(without_heads([(0, head)]) for head in range(12)))
    _, values = grid(app)
    assert np.isfinite(values).all() and values.shape == (6, 12)
    expected = [turned(control, each) for each in layer_0]
    np.testing.assert_allclose(values[0], expected, rtol=1e-3, atol=1e-6)
    order = np.argsort(-values.ravel())
    table = component(app, "knock_out_ranking")
    assert table["rows"][:3] == [f"layer {i // 12} · head {i % 12}" for i in order[:3]]
    assert table["columns"][0]["cells"][:3] == ["1", "2", "3"]
    assert f"{np.median(values):.3f}" in bold(app)
    assert not [b for b in app.button if b.key in ("knock_out_ranking_begin", "knock_out_ranking_stop")]  # fmt: skip
    happens(app, "knock_out_ranking", "pick", 1)
    layer, head = divmod(int(order[1]), 12)
    assert grid(app)[0]["out"] == [[layer, head]]
    assert app.selectbox(key="layer").value == layer and app.selectbox(key="head").value == head
    app.segmented_control(key="knock_out_others").set_value("model").run()
    assert [2, 72] in counts(app) and P_VALUE not in prose(app)
    happens(app, "knock_out_ranking", "pick", 0)  # the largest of all is no surprise: no p for it
    assert [1, 72] in counts(app) and P_VALUE not in prose(app)
    rest = np.delete(values.ravel(), order[0])
    own = values.ravel()[order[0]]
    own_shown, mean, _, largest = others(app)
    assert [own_shown, mean, largest] == [f"{x:.3f}" for x in (own, rest.mean(), rest.max())]


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_a_predicting_model_is_measured_by_the_token_that_is_followed():
    app = opened("SmolLM2")
    control, changed = ends("SmolLM2", without_heads([(13, 8)]))
    before, after = probabilities(control.logits), probabilities(changed.logits)
    first = int(before.argmax())
    assert {f"{before[first]:.3f}", f"{after[first]:.3f}"} <= set(bold(app))
    shown = grid(app)[1][13]
    np.testing.assert_allclose(shown[8], after[first] - before[first], atol=1e-5)
    assert shown.min() < 0 < shown.max() and grid(app)[0]["role"] == "diverging"
    app.text_input(key="knock_out_typed").set_value("and").run()
    token = models.loading("SmolLM2").result.result().tokenizer(" and")["input_ids"][0]
    assert {f"{before[token]:.3f}", f"{after[token]:.3f}"} <= set(bold(app))
    assert FOLLOWED.format("␣and") in texts(app)
    assert link_of(app) == f"heads.f{token}"
    app.segmented_control(key="knock_out_measure").set_value(1).run()
    bits = (before * np.log2(before / after)).sum()
    assert f"{bits:.3f} bits" in bold(app)
    assert grid(app)[0]["role"] == "weights"
    happens(app, "knock_out_result_tokens", "pick", 0)
    assert link_of(app) == f"heads.f{first}.m1"
    app.text_input(key="knock_out_typed").set_value("   ").run()
    assert CANNOT_FOLLOW in texts(app) and link_of(app) == f"heads.f{first}.m1"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_others_may_come_from_the_whole_model():
    app = opened(out="heads.omodel")
    assert described(other_heads(HEADS, HeadsOut(((5, 11),), "zero"), IN_MODEL), app)
    assert P_VALUE in prose(app) and "/ (20 + 1)" in prose(app)
    assert f"{1 / 21:.3f}" in prose(app)


def test_two_knock_outs_do_not_share_their_controls():
    """With one seed for all, 12 to 16 of 20 were the same; two free draws of 20 of 71 share 5.6 on average."""

    def drawn(head: tuple[int, int]) -> set:
        rest = [each for each in HEADS if each != head]
        return set(draws([(rest, 1)], 20, seed_of((head,))).sets)

    shared = [len(drawn(a) & drawn(b)) for a, b in combinations(HEADS, 2)]
    assert np.mean(shared) == pytest.approx(20 * 20 / 71, abs=0.5)
    assert drawn(HEADS[0]) == drawn(HEADS[0])


@pytest.mark.usefixtures("minilm_is_loaded")
def test_where_a_layer_has_not_enough_others_they_come_from_the_model_and_the_page_says_so():
    out = "_".join(f"5-{head}" for head in range(8))
    app = opened(out=f"heads.h{out}")
    assert NOT_ENOUGH in prose(app)
    app = opened(out="heads.h" + "_".join(f"{i}-{j}" for i in range(6) for j in range(12)))
    assert NO_OTHERS in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_blocked_look_has_no_weight_and_its_row_still_sums_to_one():
    app = opened(out="looks")
    before = weights("MiniLM", 5, 11)
    after = matrix_shown(app, "Changed:")
    assert np.isnan(after[IT, ANIMAL])  # hatched: as if the mask forbade it
    np.testing.assert_allclose(np.nansum(after[IT]), 1, rtol=1e-6)
    kept = np.arange(15) != ANIMAL
    np.testing.assert_allclose(
        after[IT, kept], before[IT, kept] / (1 - before[IT, ANIMAL]), rtol=1e-4
    )
    table = component(app, "knock_out_cut")
    assert [column["cells"] for column in table["columns"]] == [[f"{before[IT, ANIMAL]:.3f}"], ["0.000"], ["1.000"]]  # fmt: skip
    control, changed = ends("MiniLM", without_edges([(IT, ANIMAL)], [(5, 11)]))
    assert f"{turned(control, changed):.3f}" in bold(app)
    assert described(other_edges(EdgesCut(((IT, ANIMAL),), None, "blocked"), 15, None), app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_zeroed_look_leaves_its_row_short_by_its_weight_and_clicks_cut_more():
    app = opened(out="looks.czero")
    before = weights("MiniLM", 5, 11)
    table = component(app, "knock_out_cut")["columns"]
    assert table[2]["cells"] == [f"{1 - before[IT, ANIMAL]:.3f}"]
    happens(app, "knock_out_weights_Control", "pick", [IT, 0])
    assert link_of(app) == f"looks.l{IT}-0_{IT}-{ANIMAL}.czero"
    after = matrix_shown(app, "Changed:")
    assert after[IT, 0] == after[IT, ANIMAL] == 0
    np.testing.assert_allclose(after[IT].sum(), 1 - before[IT, 0] - before[IT, ANIMAL], rtol=1e-5)
    happens(app, "knock_out_cut", "pick", 1)  # the row of the table: put back
    assert link_of(app) == f"looks.l{IT}-0.czero"
    app.button(key="knock_out_looks_back").click().run()
    assert NOTHING_CUT in prose(app)
    app.button(key="knock_out_looks_only").click().run()
    assert link_of(app) == "looks.czero"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_looks_can_be_cut_in_all_heads_of_a_layer_or_of_the_model():
    app = opened(out="looks.sall")
    layer = {(5, head) for head in range(12)}
    control, *changed = ends("MiniLM", *(without_edges([(IT, ANIMAL)], heads) for heads in (None, layer)))  # fmt: skip
    everywhere, in_layer = (turned(control, each) for each in changed)
    assert f"{everywhere:.3f}" in bold(app)
    app.segmented_control(key="knock_out_where").set_value("layer").run()
    assert f"{in_layer:.3f}" in bold(app)
    assert link_of(app) == "looks.slayer" and everywhere > in_layer + 5e-4


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_what_the_mask_forbids_or_nobody_sees_cannot_be_knocked_out():
    app = opened("SmolLM2", out="looks")
    happens(app, "knock_out_weights_Control", "pick", [3, 7])  # in the future
    assert component(app, "Control:")["row"] == 3
    assert "l3-7" not in link_of(app)
    happens(app, "knock_out_weights_Control", "pick", [3, 0])
    assert "_3-0" in link_of(app) or "l3-0" in link_of(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_a_word_out_is_seen_by_nobody_but_itself_and_stands_beside_every_other_word():
    app = opened(out="word")
    shown = component(app, "knock_out_sentence")
    assert shown["selected"] == ANIMAL
    n = len(shown["words"])
    control, *changed = ends("MiniLM", *(without_edges(edges_to(word, n)) for word in range(n)))
    effects = [turned(control, each) for each in changed]
    assert [word["note"] for word in shown["words"]] == [f"{effect:.3f}" for effect in effects]
    assert shown["words"][int(np.argmax(effects))]["light"] == 1
    after = matrix_shown(app, "Changed:")
    assert np.isfinite(after[ANIMAL, ANIMAL])
    assert np.isnan(np.delete(after[:, ANIMAL], ANIMAL)).all()
    happens(app, "knock_out_sentence", "pick", 8)
    assert component(app, "knock_out_sentence")["selected"] == 8
    assert link_of(app) == "word.w8"
    assert f"{effects[8]:.3f}" in bold(app)


@pytest.mark.usefixtures("smollm2_is_loaded")
def test_the_last_word_of_a_causal_model_is_seen_by_nobody_anyway():
    app = opened("SmolLM2", out="word.w11")
    assert LAST_TOKEN in prose(app)
    assert CHANGES_NOTHING in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_coreference_head_is_asked_on_sentences_and_the_words_follow_the_numbers():
    app = opened(out="pronoun")
    assert [5, 11] in counts(app)
    assert f"{weights('MiniLM', 5, 11)[IT, ANIMAL]:.3f}" in bold(app)
    app.button(key="knock_out_pronoun_begin").click().run(timeout=120)
    assert not app.exception
    control, changed = ends("MiniLM", without_heads([(5, 11)]))

    def leaning(outcome: Outcome) -> float:
        unit = outcome.states / np.linalg.norm(outcome.states, axis=1, keepdims=True)
        return float(unit[IT] @ unit[ANIMAL] - unit[IT] @ unit[8])

    before, after = leaning(control), leaning(changed)
    assert {f"{before:+.3f}", f"{after:+.3f}"} <= set(bold(app))
    assert SCORED.format(len(one_pair_each())) in bold(app)
    values = np.frombuffer(
        base64.b64decode(component(app, "knock_out_pronoun_grid")["values"]), "<f8"
    )
    row = values.reshape(6, 12)[5]
    n = int((np.abs(row[:11]) >= abs(row[11])).sum())
    assert [n, 11] in counts(app)
    assert (NOT_SPECIAL in prose(app)) == (n > 0)
    assert link_of(app) == "pronoun"


@pytest.mark.usefixtures("minilm_is_loaded")
def test_two_readers_with_different_experiments_each_see_their_own():
    first, second = opened(out="heads.h5-11"), opened(out="heads.h5-7.iuniform")
    control, one, other = ends(
        "MiniLM", without_heads([(5, 11)]), without_heads([(5, 7)], "uniform")
    )
    for app in (first.run(), second.run(), first.run()):
        expected = turned(control, one if app is first else other)
        assert f"{expected:.3f}" in bold(app)


def link_of(app: AppTest) -> str:
    (link,) = np.atleast_1d(app.query_params["out"])
    return link


@pytest.mark.parametrize("out", [
    KnockOut(),
    KnockOut(heads=()),
    KnockOut(heads=((1, 4), (5, 11)), of_head="mean", followed=284, measure=1, others="model"),
    KnockOut("looks", looks=((10, 2),), of_look="zero", where="all"),
    KnockOut("word", word=3, of_look="uniform"),
    KnockOut("pronoun", of_head="uniform"),
])  # fmt: skip
def test_every_experiment_survives_its_link(out: KnockOut):
    assert OUT.decode(OUT.encode(out) or "") == out


@pytest.mark.parametrize("bad", ["zzz", "heads.x", "heads.h5", "word.w-1", "heads.ifoo", "heads.h²-1",
                                 "heads.m2", "looks.l" + "_".join(["1-1"] * 500)])  # fmt: skip
def test_a_link_that_says_nothing_is_refused(bad: str):
    with pytest.raises(ValueError):
        OUT.decode(bad)


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("bad", ["zzz", "heads.h9-0", "looks.l99-0", "heads.f5"])
def test_a_link_to_what_is_not_there_opens_the_usual_and_says_so(bad: str):
    app = opened(out=bad)
    assert NOT_THERE.format("out") in texts(app)
    assert components(app, "Control:")


@pytest.mark.usefixtures("minilm_is_loaded")
def test_what_is_out_is_kept_on_another_page_and_forgotten_with_another_sentence():
    app = opened(out="looks.l10-0.sall")
    go_to(app, "one-head")
    app.query_params.pop("out", None)
    go_to(app, PAGE)
    assert link_of(app) == "looks.l10-0.sall"
    app.text_input(key="text").set_value("the dog was").run()
    assert link_of(app) == "looks.sall"


def show_part(app: AppTest, part: str) -> AppTest:
    app.segmented_control(key="knock_out_part").set_value(part).run()
    assert not app.exception
    assert not app.error  # nothing went wrong and was caught
    assert "knock_out_again" not in [each.key for each in app.button]
    return app


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize("text", ["one", "🙂", "<script>alert(1)</script> **b** ![x](y)"])
def test_any_text_works_in_every_part(text: str):
    app = open_page(PAGE, text=text)
    for part in ("heads", "looks", "word"):
        show_part(app, part)
        assert not any("<script" in each.value for each in app.markdown)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_of_a_long_text_the_others_are_measured_only_when_asked_for():
    app = show_part(open_page(PAGE, text="word " * 110), "word")
    assert P_VALUE not in prose(app)
    app.button(key="knock_out_ask").click().run()
    assert P_VALUE in prose(app) and "/ (20 + 1)" in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_without_a_sentence_the_page_says_what_to_do():
    assert NO_SENTENCE in prose(open_page(PAGE, text=" "))


@pytest.mark.parametrize("family", ["T5", "GPT-2", "BERT"])
def test_other_families_can_be_experimented_on(family: str, tiny_model):
    app = open_page(PAGE, typed_model=tiny_model(family), text="the cat sat on a mat")
    app.button(key="knock_out_ranking_begin").click().run()
    assert np.isfinite(grid(app)[1]).all() and grid(app)[1].shape == (2, 4)
    for part in ("looks", "word", "pronoun"):
        show_part(app, part)
    assert NO_HEAD_NAMED in prose(app)


def test_a_mask_is_followed_where_a_model_fills_it(tmp_path):
    folder = saved_masked(tmp_path)
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the <mask> sat on a mat")
    assert TITLES["mask"] in texts(app)
    assert FOLLOWED.partition("{")[0] in texts(show_part(app, "word"))
    show_part(app, "pronoun").button(key="knock_out_pronoun_begin").click().run()
    assert any(each.endswith(SCORED[3:]) for each in bold(app))
    models.loading.clear(folder)


def test_a_causal_model_that_cannot_tell_the_nouns_apart_is_not_asked(tmp_path):
    folder = saved(tmp_path, hf.GPT2LMHeadModel, hf.GPT2Config(**GPT2_SIZES))
    models.loading(folder).result.result(timeout=60)
    app = open_page(PAGE, typed_model=folder, text="the cat sat", out="pronoun")
    app.button(key="knock_out_pronoun_begin").click().run()
    assert not app.exception
    assert CANNOT_BE_ASKED in prose(app)
    models.loading.clear(folder)


def test_a_family_without_the_seam_is_told_so(tiny_model):
    app = open_page(PAGE, typed_model=tiny_model("BLOOM"), text="the cat sat on a mat")
    assert not app.exception
    assert NO_WAY_IN in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_every_picture_has_its_numbers_and_files():
    app = opened()
    for key in ("grid", "weights_Control", "weights_difference"):
        assert files_of(app, f"knock_out_{key}") == ["CSV", "JSON", "PNG", "SVG"]
    assert files_of(app, "knock_out_against") == ["CSV", "JSON"]
