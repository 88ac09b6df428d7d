"""A survey as a table: a row for each statistic, layer and head, in one Parquet file that is checked when it is read.

pyarrow is imported when a file is written or read, and nothing heavier: pages open surveys without Dask or torch.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from attention_core.survey.measure import NAMES

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"attention survey"
FORMAT = 1
SHARES = ("mean", "even", "untrained")
LARGEST_FILE = 2_000_000  # bytes
MOST_ROWS = 50_000
LONGEST_NAME = 200


class NotASurvey(ValueError):
    """A file is no survey; the message says why, in words for the reader."""


@dataclass(frozen=True)
class HeadSurvey:
    """What a survey found. The arrays have one entry a row; where `n` is 0 the numbers are nan."""

    statistic: np.ndarray  # of str
    layer: np.ndarray
    head: np.ndarray
    mean: np.ndarray  # over sentences
    standard_error: np.ndarray  # of the mean; nan for fewer than two sentences
    n: np.ndarray  # sentences that have a place for the statistic
    even: np.ndarray  # the same mean of a head without any preference
    untrained: np.ndarray  # … of a head with normally distributed scores
    about: dict[str, Any]  # model, corpus, counts, versions, date

    def of(self, statistic: str) -> HeadSurvey:
        """The rows of one statistic, a head each."""
        rows = self.statistic == statistic
        columns = {field.name: getattr(self, field.name)[rows] for field in fields(self)[:-1]}
        return HeadSurvey(**columns, about=self.about)


def schema() -> pa.Schema:
    """The columns of the file. Names of statistics are kept once, as a dictionary."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("statistic", pa.dictionary(pa.int32(), pa.string())),
            pa.field("layer", pa.int32()),
            pa.field("head", pa.int32()),
            pa.field("mean", pa.float64()),
            pa.field("standard_error", pa.float64()),
            pa.field("n", pa.int64()),
            pa.field("even", pa.float64()),
            pa.field("untrained", pa.float64()),
        ]
    )


def write_survey(survey: HeadSurvey, file: Path) -> None:
    """Write the table, under its name only when it is whole. Nothing in it is compressed: it is small."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = schema()
    arrays = [
        pa.array(getattr(survey, field.name).tolist(), type=field.type, from_pandas=False)
        for field in columns
    ]
    about = json.dumps(survey.about, sort_keys=True, ensure_ascii=False)
    table = pa.Table.from_arrays(arrays, schema=columns.with_metadata({KEY: about.encode()}))
    half = file.with_name(f"{file.name}.{os.getpid()}.half")
    try:
        pq.write_table(table, half, compression="NONE", use_dictionary=["statistic"])
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)


def read_survey(content: bytes) -> HeadSurvey:
    """The survey in a file's bytes. Raises NotASurvey unless it is one, and whole.

    What the file says of itself is checked before its columns are read. They must not be compressed: a
    small file could then unpack to a very large one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(content) > LARGEST_FILE:
        raise NotASurvey(f"The file is larger than {LARGEST_FILE // 1_000_000} MB; no survey is.")
    try:
        file = pq.ParquetFile(BytesIO(content))
        _check_shape(file)
        about = _about(file.schema_arrow.metadata)
        columns = file.read().to_pydict()
    except NotASurvey:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        raise NotASurvey("This is not a Parquet file that can be read.") from error
    survey = HeadSurvey(
        **{name: _array(name, column) for name, column in columns.items()}, about=about
    )
    _check_numbers(survey)
    return survey


def _check_shape(file: Any) -> None:
    expected, found = schema(), file.schema_arrow.remove_metadata()
    missing = [name for name in expected.names if name not in found.names]
    if missing:
        raise NotASurvey(f"The file has no column “{missing[0]}”, so it is no survey of heads.")
    if found.names != expected.names:
        raise NotASurvey("The file has other columns than a survey of heads, or another order.")
    for field in expected:
        if found.field(field.name).type != field.type:
            raise NotASurvey(f"The column “{field.name}” is not of the type {field.type}.")
    if not 0 < file.metadata.num_rows <= MOST_ROWS:
        raise NotASurvey(f"The file has {file.metadata.num_rows:,} rows: 1 to {MOST_ROWS:,} fit.")
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    if any(
        group.column(i).compression != "UNCOMPRESSED"
        for group in groups
        for i in range(len(expected))
    ):
        raise NotASurvey("The file is compressed. Surveys are kept uncompressed.")


def _about(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    try:
        about = json.loads((metadata or {})[KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise NotASurvey("The file does not say which model and sentences it is about.") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise NotASurvey("The file was made by another version of the survey.")
    for name in ("model", "corpus", "date"):
        if not isinstance(about.get(name), str) or len(about[name]) > LONGEST_NAME:
            raise NotASurvey(f"What the file says of its {name} can't be read.")
    for name in ("n_sentences", "n_tokens"):
        if type(about.get(name)) is not int or about[name] < 1:
            raise NotASurvey(f"The file's number “{name}” can't be right.")
    return about


def _array(name: str, column: list[Any]) -> np.ndarray:
    if any(value is None for value in column):
        raise NotASurvey(f"The column “{name}” has gaps.")
    return np.array(column, dtype=object if name == "statistic" else None)


def _check_numbers(survey: HeadSurvey) -> None:
    counted = survey.n > 0
    if (survey.n < 0).any() or survey.n.max() > survey.about["n_sentences"]:
        raise NotASurvey("A number of sentences in the file can't be right.")
    if any(not 0 <= end < 1024 for each in (survey.layer, survey.head) for end in (each.min(), each.max())):  # fmt: skip
        raise NotASurvey("A layer or a head in the file can't be right.")
    for name in SHARES:
        values = getattr(survey, name)[counted]
        if not ((values >= 0) & (values <= 1 + 1e-5)).all():
            raise NotASurvey(f"The column “{name}” has a number that is no share from 0 to 1.")
    errors = survey.standard_error[survey.n > 1]
    if not ((errors >= 0) & (errors <= 1)).all():
        raise NotASurvey("The column “standard_error” has a number that can't be right.")
    heads = set(zip(survey.layer.tolist(), survey.head.tolist(), strict=True))
    rows = set(zip(survey.statistic, survey.layer.tolist(), survey.head.tolist(), strict=True))
    if set(survey.statistic) != set(NAMES) or not (
        len(rows) == len(survey.mean) == len(heads) * len(NAMES)
    ):
        raise NotASurvey("The file does not have one row for each head and statistic.")
