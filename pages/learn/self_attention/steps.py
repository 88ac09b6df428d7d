"""The eight steps from embeddings to output: what each does, its matrices, the arithmetic of one cell.

No text here ever holds a word that a reader typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.analysis.diagonal import prefers_itself
from attention_core.attention import AttentionTrace
from attention_core.heads import MultiHeadTrace
from attention_core.toy.scenario import Scenario
from pages.ui.reader.link_codec import option
from pages.ui.reader.page_state import PageState
from pages.ui.widgets.figure import Role
from pages.ui.widgets.wording import number, scaling, sub

MOST_TERMS = 6  # of a sum over keys, written out


@dataclass(frozen=True)
class Flow:
    """One head of the toy from end to end, and the query, key and dimension that the reader follows."""

    scenario: Scenario
    layer: MultiHeadTrace
    trace: AttentionTrace  # of the head alone
    head: int
    q_pos: int
    k_pos: int
    dimension: int  # of embedding and output

    @property
    def in_head(self) -> int:
        """The dimension as the head counts it: each head has its share of them."""
        return self.dimension % self.trace.v.shape[-1]

    @property
    def column(self) -> int:
        """Which column of W_Q, W_K and W_V makes it."""
        return self.head * self.trace.v.shape[-1] + self.in_head

    def pair(self, name: str) -> float:
        """The chosen query's number for the chosen key in one of the trace's matrices."""
        return float(getattr(self.trace, name)[self.q_pos, self.k_pos])


@dataclass(frozen=True)
class Picture:
    """A matrix with a row for each token: keys and values have the chosen key's row marked, others the query's."""

    name: str  # what the source calls it
    values: np.ndarray
    role: Role = "diverging"
    columns: Sequence[str] | None = None  # names of dimensions; None: each column is a key
    marked: int = 0  # the column that is followed, where it is a dimension
    first: int = 0  # which of the model's dimensions the first column is
    reach: float | None = None  # the size that has the deepest colour; None: the largest there is


@dataclass(frozen=True)
class Step:
    """What a reader sees of one step."""

    text: str
    pictures: list[Picture]
    arithmetic: str


def products(a: np.ndarray, b: np.ndarray, colour_a: str, colour_b: str) -> str:
    """a₀ · b₀ + a₁ · b₁ + …, each factor in its colour; lines break only between the products."""

    def ink(value: float, colour: str) -> str:
        return f":{colour}[{number(value)}]" if colour else number(value)

    pairs = zip(a, b, strict=True)
    return " + ".join(f"{ink(i, colour_a)}\u00a0·\u00a0{ink(j, colour_b)}" for i, j in pairs)


def embeddings(flow: Flow) -> Step:
    x, d = flow.scenario.x, flow.dimension
    numbers = [number(value) for value in x[flow.q_pos]]
    numbers[d] = f"**{numbers[d]}**"
    return Step(
        "Each word gets a list of numbers, its embedding. "
        "So far, no word knows about its neighbours.",
        [Picture("x", x, columns=flow.scenario.dimensions, marked=d)],
        f"x{sub(flow.q_pos)} = [ {', '.join(numbers)} ]",
    )


def queries_keys_values(flow: Flow) -> Step:
    made: list[tuple[str, Role, str, int]] = [
        ("q", "query", "blue", flow.q_pos),
        ("k", "key", "orange", flow.k_pos),
        ("v", "value", "green", flow.k_pos),
    ]
    sums = "  \n".join(_projected(flow, name, colour, at) for name, _, colour, at in made)
    return Step(
        "Three matrices turn every embedding into three vectors: a :blue[query], what the word "
        "asks; a :orange[key], what it offers; a :green[value], what it hands over.",
        [_of_head(name, getattr(flow.trace, name), role, flow) for name, role, _, _ in made],
        f"embedding · column {flow.column} of W:  \n{sums}",
    )


def scores(flow: Flow) -> Step:
    q, k = flow.trace.q[flow.q_pos], flow.trace.k[flow.k_pos]
    return Step(
        "Every query meets every key. Their dot product is the score: how well the key fits.",
        [Picture("scores", flow.trace.scores)],
        f":blue[q{sub(flow.q_pos)}] · :orange[k{sub(flow.k_pos)}] = "
        f"{products(q, k, 'blue', 'orange')} = **{number(flow.pair('scores'))}**",
    )


def scale(flow: Flow) -> Step:
    return Step(
        "Every score is divided by √d, where d counts the numbers in a query: "
        "with more numbers, scores would grow for no other reason."
        if flow.scenario.scaled
        else "Dividing by √d is switched off here: the scores stay as they are.",
        [Picture("scaled_scores", flow.trace.scaled_scores, reach=_reach(flow))],
        f"{number(flow.pair('scores'))} {scaling(flow.trace)} = "
        f"**{number(flow.pair('scaled_scores'))}**",
    )


def mask(flow: Flow) -> Step:
    before, after = flow.pair("scaled_scores"), flow.pair("masked_scores")
    verdict = "forbidden" if np.isneginf(after) else "allowed: it stays"
    return Step(
        "There is no mask here: every word may look at every word, and no score changes."
        if flow.trace.mask is None
        else "Where a word may not look, its score becomes −∞, which will be a weight of exactly 0.",
        [Picture("masked_scores", flow.trace.masked_scores, reach=_reach(flow))],
        f"{number(before)} → **{number(after)}** ({verdict})",
    )


def softmax(flow: Flow) -> Step:
    row, k_pos = row_breakdown(flow.trace, flow.q_pos), flow.k_pos
    own = prefers_itself(flow.trace.weights)
    tempered = "" if flow.trace.temperature == 1 else f" ÷ {flow.trace.temperature:g}"
    return Step(
        "Each row becomes shares: none below 0, and together 1. "
        f"A word need not look most at itself: {own.sum()} of {len(own)} do here.",
        [Picture("weights", flow.trace.weights, "weights")],
        f"exp( {number(row.masked_scores[k_pos])}{tempered} − largest {number(row.top)} ) = "
        f"{number(row.exps[k_pos])}  \n{number(row.exps[k_pos])} ÷ sum of the row "
        f"{number(row.total)} = :violet[**{row.weights[k_pos]:.4f}**], the :violet[weight]",
    )


def weighted_sum(flow: Flow) -> Step:
    row, context, at = flow.trace.weights[flow.q_pos], flow.trace.context, flow.in_head
    shown = strongest(row, MOST_TERMS, also=flow.k_pos)
    terms = products(row[shown], flow.trace.v[shown, at], "violet", "green")
    left = len(row) - len(shown)
    return Step(
        "Each word adds up the :green[values] of all words, each times its :violet[weight].",
        [_of_head("context", context, "output", flow)],
        f"{terms}{f' + {left} smaller ones' if left else ''} = "
        f":red[**{number(context[flow.q_pos, at])}**]",
    )


def output(flow: Flow) -> Step:
    d, result = flow.dimension, flow.layer.output
    terms = products(flow.layer.merged[flow.q_pos], flow.scenario.W_O[:, d], "red", "")
    heads = (
        "The heads' results are put side by side, then" if flow.scenario.n_heads > 1 else "Last,"
    )
    return Step(
        f"{heads} the matrix W_O mixes them. Each word now has another vector, "
        "made of what it took from all the words.",
        [Picture("output", result, "output", flow.scenario.dimensions, d)],
        f"{terms} = :red[**{number(result[flow.q_pos, d])}**]  \n"
        f"before: {number(flow.scenario.x[flow.q_pos, d])}, "
        f"after: :red[**{number(result[flow.q_pos, d])}**]",
    )


STEPS: dict[str, Callable[[Flow], Step]] = {
    "1 embeddings": embeddings,
    "2 q, k, v": queries_keys_values,
    "3 scores": scores,
    "4 scale": scale,
    "5 mask": mask,
    "6 softmax": softmax,
    "7 weighted sum": weighted_sum,
    "8 output": output,
}
NAMES = list(STEPS)


@dataclass(frozen=True)
class Shown:
    """The name of the step, which the link counts from 1, as the page does."""

    step: str = option(*NAMES, text=lambda name: str(NAMES.index(name) + 1))


STEP = PageState("step", Shown, keys="steps", shown="steps_step")


def _projected(flow: Flow, name: str, colour: str, position: int) -> str:
    """:blue[q₇] = Σ x · W_Q = …, for the followed dimension."""
    column = getattr(flow.scenario, f"W_{name.upper()}")[:, flow.column]
    terms = products(flow.scenario.x[position], column, "", colour)
    result = number(getattr(flow.trace, name)[position, flow.in_head])
    return f":{colour}[{name}{sub(position)}] = {terms} = :{colour}[**{result}**]"


def _of_head(name: str, values: np.ndarray, role: Role, flow: Flow) -> Picture:
    """The head's own dimensions, counted through all heads as the columns of W are."""
    first = flow.column - flow.in_head
    letter = "v" if name == "context" else name  # a sum of values has their dimensions
    columns = [f"{letter} {first + i}" for i in range(values.shape[1])]
    return Picture(name, values, role, columns, flow.in_head, first)


def _reach(flow: Flow) -> float | None:
    """The scale of the raw scores, kept by the steps after it, so that one sees them shrink."""
    return float(np.abs(flow.trace.scores).max()) or None
