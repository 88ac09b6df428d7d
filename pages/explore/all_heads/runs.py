"""All heads of a run, cached; `attention_core.experiments.all_heads` computes them. The model must be loaded."""

import numpy as np

from attention_core.analysis.head_statistics import Survey
from attention_core.experiments.all_heads import layers_of, statistics_of_heads, thumbnails_of_heads
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.panels import MOST_ON_ONE_SCALE


@cached(max_entries=16)
def statistics(model_id: str, text: str, kind: str) -> Survey:
    return statistics_of_heads(models.captured(model_id, text), kind)


@cached(max_entries=16)
def pictures(model_id: str, text: str, kind: str) -> tuple[np.ndarray, ...]:
    capture = models.captured(model_id, text)
    return thumbnails_of_heads(capture, kind, has_own_scale(model_id, text, kind))


def has_own_scale(model_id: str, text: str, kind: str) -> bool:
    """Whether the strongest colour is a head's own largest weight, as in its heatmap, and not 1."""
    capture = models.captured(model_id, text)
    return len(capture.keys(layers_of(capture, kind)[0][1])) > MOST_ON_ONE_SCALE
