"""What attention takes at growing length, the whole matrix at once and in blocks: memory, and time. Data is shipped apart."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd


def cost_frame(
    ways: Sequence[str],
    n_tokens: Sequence[int],
    seconds: Sequence[float],
    peak_bytes: Sequence[int],
) -> pd.DataFrame:
    """A row per measurement: way, tokens, milliseconds, megabytes. Raises ValueError unless there are as many of each."""
    sizes = {len(each) for each in (ways, n_tokens, seconds, peak_bytes)}
    if len(sizes) != 1:
        raise ValueError(f"measurements of different number: {sorted(sizes)}")
    return pd.DataFrame(
        {
            "way": list(ways),
            "tokens": np.array(n_tokens, dtype=np.int32),
            "ms": 1e3 * np.array(seconds, dtype=float),
            "MB": np.array(peak_bytes, dtype=float) / 1e6,
        }
    )


def memory(whole: str, blocks: str) -> alt.Chart:
    """Megabytes held at once, a line for each of two ways. Both axes in powers: the slope of a line is the power."""
    return _lines(
        "MB", "megabytes held at once", "Memory: only one of the lines is steep", whole, blocks
    )


def duration(whole: str, blocks: str) -> alt.Chart:
    """Milliseconds, a line for each of two ways."""
    return _lines("ms", "milliseconds", "Time: both lines are steep", whole, blocks)


def _lines(field: str, axis: str, title: str, whole: str, blocks: str) -> alt.Chart:
    # the theme's colours in their order, of which the violet and the last are meant
    domain = ["query", "key", "value", whole, "output", blocks]
    return (
        alt.Chart(alt.NamedData("costs"), title=title)
        .mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=2)
        .encode(
            x=alt.X(
                "tokens:Q",
                title="n, tokens of the text",
                scale=alt.Scale(type="log", base=2, nice=False),
                axis=alt.Axis(values=[2**n for n in range(6, 18)], format="d"),
            ),
            y=alt.Y(
                f"{field}:Q",
                title=axis,
                scale=alt.Scale(type="log", base=10),
                axis=alt.Axis(tickCount=4, format="~g"),
            ),
            color=alt.Color(
                "way:N",
                title=None,
                scale=alt.Scale(domain=domain),
                legend=alt.Legend(values=[whole, blocks], orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("way:N"),
                alt.Tooltip("tokens:Q", format="d"),
                alt.Tooltip(f"{field}:Q", format=".3g"),
            ],
        )
    )
