"""One sentence measured for a survey: the layers that read it, head by head, each as it would be alone."""

import numpy as np

from attention_core.survey.measure import measure
from attention_core.survey.one_sentence import one_sentence
from tests.experiments.captures import capture_of

PLACES = [(0, 3), (4, 7), (8, 11)]


def test_heads_stand_in_the_order_of_the_layers_and_have_the_numbers_of_their_layer():
    read = capture_of("the dog the", PLACES, (np.tri(3, dtype=bool), None))
    found = one_sentence(read)
    assert found.has_heads_of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert not found.has_heads_of(np.array([0, 0]), np.array([0, 1]))
    for i, layer in enumerate(read.layers):
        alone = measure(layer.weights, layer.mask, ["the", "dog", "the"], [], i)
        np.testing.assert_array_equal(found.measured.values[:, 2 * i : 2 * i + 2], alone.values)
