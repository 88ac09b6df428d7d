"""The layers that read the sentence, and rollout of the chosen word through them: layer by layer, and for all words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.differences import total_variation
from attention_core.analysis.patterns import entropy
from attention_core.analysis.rollout import RESIDUAL, Rollout, roll_out
from attention_core.pretrained.layers import Capture
from attention_core.toy.scenario import Scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World, real_world
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.parts import details, formula, notice_this
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import sub, summary

NOTHING_TO_MIX = "With one token there is nothing to mix."
MOST_TOKENS = 24  # rows of the table
A_SINK = 0.8  # a share of the rollout that leaves the other tokens nearly nothing
ASSUMED = (
    "**Assumed, not measured:**  \n"
    "• The heads of a layer count alike: their weights are averaged.  \n"
    "• The same share r of every vector stays, in every layer.  \n"
    "• What is handed over is the weights alone: values, W_O, the networks between the layers and the "
    "normalisations are ignored.  \n"
    "So this tells along which paths something **could** arrive, not what did."
)


@dataclass(frozen=True)
class Stack:
    """The layers of one model that read the sentence, one upon another, and the chosen head among them."""

    capture: Capture
    scenario: Scenario
    choice: Choice  # its layer is one of `layers`
    layers: tuple[int, ...]
    world: World

    @property
    def last_layer(self) -> np.ndarray:
        """The raw attention at the top: the mean of its heads."""
        return head_mean(self.choice.model_id, self.scenario.sentence, self.layers[-1])

    def rolled(self, q_pos: int, residual: float) -> Rollout:
        run = (self.choice.model_id, self.scenario.sentence)
        return rolled(*run, self.layers, q_pos, residual)


def stack_of(capture: Capture, scenario: Scenario, choice: Choice) -> Stack:
    """The layers in which the sentence asks itself; of a model with two stacks, the encoder."""
    layers = tuple(i for i, layer in enumerate(capture.layers) if capture.asks_itself(layer))
    here = choice if choice.layer in layers else replace(choice, layer=layers[-1])
    return Stack(capture, scenario, here, layers, real_world(scenario, here))


def residual_picker() -> float:
    """How much of each vector stays when a layer adds to it."""
    return st.slider(
        "Share of the residual r",
        0.0,
        0.9,
        RESIDUAL,
        0.05,
        key="beyond_residual",
        width=360,
        persist_state="session",
        help="Each layer adds what attention hands over to what was there before. Rollout does not measure how much "
        "of the sum is old: it assumes this share, the same for every layer and word. The paper takes one half.",
    )


@cached(max_entries=32)
def head_mean(model_id: str, text: str, layer: int) -> np.ndarray:
    """The weights of a layer, averaged over its heads: (n_q, n_k)."""
    return models.captured(model_id, text).layers[layer].weights.mean(axis=0)


@cached(max_entries=8)
def rolled(
    model_id: str, text: str, layers: tuple[int, ...], q_pos: int, residual: float
) -> Rollout:
    """The rollout through `layers`, the first one first; their weights are made one layer at a time."""
    return roll_out((head_mean(model_id, text, layer) for layer in layers), q_pos, residual)


def rollout_part(stack: Stack) -> None:
    """What reaches the word that asks, through all layers."""
    residual = residual_picker()
    world = stack.world
    rolled = stack.rolled(world.q_pos, residual)
    factors = [f"Ā{sub(layer)}" for layer in reversed(stack.layers)]
    product = [factors[0], "…", *factors[-2:]] if len(factors) > 4 else factors
    formula(
        f"Ā = {1 - residual:.2f} · :violet[mean of the heads’ weights] + {residual:.2f} · I   in each layer  \n"
        f"rollout = {' · '.join(product)}",
        key="rollout",
    )
    st.markdown(
        "A word’s vector after the first layer is already a mixture, so what a **later** layer attends to is no "
        "longer one word. Rollout (Abnar & Zuidema 2020, arXiv 2005.00928) multiplies the layers, the later one on the "
        "left, to trace the mixture back to the tokens of the input."
    )
    raw = stack.last_layer[world.q_pos].astype(np.float64)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _beside(world, raw, rolled)
    with right:
        _growth(stack, rolled)
    _alike(stack, rolled)
    st.markdown(ASSUMED)
    details(
        "All words at once: both matrices",
        lambda: _all_words(stack, rolled),
        key="beyond_all_words",
        icon=":material/grid_on:",
    )


def _beside(world: World, raw: np.ndarray, rolled: Rollout) -> None:
    row = rolled.growth[-1]
    st.markdown("**The last layer alone, and all layers.** Difference: rollout − last layer.")
    st.text(f"last layer: {summary(world.queries[world.q_pos], raw, world.keys)}")
    st.text(f"rollout: {summary(world.queries[world.q_pos], row, world.keys)}")
    shown = strongest(np.maximum(raw, row), MOST_TOKENS)
    full = float(max(raw.max(), row.max()))
    every, through = "The mean of its heads", "Through all layers, to the tokens of the input"
    signed = [f"{value:+.3f}".replace("-", "−") for value in (row - raw)[shown]]
    breakdown(
        [
            column_of("last layer", raw[shown], decimals=3, full=full, help=every),
            column_of("rollout", row[shown], None, decimals=3, full=full, help=through),
            Column("difference", signed),
        ],
        key="beyond_rows",
        row_labels=[world.keys[i] for i in shown],
        row_title="token",
        label=f"{world.queries[world.q_pos]}: attention of the last layer beside the rollout of all layers",
        numbers=Numbers(
            "Rollout beside the last layer",
            lambda: matrix_frame(
                np.stack([raw, row, row - raw], axis=1),
                world.keys,
                ["last layer", "rollout", "difference"],
            ),
        ),
    )
    if rest := len(row) - len(shown):
        st.markdown(f"{rest} more tokens get less; the file has them all.")


def _growth(stack: Stack, rolled: Rollout) -> None:
    world = stack.world
    names = ["input", *(f"layer {i}" for i in stack.layers)]
    Figure(
        "Rollout layer by layer",
        rolled.growth,
        rows=names,
        columns=world.keys,
        high=full_scale(rolled.growth[-1:]),
        row_title="after",
        column_title="token of the input",
        summary=f"Rollout of {world.queries[world.q_pos]} before the first layer and after each of {len(stack.layers)}",
        heading="How the reach of the chosen word widens",
        note="layer by layer",
    ).draw("beyond_growth")
    wide = np.exp(entropy(rolled.growth))
    top = rolled.growth[-1]
    n_reached = int((top > 0).sum())  # a causal token reaches nothing behind it
    notice = (
        f"Before any layer the token holds only itself. After the first it reaches as widely as over {wide[1]:.1f} "
        f"equal tokens, after the last over **{wide[-1]:.1f}** of {n_reached}; its own share falls to "
        f"**{top[world.q_pos]:.3f}** (an even row would give each {1 / n_reached:.3f})."
    )
    if top.max() > A_SINK and len(top) > 1:
        notice += (
            f" One token takes **{top.max():.2f}** of it all: many heads rest much weight on that token in every layer (a "
            "sink), and rollout counts this as reach."
        )
    notice_this(notice)


def _alike(stack: Stack, rolled: Rollout) -> None:
    """Rollout of deep models tends to say the same of every word: say how much it does here."""
    top, q_pos = stack.last_layer, stack.world.q_pos
    if len(top) == 1:
        st.markdown(NOTHING_TO_MIX)
        return
    unlike = [
        float(total_variation(rows[q_pos], rows.mean(axis=0, dtype=np.float64)))
        for rows in (top, rolled.matrix)
    ]
    st.markdown(
        f"**Is that this word’s own?** Its row differs from the mean row of all tokens by {unlike[0]:.2f} in the last "
        f"layer and by {unlike[1]:.2f} in the rollout (half the sum of |differences|: 0 the same, 1 nothing in common)."
    )


def _all_words(stack: Stack, rolled: Rollout) -> None:
    world = stack.world
    left, right = st.columns(2, gap="large")
    for side, name, column_title, values in (
        (left, "Last layer, mean of the heads", "key (offers)", stack.last_layer),
        (right, "Rollout of all layers", "token of the input", rolled.matrix),
    ):
        with side:
            Figure(
                name,
                values,
                rows=world.queries,
                columns=world.keys,
                high=full_scale(values),
                blocked=world.blocked,
                row=world.q_pos,
                row_title="token at the top",
                column_title=column_title,
                summary=f"{len(values)} tokens. "
                + summary(world.queries[world.q_pos], values[world.q_pos], world.keys),
                heading=name,
                note="Click a row to let its token ask.",
            ).draw(
                f"beyond_{name.split()[0].lower()}",
                on_pick=lambda row, _: world.pick_cell(row, None),
            )
