"""A survey goes to a Parquet file and comes back; whatever else is handed in is refused in words."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attention_core.pretrained.catalogue import entry_for
from attention_core.survey import table as table_module
from attention_core.survey.bench import same
from attention_core.survey.corpus import read_corpus
from attention_core.survey.measure import NAMES
from attention_core.survey.table import (
    KEY,
    LARGEST_FILE,
    HeadSurvey,
    NotASurvey,
    read_survey,
    schema,
    write_survey,
)
from tests.survey.tables import made_up

RESULTS = Path(table_module.__file__).parent / "results"


def written(survey: HeadSurvey, tmp_path: Path) -> bytes:
    write_survey(survey, tmp_path / "survey.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["survey.parquet"]  # nothing half-made
    return (tmp_path / "survey.parquet").read_bytes()


def test_what_is_written_is_read_again(tmp_path):
    survey = made_up()
    found = read_survey(written(survey, tmp_path))
    assert same(found, survey)
    assert found.statistic.tolist() == survey.statistic.tolist()
    assert found.about == survey.about


@pytest.mark.parametrize("model", ["MiniLM", "SmolLM2"])
def test_the_surveys_that_ship_are_of_the_built_in_corpus_and_small(model):
    file = RESULTS / f"{model.lower()}.parquet"
    survey, entry, corpus = read_survey(file.read_bytes()), entry_for(model), read_corpus()
    assert file.stat().st_size <= 200_000
    assert (survey.about["model"], survey.about["revision"]) == (entry.key, entry.revision)
    assert survey.about["corpus_sha256"] == corpus.sha256
    assert survey.about["n_sentences"] == len(corpus.sentences) > 3000
    assert len(survey.of("previous").mean) == entry.n_layers * entry.n_heads


def test_another_program_can_read_it(tmp_path):
    table = pq.read_table(io.BytesIO(written(made_up(), tmp_path)))
    assert table.column("statistic").to_pylist()[0] == NAMES[0]
    assert json.loads(table.schema.metadata[KEY])["model"] == "M"


def changed(**columns: np.ndarray) -> HeadSurvey:
    return replace(made_up(), **columns)


def one(name: str, value: float) -> HeadSurvey:
    """The same survey with one number of a column replaced."""
    column = np.array(getattr(made_up(), name))
    column[0] = value
    return changed(**{name: column})


@pytest.mark.parametrize(
    ("survey", "reason"),
    [
        (one("mean", 1.5), "“mean” has a number that is no share"),
        (one("mean", np.nan), "“mean” has a number that is no share"),
        (one("even", -0.1), "“even” has a number that is no share"),
        (one("untrained", np.inf), "“untrained” has a number that is no share"),
        (one("standard_error", -1.0), "standard_error"),
        (one("n", 11), "number of sentences"),
        (one("n", -1), "number of sentences"),
        (one("layer", -1), "layer or a head"),
        (one("head", 5000), "layer or a head"),
        (one("head", 1), "one row for each head"),
        (changed(statistic=np.full(54, "<img src=x>", dtype=object)), "one row for each head"),
        (changed(about={"format": 2}), "another version"),
        (changed(about={"format": 1}), "its model"),
        (changed(about=made_up().about | {"model": 7}), "its model"),
        (changed(about=made_up().about | {"corpus": "x" * 1000}), "its corpus"),
        (changed(about=made_up().about | {"n_tokens": "many"}), "n_tokens"),
    ],
)
def test_a_survey_with_something_wrong_is_refused(survey, reason, tmp_path):
    content = written(survey, tmp_path)
    with pytest.raises(NotASurvey, match=reason):
        read_survey(content)


def as_parquet(table: pa.Table, **options: object) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **{"compression": "NONE", **options})
    return stream.getvalue()


def other_file(what: str) -> bytes:
    survey = made_up()
    table = pa.table({f.name: pa.array(getattr(survey, f.name), f.type) for f in schema()})
    about = table.replace_schema_metadata({KEY: json.dumps(survey.about)})
    return {
        "empty": b"",
        "text": b"layer,head\n0,0\n",
        "cut": as_parquet(about)[:-50],
        "no columns of ours": as_parquet(pa.table({"a": [1]})),
        "other order": as_parquet(about.select(about.column_names[::-1])),
        "other type": as_parquet(about.set_column(3, "mean", pa.array(["0.5"] * about.num_rows))),
        "nothing about it": as_parquet(table),
        "no json": as_parquet(table.replace_schema_metadata({KEY: b"{"})),
        "no rows": as_parquet(about.slice(0, 0)),
        "compressed": as_parquet(about, compression="zstd"),
        "gaps": as_parquet(
            about.set_column(3, "mean", pa.array([None] * about.num_rows, pa.float64()))
        ),
        "large": b"x" * (LARGEST_FILE + 1),
    }[what]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("empty", "not a Parquet file"),
        ("text", "not a Parquet file"),
        ("cut", "not a Parquet file"),
        ("no columns of ours", "no column “statistic”"),
        ("other order", "another order"),
        ("other type", "“mean” is not of the type double"),
        ("nothing about it", "does not say which model"),
        ("no json", "does not say which model"),
        ("no rows", "0 rows"),
        ("compressed", "compressed"),
        ("gaps", "has gaps"),
        ("large", "larger than 2 MB"),
    ],
)
def test_another_file_is_refused(what, reason):
    with pytest.raises(NotASurvey, match=reason):
        read_survey(other_file(what))


def test_a_file_with_any_byte_turned_is_read_or_refused_and_nothing_else(tmp_path):
    content = written(made_up(), tmp_path)
    for place in range(0, len(content), 41):
        turned = content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
        try:
            found = read_survey(turned)
        except NotASurvey:
            continue
        assert len(found.mean) == len(made_up().mean)
