"""Head survey: what is shown is what the file says; one sentence is held against it; a head opens; bad files are refused."""

import base64
import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from attention_core.analysis.leave_out import rank_agreement
from attention_core.pretrained.catalogue import entry_for
from attention_core.survey import corpus
from attention_core.survey.measure import NAMES
from attention_core.survey.table import KEY, NotASurvey, read_survey, write_survey
from pages.explore.head_survey.one_sentence import ANOTHER_MODEL, TRUST, measured
from pages.explore.head_survey.survey import (
    NO_PLACE,
    OTHER_SENTENCES,
    OWN,
    REFUSED,
    RESULTS,
    SHIPPED,
    STATISTICS,
)
from pages.ui.reader.sentence import DEFAULT_SENTENCE
from pages.ui.server import models
from tests.pages.conftest import component, components, happens, open_page, prose, texts
from tests.pages.paragraphs import one_paragraph_has
from tests.survey.tables import made_up

PAGE = "head-survey"


def opened(model: str = "MiniLM", **link: str) -> AppTest:
    app = open_page(PAGE, model=model, **link)
    assert not app.exception
    return app


def column(model: str, name: str, statistic: str) -> np.ndarray:
    """Straight from the file, (n_layers, n_heads)."""
    table = pq.read_table(RESULTS / SHIPPED[model]).to_pandas()
    rows = table[table["statistic"] == statistic].sort_values(["layer", "head"])
    entry = entry_for(model)
    return rows[name].to_numpy().reshape(entry.n_layers, entry.n_heads)


def grid(app: AppTest) -> np.ndarray:
    (data,) = [data for data in components(app, "All ") if "texts" in data]
    flat = np.frombuffer(base64.b64decode(data["values"]), "<f8")
    return flat.reshape(len(data["rows"]), len(data["columns"]))


@pytest.mark.parametrize("model", ["MiniLM", "SmolLM2"])
@pytest.mark.parametrize("statistic", ["previous", "entropy share"])
def test_grid_and_list_are_what_the_file_says(model, statistic):
    app = opened(model)
    app.selectbox(key="head_survey_statistic").set_value(statistic).run()
    means = column(model, "mean", statistic)
    np.testing.assert_array_equal(grid(app), means)
    listed = component(app, f"{STATISTICS[statistic].title}: the heads with most over")
    layer, head = np.unravel_index(means.argmax(), means.shape)
    assert listed["rows"][0] == f"layer {layer} · head {head}"
    cells = {each["title"]: each["cells"] for each in listed["columns"]}
    assert float(cells["mean"][0]) == pytest.approx(means.max(), abs=5e-4)
    errors = column(model, "standard_error", statistic)
    assert float(cells["± error"][0].replace("−", "-")) == pytest.approx(
        errors[layer, head], abs=5e-4
    )
    untrained = column(model, "untrained", statistic).max()
    assert one_paragraph_has(app, str((means > untrained).sum()), str(means.size))
    assert one_paragraph_has(app, "3,545")


def test_a_causal_model_has_no_next_token():
    app = opened("SmolLM2")
    app.selectbox(key="head_survey_statistic").set_value("next").run()
    assert not app.exception
    assert NO_PLACE in prose(app)


@pytest.mark.usefixtures("minilm_is_loaded")
def test_the_sentence_is_held_against_the_corpus():
    app = opened()
    app.selectbox(key="head_survey_statistic").set_value("first").run()
    weights = np.stack(
        [each.weights for each in models.captured("MiniLM", DEFAULT_SENTENCE).layers]
    )
    one = weights[:, :, 1:, 0].mean(axis=-1).ravel()
    many = column("MiniLM", "mean", "first").ravel()
    layer, head = divmod(int(one.argmax()), 12)
    assert one_paragraph_has(app, str(layer), str(head), f"{one.max():.3f}")
    rank = 1 + int((many > many[one.argmax()]).sum())
    assert one_paragraph_has(app, f"{one.max():.3f}", str(rank), "72")
    shared = len(set(np.argsort(-one)[:10]) & set(np.argsort(-many)[:10]))
    assert one_paragraph_has(app, "10", str(shared), f"{rank_agreement(one, many):.2f}")
    np.testing.assert_allclose(
        measured("MiniLM", DEFAULT_SENTENCE).measured.values[NAMES.index("first")], one, atol=1e-6
    )


@pytest.mark.usefixtures("minilm_is_loaded")
@pytest.mark.parametrize(
    "text", ["", "Yes", "<b>no</b> ![](http://127.0.0.1:9/x.png) $x$", "a a a a"]
)
@pytest.mark.parametrize("statistic", ["same word", "previous"])
def test_any_sentence_will_do(text, statistic):
    app = open_page(PAGE, model="MiniLM", text=text)
    app.selectbox(key="head_survey_statistic").set_value(statistic).run()
    assert not app.exception
    assert TRUST in prose(app)
    assert "127.0.0.1:9" not in prose(app)


def test_a_click_chooses_a_head_and_the_link_opens_it():
    app = happens(opened(), "head_survey_grid", "pick", [3, 7])
    assert (app.session_state["layer"], app.session_state["head"]) == (3, 7)
    links = [each.proto.label for each in app.get("page_link")]
    assert any("layer 3 · head 7" in link for link in links)
    app = happens(app, "head_survey_best", "pick", 0)
    assert (app.session_state["layer"], app.session_state["head"]) == (0, 2)


def test_a_click_brings_the_surveys_model_along():
    app = opened("MiniLM")
    app.segmented_control(key="head_survey_which").set_value("SmolLM2").run()
    assert ANOTHER_MODEL in prose(app)
    app = happens(app, "head_survey_grid", "pick", [11, 2])
    choice = [app.session_state[name] for name in ("model", "layer", "head")]
    assert choice == ["SmolLM2", 11, 2]


def with_file(content: bytes) -> AppTest:
    app = opened()
    app.segmented_control(key="head_survey_which").set_value(OWN).run()
    assert "attention_core.survey" in app.code[0].value
    app.file_uploader(key="head_survey_file").upload(
        "survey.parquet", content, "application/octet-stream"
    ).run()
    assert not app.exception
    return app


def test_a_readers_own_survey_is_shown_and_its_names_are_no_markdown(tmp_path):
    survey = made_up()
    survey.about["model"] = "![x](http://127.0.0.1:9/x.png)"
    write_survey(survey, tmp_path / "own.parquet")
    app = with_file((tmp_path / "own.parquet").read_bytes())
    assert survey.about["model"] in texts(app)
    assert "127.0.0.1:9" not in prose(app)
    app.session_state["head_survey_about"] = True
    app.run()
    assert OTHER_SENTENCES in prose(app)
    np.testing.assert_array_equal(grid(app).ravel(), survey.of("previous").mean)
    app = happens(app, "head_survey_grid", "pick", [0, 1])
    assert app.session_state["model"] == "MiniLM"  # nobody's model is loaded because a file says so
    app.selectbox(key="head_survey_statistic").set_value("next").run()
    assert NO_PLACE in prose(app)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"a,b\n1,2\n", b"PAR1" + b"\x00" * 5000 + b"PAR1"]
)
def test_a_bad_file_is_refused_in_words(content):
    with pytest.raises(NotASurvey) as why:
        read_survey(content)
    app = with_file(content)
    assert REFUSED in prose(app)
    assert str(why.value) in texts(app)


def test_what_the_file_says_of_itself_is_there_to_read():
    app = opened()
    app.session_state["head_survey_about"] = True
    app.run()
    assert not app.exception
    assert corpus.ABOUT in prose(app)
    said = pq.read_schema(io.BytesIO((RESULTS / SHIPPED["MiniLM"]).read_bytes())).metadata[KEY]
    assert read_survey((RESULTS / SHIPPED["MiniLM"]).read_bytes()).about["date"] in said.decode()
