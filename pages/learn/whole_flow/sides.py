"""The toy and the pretrained model in one form: a `World` with what stands before and after its attention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.words import pieces_by_word
from attention_core.heads import merge_heads
from attention_core.toy.scenario import Scenario, run
from pages.ui.reader.controls import Choice
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.widgets.spotlight import Lit
from pages.ui.widgets.wording import dimensions, labels

MOST_ROWS = 16  # of a picture with one row for each token
Span = tuple[int, int]


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
    context = getattr(layer, "context", None)
    W_O = getattr(layer, "W_O", None)
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
        None if context is None or W_O is None else merge_heads(context[:, [world.q_pos]]) @ W_O,
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
    )
