"""Three heatmaps of one held-out sequence: before training, at the step shown, and what was intended."""

import numpy as np
import streamlit as st

from pages.experiment.let_it_learn.scene import Scene
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import summary


def heatmaps(scene: Scene) -> None:
    """Rows are the queries that must answer, columns all keys."""
    frames, step = scene.training.frames, scene.frame.step
    sides = (
        ("Before", "step 0", scene.weights(frames[0].parameters)),
        ("Now", f"step {step}", scene.weights(scene.frame.parameters)),
        ("Intended", "the toy never sees this", scene.intended),
    )
    for place, (title, told, weights) in zip(st.columns(3, gap="medium"), sides, strict=True):
        with place:
            st.markdown(f"**{title}** · {told}")
            _heatmap(scene, title, weights)


def _heatmap(scene: Scene, title: str, weights: np.ndarray) -> None:
    name = f"{title}: weights of head {scene.head}" if scene.n_heads > 1 else f"{title}: weights"
    said = summary(scene.queries[-1], weights[-1], scene.tokens)
    Figure(
        name,
        weights,
        rows=scene.queries,
        columns=scene.tokens,
        blocked=~scene.allowed,
        summary=said,
    ).draw(f"learns_heatmap_{title}")
