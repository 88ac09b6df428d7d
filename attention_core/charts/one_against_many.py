"""One sentence against many: a dot for each head, and the line on which both would be equal. Its data is shipped apart."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

from attention_core.charts import export

OTHERS, CHOSEN = "a head", "the chosen head"


def heads_frame(
    names: Sequence[str],
    many: Float[np.ndarray, " n_many"],
    one: Float[np.ndarray, " n_one"],
    chosen: int | None = None,
) -> pd.DataFrame:
    """A row for each head that has both numbers; the chosen one last, so that it is drawn on top.

    Raises ValueError unless there are as many of each.
    """
    if not len(names) == len(many) == len(one):
        raise ValueError(f"{len(names)} names for {len(many)} and {len(one)} numbers")
    frame = pd.DataFrame({"head": list(names), "many": many, "one": one, "which": OTHERS})
    if chosen is not None:
        frame.loc[chosen, "which"] = CHOSEN
    return frame.dropna().sort_values("which", kind="stable", ignore_index=True)


def one_against_many() -> alt.LayerChart | alt.FacetChart:
    """Across: the mean over many sentences. Up: one sentence."""
    dots = (
        alt.Chart()
        .mark_circle(opacity=0.75)
        .encode(
            x=alt.X("many:Q", title="mean over the corpus", scale=alt.Scale(zero=True)),
            y=alt.Y("one:Q", title="on your sentence", scale=alt.Scale(zero=True)),
            color=alt.Color(
                "which:N",
                title=None,
                # the theme's colours in their order: weights' violet, output's for the chosen one
                scale=alt.Scale(domain=["query", "key", "value", OTHERS, CHOSEN]),
                legend=alt.Legend(values=[OTHERS, CHOSEN], orient="bottom"),
            ),
            size=alt.condition(f"datum.which == '{CHOSEN}'", alt.value(170), alt.value(50)),
            tooltip=[
                alt.Tooltip("head:N"),
                alt.Tooltip("many:Q", format=".3f", title="over the corpus"),
                alt.Tooltip("one:Q", format=".3f", title="on your sentence"),
            ],
        )
    )
    equal = (
        alt.Chart()
        .mark_line(strokeDash=[4, 4], strokeWidth=1.5, color="gray")
        .transform_fold(["many", "one"], as_=["which number", "end"])
        .transform_aggregate(low="min(end)", high="max(end)")
        .transform_calculate(ends="[datum.low, datum.high]")
        .transform_flatten(["ends"])
        .encode(x="ends:Q", y="ends:Q")
    )
    return alt.layer(equal, dots, data=alt.NamedData("heads"))


def on_paper(frame: pd.DataFrame, title: str) -> alt.LayerChart | alt.FacetChart:
    """The chart with its data and the colours that the page's theme would give."""
    return export.on_paper(one_against_many().properties(title=title), frame, 360, 320)
