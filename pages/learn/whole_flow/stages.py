"""The stages from text to output, each drawn the same for the toy and for the model, which are two sides of one form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.analysis.weighted_sum import weighted_values
from attention_core.analysis.words import Span, merge_words, pieces_by_word
from attention_core.pretrained.layers import NORM, POSITION, SEGMENT, LayerCapture
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.widgets.component import explain, say
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, heads_panel, heatmap_panel, only_weights, qkv_panel
from pages.ui.widgets.spotlight import Lit, spotlight
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import dimensions, labels, number, scaling

MOST_ROWS = 16  # of a picture with one row for each token
MOST_TOKENS = 60  # drawn one by one
MOST_NUMBERS = 96  # of a vector, so that each can be seen
WORDS = "flow_words"  # session: whether the heatmap goes from word to word
MOST_PARTS = 6  # weighted values that are drawn
AS_THEY_ARE = "The toy’s one layer reads these rows as they are."
ADDED = {POSITION: "a **position vector**", SEGMENT: "a **segment vector**"}
NOTHING_LOOKED_UP = "Before layer 0, the model reads no table of positions or segments."
NORMALISED = "Then a **layer norm** rescales each row."


@dataclass(frozen=True)
class Side:
    """One world on the way from text to output."""

    world: World
    tokens: list[Lit]
    x: np.ndarray  # (n_tokens, d): the embeddings
    dimensions: list[str]
    context: np.ndarray | None  # (n_heads, d_v), of the query; None where only weights are known
    output: np.ndarray | None  # (1, d_model), of the query; None where no W_O is known
    places: list[Span]  # of the tokens in the text
    words: tuple[Span, ...]
    groups: list[list[int]]  # the tokens, word by word: the rows of `merge_words`
    group_texts: list[str]
    asks_itself: bool  # whether rows and columns are the tokens of this one text
    n_cut: int = 0  # tokens of the text that did not fit the model
    b_O: np.ndarray | None = None  # (d_model,): what is added behind W_O
    layer: int | None = None  # which layer of the model this is; the toy has only one
    n_layers: int = 1
    entrance: tuple[str, ...] = ()  # what is done to the embeddings before layer 0

    @property
    def names(self) -> list[str]:
        """The tokens, labelled by position."""
        return labels([token.text for token in self.tokens])

    @property
    def shown(self) -> np.ndarray:
        """The tokens that get a row where not all can: those the query takes most from, and itself."""
        if not self.asks_itself:
            return np.arange(min(MOST_ROWS, len(self.tokens)))
        return strongest(self.world.row, MOST_ROWS, also=self.world.q_pos)

    @property
    def split(self) -> list[str]:
        """The words that are several tokens, each once."""
        pairs = zip(self.groups, self.group_texts, strict=True)
        return list(dict.fromkeys(text for group, text in pairs if len(group) > 1))


def toy_side(scenario: Scenario, world: World) -> Side:
    trace = run(scenario)
    spans = list(scenario.spans)
    return Side(
        world,
        [Lit(token, note=str(i)) for i, token in enumerate(scenario.tokens)],
        scenario.x,
        list(scenario.dimensions),
        trace.heads.context[:, world.q_pos],
        trace.output[[world.q_pos]],
        spans,
        scenario.spans,
        [[i] for i in range(len(spans))],
        list(scenario.tokens),
        asks_itself=True,
    )


def real_side(scenario: Scenario, choice: Choice, world: World) -> Side:
    """The chosen layer of the model, which has read the sentence."""
    capture = models.captured(choice.model_id, scenario.sentence)
    layer = capture.layers[choice.layer]
    known = layer if isinstance(layer, LayerCapture) else None
    context = None if known is None else known.context
    places = capture.places
    groups = pieces_by_word(places, scenario.spans)
    later_pieces = {i for group in groups for i in group[1:]}
    return Side(
        world,
        [
            Lit(token.text, note=str(i), joined=i in later_pieces, faint=token.is_special)
            for i, token in enumerate(capture.tokens)
        ],
        capture.x,
        dimensions(capture.x),
        None if context is None else context[:, world.q_pos],
        None if known is None or context is None else known.projected(context[:, [world.q_pos]]),
        places,
        scenario.spans,
        groups,
        [
            capture.tokens[group[0]].text
            if len(group) == 1
            else capture.text[places[group[0]][0] : places[group[-1]][1]]
            for group in groups
        ],
        asks_itself=capture.asks_itself(layer),
        n_cut=capture.n_tokens_in_text - len(capture.tokens),
        b_O=None if known is None else known.b_O,
        layer=choice.layer,
        n_layers=len(capture.layers),
        entrance=models.before_first_layer(choice.model_id),
    )


def tokens_stage(side: Side) -> None:
    world = side.world
    spotlight(
        side.tokens[:MOST_TOKENS],
        key=f"flow_{world.name}_tokens",
        label=f"The text as {len(side.tokens)} tokens",
        selected=world.q_pos if side.asks_itself else None,
        large=False,
        on_pick=(lambda i: world.pick_cell(i, None)) if side.asks_itself else None,
    )
    facts = [f"{len(side.tokens)} tokens"]
    if len(side.tokens) > MOST_TOKENS:
        facts.append(f"the first {MOST_TOKENS} are shown")
    if side.n_cut:
        facts.append(f"{side.n_cut} more did not fit the model")
    if added := sum(token.faint for token in side.tokens):
        facts.append(f"{added} added by the model")
    if side.split:
        facts.append(f"in pieces: {', '.join(side.split[:5])}")
    say(" · ".join(facts))  # holds the reader's words


def embeddings_stage(side: Side) -> None:
    shown, world = side.shown.tolist(), side.world
    columns = side.dimensions[:MOST_NUMBERS]
    n_tokens, d_model = side.x.shape
    explain(f"{n_tokens} tokens × {d_model} numbers = **{side.x.size:,} numbers**")
    asking = shown.index(world.q_pos) if side.asks_itself else None
    Figure(
        f"Embeddings of {len(shown)} of {n_tokens} tokens, {d_model} numbers each",
        side.x[shown, : len(columns)],
        rows=[side.names[i] for i in shown],
        columns=columns,
        row_title="token",
        column_title="dimension",
        role="diverging",
        row=asking,
        whole=Numbers(
            f"Embeddings: {world.title}", lambda: matrix_frame(side.x, side.names, side.dimensions)
        ),
    ).draw(f"flow_{world.name}_x")
    drawn = []
    if len(shown) < n_tokens:
        drawn.append(f"{len(shown)} tokens, those the query will take most from")
    if len(columns) < d_model:
        drawn.append(f"the first {len(columns)} numbers of each")
    if drawn:
        explain(f"Drawn: {'; '.join(drawn)}.")
    explain(AS_THEY_ARE if side.layer is None else entrance(side.entrance))


def entrance(parts: tuple[str, ...]) -> str:
    """What happens to these rows before layer 0 of the model."""
    added = [ADDED[part] for part in parts if part in ADDED]
    told = f"Before layer 0, the model adds {' and '.join(added)} to each row."
    sentences = [told if added else NOTHING_LOOKED_UP]
    return " ".join(sentences + [NORMALISED] * (NORM in parts))


def qkv_stage(side: Side) -> None:
    if side.layer is not None:
        explain(
            f"Stages 3 to 5 show **layer {side.layer}** of the model’s layers 0 to {side.n_layers - 1}."
        )
    qkv_panel(side.world)


def heads_stage(side: Side) -> None:
    world = side.world
    heads_panel(world)
    say(world.summary)
    if world.trace is not None:
        row = row_breakdown(world.trace, world.q_pos)
        explain(
            f"To the marked key: :blue[q] · :orange[k] = **{number(row.scores[world.k_pos])}** "
            f"→ {scaling(world.trace)} = **{number(row.scaled_scores[world.k_pos])}** "
            f"→ softmax = :violet[**{number(row.weights[world.k_pos])}**]"
        )
    if st.session_state.get(WORDS) and side.asks_itself and side.split:
        _words_heatmap(side)
    else:
        heatmap_panel(world)


def _words_heatmap(side: Side) -> None:
    """The weights from word to word; a pick stands for the word's last piece."""
    world, groups, names = side.world, side.groups, labels(side.group_texts)
    merged = merge_words(world.head_weights, side.places, side.words)
    forbidden = None
    if world.blocked is not None:  # where no piece may look at any piece
        forbidden = merge_words((~world.blocked).astype(float), side.places, side.words) == 0
    row, column = (
        next(i for i, group in enumerate(groups) if position in group)
        for position in (world.q_pos, world.k_pos)
    )
    Figure(
        f"Word to word: {world.title}",
        merged,
        rows=names,
        columns=names,
        high=full_scale(merged),
        blocked=forbidden,
        row=row,
        cell=(row, column),
        summary="Attention weights",
    ).draw(
        f"flow_{world.name}_words",
        on_pick=lambda q, k: world.pick_cell(groups[q][-1], None if k is None else groups[k][-1]),
    )
    say(f"{names[row]}: its row sums to {merged[row].sum():.2f}, as each row of the pieces does.")


def output_stage(side: Side) -> None:
    if side.world.trace is None or side.context is None:
        only_weights()
        return
    world, context = side.world, side.context
    reach = float(np.abs(context).max()) or 1.0
    _parts(side, reach)
    explain(f"All {len(world.row)} added up: one row in each head, its **context**")
    Figure(
        f"The query's context in {len(context)} heads: {world.title}",
        context,
        rows=[f"head {i}" for i in range(len(context))],
        columns=dimensions(context),
        row_title="head",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
        row=world.head,
        meaning="context",
    ).draw(f"flow_{world.name}_context", on_pick=lambda head, _: world.pick_head(head))
    if side.output is None:
        explain("What this layer makes of its heads is not known here.")
    else:
        _output(side, context.size, side.output)


def _parts(side: Side, reach: float) -> None:
    world, trace = side.world, side.world.trace
    assert trace is not None
    parts, keys = weighted_values(trace, world.q_pos), strongest(world.row, MOST_PARTS)
    which = f"the {len(keys)} largest of {len(parts)}" if len(keys) < len(parts) else "each key"
    explain(f":violet[**weight**] × :green[**value**]: {which}")
    Figure(
        f"Weighted values of {len(keys)} keys. All {len(parts)} add up to the head's context",
        parts[keys],
        rows=[f"{world.keys[i]} × {world.row[i]:.2f}" for i in keys],
        columns=dimensions(parts),
        row_title="value × weight",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
    ).draw(f"flow_{world.name}_parts", has_files=False)


def _output(side: Side, n_merged: int, output: np.ndarray) -> None:
    world = side.world
    columns = side.dimensions if world.name == "toy" else dimensions(output)
    bias = "" if side.b_O is None else ", plus the bias **b_O**"
    explain(
        f"The heads side by side, {n_merged} numbers, times **W_O**{bias}: the :red[**output**]"
    )
    if side.b_O is not None:
        explain(
            f"|b_O| = {number(float(np.linalg.norm(side.b_O)))}, "
            f"|output| = {number(float(np.linalg.norm(output)))}: their lengths"
        )
    drawn, asks = output[:, :MOST_NUMBERS], [world.queries[world.q_pos]]
    Figure(
        f"Output of the layer for the query, {output.size} numbers",
        drawn,
        rows=asks,
        columns=columns[:MOST_NUMBERS],
        row_title="output",
        column_title="dimension",
        role="output",
        whole=Numbers(f"Output: {world.title}", lambda: matrix_frame(output, asks, columns)),
    ).draw(f"flow_{world.name}_output")
    if drawn.size < output.size:
        explain(f"Drawn: the first {drawn.size} of {output.size} numbers.")
