"""The loss of a training, step by step, beside what guessing gives. Its data is shipped apart."""

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float, Int

BATCH, HELD_OUT, GUESS = "batch of the step", "held out", "guessing"
SHOWN = "step shown"
LINES = (BATCH, HELD_OUT, GUESS)
# the theme's colours in their order, begun again after the sixth: of these, output's and twice the last are meant
_DOMAIN = ["query", "key", "value", "weights", HELD_OUT, BATCH, *"123456"[:5], GUESS]
MOST_POINTS = 400  # of the first line, as many as the picture has room for


def loss_frame(
    losses: Float[np.ndarray, " n_steps"],
    frames: Int[np.ndarray, " n_frames"],
    held_out: Float[np.ndarray, " n_frames"],
    guess: float,
    shown: int,
) -> pd.DataFrame:
    """A row per point: the step, the line it belongs to, the loss. Every n-th batch where there are many.

    Raises ValueError unless each frame has a held-out loss.
    """
    if len(frames) != len(held_out):
        raise ValueError(f"{len(frames)} frames, but {len(held_out)} losses held out")
    steps = np.arange(0, len(losses), max(1, -(-len(losses) // MOST_POINTS)))
    lines = {
        BATCH: (steps, losses[steps]),
        HELD_OUT: (frames, held_out),
        GUESS: ([0, max(frames.max(), 1)], [guess, guess]),
        SHOWN: ([shown], [np.nan]),
    }
    return pd.concat(
        [
            pd.DataFrame(
                {"step": np.array(at, dtype=np.int16), "line": line, "loss": np.array(y, float)}
            )
            for line, (at, y) in lines.items()
        ],
        ignore_index=True,
    )


def loss_curve() -> alt.LayerChart | alt.FacetChart:
    """Three lines from 0 up, and an upright one at the step that the other pictures show."""
    dash = alt.Scale(
        domain=_DOMAIN, range=[[4, 4] if line == GUESS else [1, 0] for line in _DOMAIN]
    )
    x = alt.X(
        "step:Q",
        title="steps of training",
        scale=alt.Scale(nice=False, domainMin=0),
        axis=alt.Axis(format="d", tickMinStep=1),
    )
    legend = alt.Legend(values=list(LINES), orient="bottom", symbolType="stroke")
    lines = (
        alt.Chart()
        .transform_filter(f"datum.line != '{SHOWN}'")
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=True)),
            color=alt.Color("line:N", title=None, scale=alt.Scale(domain=_DOMAIN), legend=legend),
            strokeDash=alt.StrokeDash("line:N", title=None, scale=dash, legend=legend),
            strokeWidth=alt.condition(f"datum.line == '{BATCH}'", alt.value(1), alt.value(2.5)),
            tooltip=[
                alt.Tooltip("step:Q", format="d"),
                alt.Tooltip("line:N"),
                alt.Tooltip("loss:Q", format=".4f"),
            ],
        )
    )
    upright = (
        alt.Chart()
        .transform_filter(f"datum.line == '{SHOWN}'")
        .mark_rule(strokeWidth=1.5, opacity=0.6)
        .encode(x=x, tooltip=[alt.Tooltip("step:Q", format="d", title="step shown")])
    )
    return alt.layer(lines, upright, data=alt.NamedData("loss"))
