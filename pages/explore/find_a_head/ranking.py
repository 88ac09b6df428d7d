"""All heads by one score: where in the model they sit, the best of them as a table, and the way to one of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.head_search import best_first
from attention_core.charts.export import Picture
from attention_core.charts.heatmap import heads_heatmap
from attention_core.experiments.find_a_head import HeadScores
from attention_core.experiments.reading import Places
from pages.contents import tool
from pages.ui.reader.controls import chosen, look_at_head
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.takeaway import Numbers

RARE = 0.05  # how often chance may do as well for us to call it rare
MOST = 10  # rows of the table
Others = Mapping[str, Sequence[Any] | np.ndarray]  # column → what each head has there


def head_name(places: Places, i: int) -> str:
    return f"layer {places.layers[i]} · head {places.heads[i]}"


def short(value: Any) -> str:
    """Three decimals, "–" for nan; what is a text already stays."""
    if isinstance(value, str):
        return value
    return "–" if np.isnan(value) else f"{value:z.3f}".replace("-", "−")


def ranking(
    places: Places,
    scores: np.ndarray,
    others: Others,
    *,
    name: str,
    key: str,
    role: Role = "weights",
) -> None:
    """`scores` of all heads as a picture and as a table with `others` beside them; a click chooses a head.

    `name` says in plain text what the score is; it is never the reader's text in markdown.
    """
    order = best_first(scores)
    choice = chosen()
    ours = places.index(choice.layer, choice.head)
    left, right = st.columns(2, gap="large")
    with left:
        _picture(places, scores, ours, name, key, role)
    with right:
        _table(places, scores, order, others, ours, name, key, role)
        with st.container(border=True, width="content"):
            st.page_link(
                tool("one-head").file,
                label=f"**Open the chosen head: layer {choice.layer} · head {choice.head}**",
                icon=":material/search:",
            )


def _picture(
    places: Places, scores: np.ndarray, ours: int | None, name: str, key: str, role: Role
) -> None:
    grid = places.grid(scores)
    best = int(np.nanargmax(scores))

    def pick(layer: int, head: int | None) -> None:
        row = grid[layer]
        if head is None and np.isfinite(row).any():
            head = int(np.nanargmax(row))
        if head is not None and np.isfinite(row[head]):
            look_at_head(head, layer)

    Figure(
        f"{name}, by layer and head",
        grid,
        rows=[str(layer) for layer in range(grid.shape[0])],
        columns=[str(head) for head in range(grid.shape[1])],
        row_title="layer",
        column_title="head",
        role=role,
        high=(float(np.nanmax(scores)) or 1.0) if role == "weights" else None,
        cell=None if ours is None else (int(places.layers[ours]), int(places.heads[ours])),
        summary=f"Largest: {head_name(places, best)}, {scores[best]:.3f}",
        heading="Where they sit",
        note="Each cell is a head. Click one to choose it.",
    ).draw(f"{key}_picture", on_pick=pick, has_files=False)


def _table(
    places: Places,
    scores: np.ndarray,
    order: np.ndarray,
    others: Others,
    ours: int | None,
    name: str,
    key: str,
    role: Role,
) -> None:
    shown = order[:MOST].tolist()
    if ours is not None and ours in order and ours not in shown:
        shown.append(ours)
    score_name = "weight" if role == "weights" else "score"
    top = max(float(scores[order[0]]), 1e-12)
    rank_of = {int(head): rank for rank, head in enumerate(order, start=1)}

    def frame() -> pd.DataFrame:
        return pd.DataFrame(
            {
                "layer": places.layers[order],
                "head": places.heads[order],
                "score": scores[order],
                **{title: [of[i] for i in order] for title, of in others.items()},
            },
            index=pd.RangeIndex(1, len(order) + 1, name="rank"),
        )

    def picture() -> Picture:
        grid = places.grid(scores)
        return heads_heatmap(grid, range(len(grid)), title=name, meaning=score_name)

    breakdown(
        [
            Column("rank", [str(rank_of[i]) for i in shown]),
            Column(
                score_name,
                [short(scores[i]) for i in shown],
                "weights",
                bars=[float(np.clip(scores[i] / top, 0, 1)) for i in shown],
                help=name,
            ),
            *(Column(title, [short(of[i]) for i in shown]) for title, of in others.items()),
        ],
        key=f"{key}_table",
        row_labels=[head_name(places, i) for i in shown],
        row_title="head",
        label=f"{name}: the best heads",
        selected=shown.index(ours) if ours in shown else None,
        on_pick=lambda row: look_at_head(
            int(places.heads[shown[row]]), int(places.layers[shown[row]])
        ),
        heading=f"The best {min(MOST, len(order))} and the chosen head",
        note="Click a row.",
        numbers=Numbers(f"{name}, all heads", frame, picture),
    )


def against_chance(found: HeadScores, best: int) -> None:
    """`best` is the head that won."""
    scored = found.scores[np.isfinite(found.scores)]
    above = int((scored > found.best_random).sum())
    notice_this(
        f"By chance: an even head would give {found.even[best]:.3f}. The best of {len(scored)} heads with random "
        f"scores (normally distributed, variance 1, seeded) gives {found.best_random:.3f}. "
        f"{above} of {len(scored)} heads give more than that. Heads of an untrained model spread their weight more "
        "evenly, so this is a strict yardstick."
    )
