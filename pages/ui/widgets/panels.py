"""The pictures of a world, the same for the toy and for a real head: all heads, one heatmap, q k v."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.reader.worlds import World
from pages.ui.widgets.component import say
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import dimensions

NO_Q_K_V = "This model's family hands out its weights only: q, k and v are not available."
MOST_ON_ONE_SCALE = 64  # keys up to which colours run from 0 to 1; beyond, to the largest weight


def full_scale(weights: np.ndarray) -> float | None:
    """The weight in the strongest colour: 1 (None), or the largest where so many share that 1 is far away."""
    return None if weights.shape[-1] <= MOST_ON_ONE_SCALE else float(weights.max()) or 1.0


def heads_panel(world: World) -> None:
    """All heads of the layer as thumbnails; a click chooses."""
    head_grid(
        world.weights,
        key=f"{world.name}_heads",
        selected=world.head,
        blocked=world.blocked,
        label=f"All {len(world.weights)} heads of {world.title}: head {world.head} is chosen",
        on_pick=world.pick_head,
    )


def heatmap_panel(world: World) -> None:
    """The chosen head: rows ask, columns offer."""
    head_figure(world).draw(f"{world.name}_heatmap", on_pick=world.pick_cell)


def head_figure(world: World) -> Figure:
    """The weights of the chosen head, its chosen row and cell marked."""
    return Figure(
        f"Attention weights of {world.title}",
        world.head_weights,
        rows=world.queries,
        columns=world.keys,
        high=full_scale(world.head_weights),
        blocked=world.blocked,
        row=world.q_pos,
        cell=(world.q_pos, world.k_pos),
        summary=world.summary,
    )


def qkv_panel(world: World) -> None:
    """What the query asks (q), what each key offers (k), what it hands over (v)."""
    if world.trace is None:
        only_weights()
        return
    trace = world.trace
    reach = float(max(np.abs(trace.q).max(), np.abs(trace.k).max())) or 1.0
    with together(f"{world.name}_qkv") as rows, rows.column():
        Figure(
            f"q of {world.title}",
            trace.q[[world.q_pos]],
            rows=[world.queries[world.q_pos]],
            columns=dimensions(trace.q),
            row_title="query",
            column_title="dimension",
            role="query",
            low=-reach,
            high=reach,
            summary=f"{world.queries[world.q_pos]}, {trace.q.shape[1]} dimensions",
            heading="q",
            note="what it asks",
            whole=_all_numbers(world),
        ).draw(f"{world.name}_q")
        with together(f"{world.name}_kv", gap="small") as pair:
            with pair.column():
                _per_key(world, trace.k, "key", "k", "what each offers", reach)
            with pair.column():
                size = float(np.abs(trace.v).max()) or 1.0
                _per_key(world, trace.v, "value", "v", "what each hands over", size)


def only_weights() -> None:
    say(NO_Q_K_V, alone=st.info)


def _all_numbers(world: World) -> Numbers:
    """q of every query, not of the chosen one alone, and k and v, in one table."""

    def frame() -> pd.DataFrame:
        trace = world.trace
        assert trace is not None
        tables = {"q": trace.q, "k": trace.k, "v": trace.v}
        names = {"q": world.queries, "k": world.keys, "v": world.keys}
        frames = {n: matrix_frame(each, names[n], dimensions(each)) for n, each in tables.items()}
        return pd.concat(frames)

    return Numbers(f"q, k and v: {world.title}", frame)


def _per_key(
    world: World, values: np.ndarray, role: Role, letter: str, note: str, reach: float
) -> None:
    Figure(
        f"{role}s of {world.title}",
        values,
        rows=world.keys,
        columns=dimensions(values),
        row_title="token",
        column_title="dimension",
        role=role,
        low=-reach,
        high=reach,
        row=world.k_pos,
        summary=f"{len(world.keys)} tokens, {values.shape[1]} dimensions each",
        heading=letter,
        note=note,
    ).draw(f"{world.name}_{role}", on_pick=lambda row, _: world.pick_cell(world.q_pos, row))
