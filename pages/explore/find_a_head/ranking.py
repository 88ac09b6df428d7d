"""All heads by one score: where they sit, the best as a table, and what chance and untrained models would give.

Untrained models are measured on demand in the background, one at a time in the whole server. Results are kept for all
readers; the random weights are not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.head_search import best_first, best_of_random
from attention_core.analysis.words import Span
from attention_core.charts.export import Picture
from attention_core.charts.heatmap import heads_heatmap
from attention_core.errors import ReaderError
from attention_core.experiments import find_a_head
from attention_core.experiments.find_a_head import HeadScores, WordWeights
from attention_core.experiments.reading import Places
from attention_core.pretrained import capture, loading, untrained
from attention_core.pretrained.layers import Capture
from pages.contents import tool
from pages.ui.reader.controls import chosen, look_at_head
from pages.ui.server import faults, models, settings
from pages.ui.server.cache import cached
from pages.ui.server.jobs import BackgroundJob, Report
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.statistics import place
from pages.ui.widgets.takeaway import Numbers

RARE = 0.05  # how often chance may do as well for us to call it rare
MOST = 10  # rows of the table
N_SEEDS = 3
ASKED = "find_a_head_untrained"  # session: what was asked for
NO_LOOK_AHEAD = "In a causal model no word can look ahead: every head gives this key exactly 0."
Others = Mapping[str, Sequence[Any] | np.ndarray]  # column → what each head has there
Measure = Callable[["loading.LoadedModel"], np.ndarray]  # the score of every head of one model
_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="untrained")


@cached(max_entries=8)
def word_weights(model_id: str, sentence: str, spans: tuple[Span, ...], query: int) -> WordWeights:
    """The rows of one word in every head. The model must be loaded."""
    return find_a_head.word_weights(models.captured(model_id, sentence), spans, query)


@cached(max_entries=32)
def random_best(n_heads: int, n_keys: int, n_key_pieces: int, n_pieces: int) -> float:
    return best_of_random(n_heads, n_keys, n_key_pieces, n_pieces)


@dataclass(frozen=True)
class Ranking:
    """The score of every head, with `others` beside it in the table.

    `name` says in plain text what the score is; it is never the reader's text in markdown.
    """

    places: Places
    scores: np.ndarray
    others: Others
    name: str
    key: str
    role: Role = "weights"

    @property
    def order(self) -> np.ndarray:
        return best_first(self.scores)

    @property
    def ours(self) -> int | None:
        """The head that the sidebar has chosen, if it is among these."""
        choice = chosen()
        return self.places.index(choice.layer, choice.head)

    def named(self, i: int) -> str:
        return head_name(self.places, i)

    def draw(self) -> None:
        """A picture and a table; a click in either chooses a head."""
        choice = chosen()
        left, right = st.columns(2, gap="large")
        with left:
            _picture(self)
        with right:
            _table(self)
            with st.container(border=True, width="content"):
                st.page_link(
                    tool("one-head").file,
                    label=f"**Open the chosen head: {place(choice.layer, choice.head)}**",
                    icon=":material/search:",
                )


def head_name(places: Places, i: int) -> str:
    return place(places.layers[i], places.heads[i])


def short(value: Any) -> str:
    """Three decimals, "–" for nan; what is a text already stays."""
    if isinstance(value, str):
        return value
    return "–" if np.isnan(value) else f"{value:z.3f}".replace("-", "−")


def _picture(ranking: Ranking) -> None:
    places, scores, ours, name = ranking.places, ranking.scores, ranking.ours, ranking.name
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
        rows=list(map(str, range(grid.shape[0]))),
        columns=list(map(str, range(grid.shape[1]))),
        row_title="layer",
        column_title="head",
        role=ranking.role,
        high=(float(np.nanmax(scores)) or 1.0) if ranking.role == "weights" else None,
        cell=None if ours is None else (int(places.layers[ours]), int(places.heads[ours])),
        summary=f"Largest: {ranking.named(best)}, {scores[best]:.3f}",
        heading="Where they sit",
        note="Each cell is a head. Click one to choose it.",
    ).draw(f"{ranking.key}_picture", on_pick=pick, has_files=False)


def _table(ranking: Ranking) -> None:
    places, scores, others, name = ranking.places, ranking.scores, ranking.others, ranking.name
    order, ours = ranking.order, ranking.ours
    shown = order[:MOST].tolist()
    if ours is not None and ours in order and ours not in shown:
        shown.append(ours)
    score_name = "weight" if ranking.role == "weights" else "score"
    bars = np.clip(scores / max(float(scores[order[0]]), 1e-12), 0, 1)
    rank_of = {int(head): rank for rank, head in enumerate(order, start=1)}

    def frame() -> pd.DataFrame:
        every = {"layer": places.layers, "head": places.heads, "score": scores, **others}
        columns = {title: [of[i] for i in order] for title, of in every.items()}
        return pd.DataFrame(columns, pd.RangeIndex(1, len(order) + 1, name="rank"))

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
                bars=bars[shown].tolist(),
                help=name,
            ),
            *(Column(title, [short(of[i]) for i in shown]) for title, of in others.items()),
        ],
        key=f"{ranking.key}_table",
        row_labels=[ranking.named(i) for i in shown],
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
        f"By chance: a uniform head would give {found.even[best]:.3f}. The best of {len(scored)} heads with random "
        f"scores (normally distributed, variance 1, seeded) gives {found.best_random:.3f}. "
        f"{above} of {len(scored)} heads give more than that. Heads of an untrained model spread their weight more "
        "evenly, so this is a strict yardstick."
    )


def captured_by(loaded: loading.LoadedModel, sentence: str) -> Capture:
    """The sentence in a run of this very model; nothing of it is kept."""
    return capture.capture(sentence, loaded)


# not @cached: a job has no result yet, so the budget could not count it
@st.cache_resource(max_entries=32, show_spinner=False)
def measuring(model_id: str, what: Hashable, _measure: Measure) -> BackgroundJob[tuple[float, ...]]:
    """Start to measure the best score of each seed, or find it done. `what` says all that makes the result."""
    job = BackgroundJob(partial(_best, model_id, _measure), stage=_stage(0))
    _one_at_a_time.submit(job.run)
    return job


def _best(model_id: str, measure: Measure, report: Report) -> tuple[float, ...]:
    best = []
    for seed in range(N_SEEDS):
        report(_stage(seed))
        with untrained.untrained(models.loaded(model_id), seed) as fresh:
            best.append(float(np.nanmax(measure(fresh))))
    return tuple(best)


def _stage(seed: int) -> str:
    return f"Untrained model {seed + 1} of {N_SEEDS}"


def against_untrained(model_id: str, what: Hashable, measure: Measure, scores: np.ndarray) -> None:
    """How many heads give more than the best head of an untrained model; behind a button, because it takes a while."""
    n_bytes = untrained.bytes_untrained(models.loaded(model_id))
    if n_bytes > settings.MOST_BYTES_UNTRAINED:
        st.markdown("This model is too large here to compare with untrained ones.")
        return
    this = (model_id, what)
    if st.session_state.get(ASKED) != this:
        st.button(
            "Compare with untrained models",
            icon=":material/casino:",
            key="find_a_head_untrained_ask",
            help=f"{N_SEEDS} models of the same architecture with freshly initialised weights. "
            f"One at a time takes {n_bytes / 1e6:,.0f} MB for some seconds.",
            on_click=lambda: st.session_state.update({ASKED: this}),
        )
        return
    job = measuring(model_id, what, measure)
    if not job.is_done:
        _progress(model_id, what, measure)
        return
    error = job.result.exception()
    if error is None:
        _verdict(job.result.result(), scores)
    elif isinstance(error, ReaderError):
        faults.refusal(error, "**An untrained model can't be run here.**")
    else:
        faults.show(error)


@st.fragment(run_every=0.4)
def _progress(model_id: str, what: Hashable, measure: Measure) -> None:
    job = measuring(model_id, what, measure)
    if job.is_done:
        st.rerun()
    st.markdown(f"{job.stage} … {job.seconds:.0f} s")


def _verdict(best: tuple[float, ...], scores: np.ndarray) -> None:
    scored = scores[np.isfinite(scores)]
    above = int((scored > max(best)).sum())
    notice_this(
        f"{N_SEEDS} untrained models of the same architecture, initialised by the library: their best heads give "
        f"{', '.join(f'{each:.3f}' for each in best)} on the same tokens. **{above} of {len(scored)}** heads of this "
        "model give more than that."
        + ("" if above else " So no head of this model does it here more than an untrained one.")
    )
