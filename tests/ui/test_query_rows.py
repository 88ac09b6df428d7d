"""A few queries of a layer, as Find a head reads them: the rows that the library gives, whatever the family adds."""

import numpy as np
import pytest

from attention_core.experiments.reading import query_rows
from tests.pretrained.cases import library_weights
from tests.pretrained.families import tiny

ROWS = [1, 4]


@pytest.mark.parametrize("family", ["BERT", "Llama", "Gemma2", "GPT-OSS"])
def test_rows_are_the_library_s(family: str):
    read = tiny(family)
    for layer, weights in zip(read.layers, library_weights(read.expected), strict=True):
        rows, _ = query_rows(layer, ROWS)
        np.testing.assert_allclose(rows, weights[:, ROWS], atol=1e-5)
