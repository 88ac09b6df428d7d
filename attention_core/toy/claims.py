"""Figures that others printed, quoted to be checked: some are right, some are not.

Quotes only. Whatever the pages show as true, they compute.
"""

import numpy as np

TUTORIAL = "The Magic of Attention"  # what it is called; all below stands in it

# softmax of these scores, as printed there
SOFTMAX_SCORES = np.array([2.0, 1.0, 0.5])
SOFTMAX_PRINTED = np.array([0.59, 0.24, 0.17])

# … its scores of three words in three dimensions
WORDS = ("cat", "dog", "happy")
WORD_DIMENSIONS = ("happy", "animal", "size")
WORD_VECTORS = np.array([[0.2, 0.9, 0.3], [0.3, 0.9, 0.5], [0.9, 0.1, 0.1]])

# … its dot product, worked out there as 4 + 10 + 18
DOT_PRODUCT = (np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))

# … its heatmap of “The cat sat on the mat”: a row for each query but the second “the”
HEATMAP_QUERIES = ("The", "cat", "sat", "on", "mat")
HEATMAP_KEYS = ("The", "cat", "sat", "on", "the", "mat")
HEATMAP_PRINTED = np.array(
    [
        [0.3, 0.2, 0.2, 0.1, 0.1, 0.1],
        [0.1, 0.3, 0.3, 0.1, 0.1, 0.1],
        [0.1, 0.4, 0.1, 0.1, 0.1, 0.3],
        [0.1, 0.1, 0.2, 0.2, 0.2, 0.2],
        [0.1, 0.1, 0.3, 0.1, 0.2, 0.1],
    ]
)
