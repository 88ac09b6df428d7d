"""The ten mistakes in words, the lines of the core that they concern, and which one is made where, in the link as "twice.one"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attention_core.analysis.broken import (
    averaged,
    in_wrong_order,
    masked_too_late,
    swapped,
    uniform,
    without_mask,
    without_root,
)
from attention_core.analysis.mistakes import over_queries, twice, without_max
from attention_core.attention import attention
from attention_core.positions import apply_rope
from attention_core.softmax import softmax_steps
from pages.ui.reader.link_codec import option
from pages.ui.reader.page_state import PageState

Quote = tuple[Callable[..., Any], tuple[str, ...]]  # a function, and names whose statements to show


@dataclass(frozen=True)
class Break:
    """One mistake. Its function is in `attention_core.analysis.broken`, under the same name."""

    name: str
    title: str
    short: str  # where there is little room
    what: str
    whose: str
    watch: str
    right: Quote  # the lines of the core that do it right
    wrong: Quote  # the lines that do it wrong
    needs: str | None = None  # what a toy must have for it to show; see attention_core.toy.equipped


BREAKS = (
    Break(
        "no-root",
        "No √d",
        "no √d",
        "The scores go into the softmax as they are, without being divided by √d.",
        "Attention written by hand: the one division that is easily left out.",
        "The largest weight of each row grows towards 1, and the others fade.",
        (attention, ("scale", "scaled_scores")),
        (without_root, ("return",)),
        "root",
    ),
    Break(
        "wrong-axis",
        "Softmax over queries",
        "wrong axis",
        "The softmax runs down the columns: each key shares itself out among the queries.",
        "An axis typed from memory, `dim=-2` for `dim=-1`. The shapes still match, so no error is raised.",
        "The row sums: some queries get more than 1, others hardly anything. The columns sum to 1 instead.",
        (attention, ("weights",)),
        (over_queries, ("return",)),
    ),
    Break(
        "mask-after",
        "Mask after softmax",
        "mask after",
        "Blocked keys take part in the softmax, and their weights are set to 0 afterwards.",
        "`weights * mask` at the end, where −∞ should have gone into the scores.",
        "The first rows: what the future had of their weight is lost, and nobody else gets it.",
        (attention, ("masked_scores", "weights")),
        (masked_too_late, ("trace", "return")),
        "mask",
    ),
    Break(
        "no-mask",
        "No mask",
        "no mask",
        "Every query sees every key, also those that come after it.",
        "A forgotten `is_causal=True`. In Hugging Face’s library a new attention function gets no mask unless a "
        "mask function is registered under the same name, and nothing says so.",
        "The cells that were hatched: the future now has weight.",
        (attention, ("masked_scores",)),
        (without_mask, ("return",)),
        "mask",
    ),
    Break(
        "swapped",
        "Q and K swapped",
        "Q, K swapped",
        "The keys ask and the queries offer: :orange[K]:blue[Qᵀ] instead of :blue[Q]:orange[Kᵀ].",
        "Two arguments in the wrong order. A sentence that asks itself has as many queries as keys, so all shapes fit.",
        "The scores are mirrored at the diagonal, and then each row has its softmax: the heatmap is not just mirrored.",
        (attention, ("scores",)),
        (swapped, ("return",)),
    ),
    Break(
        "averaged",
        "Heads averaged",
        "averaged",
        "All heads of the layer get one and the same heatmap: the mean of their weights.",
        "PyTorch’s `nn.MultiheadAttention` hands out the mean over heads unless told otherwise. That is for "
        "pictures; here the layer goes on computing with it.",
        "What one head did alone gets thin: its strong cells are shared with heads that look elsewhere.",
        (attention, ("weights", "context")),
        (averaged, ("trace", "mean", "return")),
        "heads",
    ),
    Break(
        "uniform",
        "Uniform attention",
        "uniform",
        "The :blue[query] is all zeros, so every score is 0 and each allowed key gets the same weight.",
        "Weights that were never loaded or never learned: W_Q is still all zeros.",
        "Every row is flat. Under a causal mask the first token gets the most, although nobody prefers it.",
        (attention, ("scores",)),
        (uniform, ("return",)),
    ),
    Break(
        "twice",
        "Second softmax",
        "second softmax",
        "The weights go through a softmax once more.",
        "A function that already returns weights, and a caller who takes them for scores.",
        "All gets nearly even, and blocked keys get weight back: theirs was 0, and exp(0) is 1.",
        (attention, ("weights",)),
        (twice, ("return",)),
        "mask",
    ),
    Break(
        "no-max",
        "No −max",
        "no −max",
        "The softmax does not subtract the largest score first. Every score has had one large constant added, "
        "which means nothing to the right softmax.",
        "exp(s) ÷ Σ exp(s), typed as it stands in the formula. It passes every test with small scores.",
        "exp of so large a score is stored as ∞, and ∞ ÷ ∞ is no number. Such cells are hatched.",
        (softmax_steps, ("highest", "top", "shifted", "exps")),
        (without_max, ("exps", "total", "return")),
    ),
    Break(
        "rope",
        "Wrong RoPE order",
        "RoPE order",
        "RoPE tells positions by turning pairs of numbers of :blue[q] and :orange[k]. Models such as SmolLM2 learned "
        "with pairs that lie half a head apart (0 with d/2); now neighbours (0 with 1) are turned, by the same angles.",
        "Two layouts of one formula: Meta’s own Llama files pair neighbours, Hugging Face’s library pairs halves. "
        "Who moves weights from one to the other and forgets to reorder them gets exactly this.",
        "No length changes, and distances still count. But positions are spelled in another alphabet.",
        (apply_rope, ("half", "first", "return")),
        (in_wrong_order, ("unturned", "in_halves", "first", "return")),
        "positions",
    ),
)
BY_NAME = {each.name: each for each in BREAKS}
ADDED = {
    "mask": "Your toy has no mask, so it has one here: the causal one.",
    "heads": "Your toy has one head, so its dimensions are shared by {n_heads} here.",
    "root": "Your toy does not divide by √d. Here it does, so that there is something to leave out.",
    "positions": "Your toy knows no positions, so here :blue[q] and :orange[k] of the control are turned by RoPE "
    "in pairs that lie half a head apart. That changes its weights, before any mistake.",
    "one head": "Its heads are too small to have pairs in two orders, so it has one head here.",
}
LACKS = {
    "heads": "This toy has a single dimension, so it can’t have two heads to average.",
    "positions": "RoPE turns pairs of numbers, and there are two orders only where a head has two pairs. "
    "A head of this toy has {d_head} dimensions.",
}
TEMPERATURE = "Its temperature of {0:g} is in :blue[q] here: q ÷ {0:g}."
NO_MASK = (
    "In this model nothing is blocked: every token may see every other, so there is no mask to get wrong. "
    "A model that predicts the next token has one."
)
NO_ROOT = "This model learned without dividing its scores by √d, so there is nothing to leave out."
SAME_INPUT = "Layer {} is the first with the mistake, so what reaches it is the same in both runs."
CHANGED_INPUT = (
    "The mistake is made from layer {} on, so what reaches layer {} has changed too: "
    "this is the head as it is in the changed run."
)
RUN_ALL_THE_SAME = (
    "Run all the same, in {}: the largest difference between two weights of this head is "
    "**{}**, and the result moves by **{}**."
)
CANNOT_BE_MADE = "This mistake can’t be made in this model, because {}."

ALL, ONE = "all", "one"


@dataclass(frozen=True)
class Mistake:
    """Its name in the catalogue, and in how many layers it is made."""

    which: str = option(*BY_NAME)
    where: str = option(ALL, ONE, mark="")


MISTAKE = PageState("break", Mistake, keys="break_it", shown="break_it_which")


def choose_break() -> Break:
    """One of the ten, all in sight."""
    names = list(BY_NAME)
    return BY_NAME[
        MISTAKE.choose("which", "Which mistake?", names, lambda name: BY_NAME[name].title)
    ]


def choose_where(layer: int, n_layers: int) -> str:
    """In the chosen layer or in all of them."""
    names = {ALL: f"In all {n_layers} layers", ONE: f"In layer {layer} only"}
    return MISTAKE.choose("where", "Where is the mistake made?", list(names), names.__getitem__)
