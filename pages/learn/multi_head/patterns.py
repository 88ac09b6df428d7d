"""What each head does, in numbers, and beside the average of all: for the critics, and for a layer of a model."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from attention_core.analysis.patterns import (
    CLEAR,
    HANDED_OVER,
    SPREAD,
    Measured,
    average_head,
    averaged,
    measure_patterns,
    rows_and_average,
    standing_out,
)
from attention_core.pretrained.layers import Capture
from pages.ui.reader.predict import predict
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.component import explain, say
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, head_figure, heads_panel
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number

HELP = {
    SPREAD: "The head spreads a row as widely as over this many equal words",
    HANDED_OVER: "The share of the first word, once each weight is multiplied by the length of its value",
}
SINK = (
    "It is a sink, as in the lesson on heatmaps. The leading reading is that such a head has nothing to add; "
    "that is not measured here."
)
TWO_TEXTS = "Rows and columns are two different texts here, so no head has a “previous”."
LONGEST = 200  # characters of the text that are repeated here


def scores_panel(
    measured: Measured,
    rows: np.ndarray,
    keys: Sequence[str],
    *,
    key: str,
    asks: str,
    selected: int,
    on_pick: Callable[[int], None],
    allowed: np.ndarray | None = None,
) -> None:
    """Left the share on each pattern; right what the asking word finds, and how widely each head spreads.

    `rows` is the row of the word that `asks`, in each head; `keys` are read literally.
    """
    scores, even = measured.scores, measured.even
    others = [name for name in HELP if name in scores]
    found = [
        "–" if best is None else f"{keys[best]} {row[best]:.2f}"
        for row, best in zip(rows, standing_out(rows, allowed), strict=True)
    ]
    with together(f"{key}_both") as pair:
        with pair.column(width=3):
            _shares(measured, key=key, selected=selected, on_pick=on_pick)
        with pair.column(width=2):
            breakdown(
                [
                    Column(f"{asks} →", found, help="The word with most weight, if one stands out"),
                    *(
                        Column(name, [_short(value) for value in scores[name]], help=HELP[name])
                        for name in others
                    ),
                ],
                key=f"{key}_found",
                row_labels=[f"head {head}" for head in range(len(rows))],
                row_title="head",
                label="What the asking word finds in each head, and how widely the head spreads",
                selected=selected,
                footer=["even", "", *(_short(float(even[name][0])) for name in others)],
                on_pick=on_pick,
            )


def _shares(measured: Measured, *, key: str, selected: int, on_pick: Callable[[int], None]) -> None:
    names = [name for name in measured.scores if name not in HELP]
    values = np.stack(
        [np.append(measured.scores[name], measured.even[name]) for name in names], axis=1
    )
    heads = [f"head {head}" for head in range(len(values) - 1)]
    Figure(
        "Patterns of the heads",
        values,
        rows=[*heads, "even"],
        columns=names,
        row=selected,
        row_title="head",
        column_title="share of the weight on",
        summary="Each head's share of the weight; the last row is a uniform head",
    ).draw(key, on_pick=lambda row, column: on_pick(min(row, len(heads) - 1)))


def guess_previous(measured: Measured) -> bool:
    """Which head looks most at the word before? True once it is answered."""
    shares, even = measured.scores["previous"], float(measured.even["previous"][0])
    best = int(shares.argmax())
    found = shares[best] >= CLEAR * even
    return predict(
        "Look at the thumbnails only. Which head looks most at the **word before**?",
        ["none of them", *(f"head {head}" for head in range(len(shares)))],
        best + 1 if found else 0,
        lambda: (
            f"Head {best} gives {shares[best]:.2f} of its weight to the word before; a head without "
            f"any preference would give {even:.2f}. "
            + (
                "In the picture it is the line just below the diagonal."
                if found
                else "That is no difference to speak of."
            )
        ),
        key=f"multi_head_previous_{best if found else None}",
    )


def _short(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def average_panel(
    weights: np.ndarray,
    q_pos: int,
    keys: Sequence[str],
    *,
    key: str,
    label: str,
    mask: np.ndarray | None = None,
) -> None:
    """One query in every head, their average below, and how much sharper the heads are than it."""
    values = rows_and_average(weights, q_pos)
    rows = [*(f"head {i}" for i in range(len(weights))), "average"]
    Figure(
        "The heads and their average",
        values,
        rows=rows,
        columns=keys,
        row=len(weights),
        row_title="the same query, in each head",
        column_title="what keys get",
        blocked=None if mask is None else np.repeat(~mask[[q_pos]], len(values), axis=0),
        summary=label,
    ).draw(key)
    sharp = averaged(weights, mask)
    if np.isnan(sharp.heads_top):  # a single word has nothing to choose from
        return
    explain(
        f"The largest weight of a row: **{number(sharp.heads_top)}** in a head, on average over heads; "
        f"**{number(sharp.average_top)}** in the average head. A row spreads as wide as over "
        f"**{sharp.heads_spread:.1f}** equal words in a head, over **{sharp.average_spread:.1f}** "
        "in the average head."
    )


def all_heads(capture: Capture, layer: int, world: World) -> None:
    """One layer with all its heads; the average beside the chosen one, then what each head does."""
    with together("multi_head_real") as rows, rows.column():
        _all_heads(capture, layer, world)


def _all_heads(capture: Capture, layer: int, world: World) -> None:
    _facts(capture, layer)
    heads_panel(world)
    figure, average = head_figure(world), average_head(world.weights)
    own = replace(figure, heading=f"Head {world.head}", note="the chosen one")
    of_all = replace(
        figure,
        title="The average of all heads",
        values=average,
        high=full_scale(average),
        summary="Of the layer",
        heading=f"The average of all {len(world.weights)} heads",
        note="the attention of none",
    )
    with together("multi_head_one_and_all") as pair:
        with pair.column():
            own.draw(f"{world.name}_heatmap", on_pick=world.pick_cell)
        with pair.column():
            of_all.draw("multi_head_real_average", on_pick=world.pick_cell)
    average_panel(
        world.weights,
        world.q_pos,
        world.keys,
        mask=world.mask,
        key="multi_head_real_rows",
        label=f"{world.queries[world.q_pos]} in every head of the layer, and the average",
    )
    if capture.layers[layer].kind == "cross":
        explain(TWO_TEXTS)
        return
    explain(
        "**What each head does here, measured.** Hatched: there is no place where this could happen."
    )
    measured = _measured(capture.model_id, capture.text, layer, world.mask)
    scores_panel(
        measured,
        world.weights[:, world.q_pos],
        world.keys,
        key="multi_head_real_patterns",
        asks=world.queries[world.q_pos],
        selected=world.head,
        on_pick=world.pick_head,
        allowed=None if world.mask is None else world.mask[world.q_pos],
    )
    if HANDED_OVER in measured.scores:
        _sink(measured)


def _facts(capture: Capture, layer: int) -> None:
    chosen = capture.layers[layer]
    facts = f"{capture.model_id}, layer {layer}: {chosen.n_heads} heads"
    trace = chosen.head_trace(0)
    if trace is not None:
        facts += f" of {trace.q.shape[-1]} numbers each"
        group_size = getattr(chosen, "group_size", 1)
        if group_size > 1:
            facts += (
                f". {group_size} heads each share one k and one v, but every head has its own q"
            )
    reads = capture.text if len(capture.text) <= LONGEST else f"{capture.text[:LONGEST]} …"
    say(f"{facts}. The model reads: {reads}")  # typed by a reader: shown literally
    explain("The original Transformer (2017) had 8 heads in each layer.")


@cached(max_entries=16)
def _measured(model_id: str, text: str, layer: int, _mask: np.ndarray | None) -> Measured:
    """Kept, because a long text has millions of weights."""
    capture = models.captured(model_id, text)
    chosen = capture.layers[layer]
    tokens = [token.text for token in capture.queries(chosen)]
    trace = getattr(chosen, "trace", None)
    return measure_patterns(chosen.weights, tokens, _mask, None if trace is None else trace.v)


def _sink(measured: Measured) -> None:
    """What the head that looks most at the first token really takes from it."""
    first, by_value = measured.scores["first"], measured.scores[HANDED_OVER]
    head = int(np.nan_to_num(first).argmax())
    if not first[head] >= CLEAR * measured.even["first"][0]:
        return
    notice_this(
        f"**A large weight need not be a large contribution.** Head {head} puts {first[head]:.2f} of its weight on the "
        "first token. Multiply each weight by the length of the :green[value] behind it, and the "
        f"first token's share is {by_value[head]:.2f}. "
        + (
            SINK
            if by_value[head] < first[head]
            else "So in this layer the first token does hand something over."
        )
    )
