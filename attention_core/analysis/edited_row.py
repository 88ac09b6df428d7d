"""One row of one head, changed by hand: other scores before its softmax, or other weights after it.

What the change does to the rest of a model is not its business; neither is how the numbers were typed.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import AttentionTrace, softmax_of
from attention_core.errors import ReaderError
from attention_core.vectors import cosine

SCORES, WEIGHTS = "scores", "weights"
OWN, EVEN, ONE = "own", "even", "one"
MOST = (
    1e6  # of a typed number: scores and weights of models are far smaller, and float32 must bear it
)
RAISED = 30.0  # how far above all others the one score stands: e³⁰ times the weight of the next
NOTHING = 1e-9  # a sum that nothing can be divided by


@dataclass(frozen=True)
class RowEdit:
    """What is done to a row: the numbers it begins from, then what is added to all, then single ones typed over."""

    kind: str = SCORES
    base: str = OWN  # the model's own numbers, all even, or all on one key
    key: int = 0  # that one key
    added: float = 0.0  # to every score
    cells: tuple[tuple[int, float], ...] = ()  # (k_pos, number), in the order of the keys
    divided: bool = False  # weights by their sum, last of all

    def with_cell(self, k_pos: int, value: float) -> "RowEdit":
        """One number typed over. Raises ValueError for what cannot be used as a number here."""
        if not np.isfinite(value):
            raise ReaderError("infinity and “not a number” cannot be put into a row")
        if abs(value) > MOST:
            raise ReaderError(f"{value:.3g} is too large: numbers up to ±{MOST:,.0f} can be used")
        return replace(self, cells=tuple(sorted({**dict(self.cells), k_pos: float(value)}.items())))

    def raised(self, by: float) -> "RowEdit":
        """The same amount more for every score, typed ones too. Raises ValueError where one becomes too large."""
        edit = replace(self, added=self.added + by, cells=())
        for k_pos, value in self.cells:
            edit = edit.with_cell(k_pos, value + by)
        return edit


@dataclass(frozen=True)
class EditedRow:
    """A row before and after: control first. −∞ and 0 where the mask forbids a key."""

    allowed: Bool[np.ndarray, " n_k"]
    scores: Float[np.ndarray, " n_k"]  # as they enter the softmax: scaled, biased, masked
    changed_scores: Float[np.ndarray, " n_k"]  # the control's where weights were changed
    weights: Float[np.ndarray, " n_k"]
    changed_weights: Float[np.ndarray, " n_k"]
    context: Float[np.ndarray, " d_v"]
    changed_context: Float[np.ndarray, " d_v"]
    total: float  # what the weights sum to, before they are divided by it

    @property
    def difference(self) -> Float[np.ndarray, " n_k"]:
        return self.changed_weights - self.weights

    @property
    def cosine(self) -> float:
        """Of the context with what became of it; nan where one of them is all zeros."""
        return cosine(self.context, self.changed_context)


def edited_row(trace: AttentionTrace, q_pos: int, edit: RowEdit) -> EditedRow:
    """One head's row with the edit, through the core's own softmax. Raises ValueError for a key that cannot be edited."""
    scores, weights = trace.masked_scores[q_pos], trace.weights[q_pos]
    allowed = ~np.isneginf(scores)
    for k_pos in (*(k for k, _ in edit.cells), *([edit.key] if edit.base == ONE else [])):
        if not 0 <= k_pos < len(scores):
            raise ReaderError(f"the row has {len(scores)} keys, so none at position {k_pos}")
        if not allowed[k_pos]:
            raise ReaderError(
                f"the mask forbids the key at position {k_pos}: nothing brings it back"
            )
    given = _begun(edit, scores.astype(float), weights.astype(float), allowed)
    for k_pos, value in edit.cells:
        given[k_pos] = value
    if edit.kind == SCORES:
        changed_scores = given.astype(scores.dtype)
        changed, total = softmax_of(trace, changed_scores[None])[0], 1.0
    else:
        changed_scores, total = scores, float(given.sum())
        divisor = total if edit.divided and abs(total) > NOTHING else 1.0
        changed = (given / divisor).astype(weights.dtype)
    return EditedRow(
        allowed, scores, changed_scores, weights, changed,
        weights @ trace.v, changed @ trace.v, total,
    )  # fmt: skip


def _begun(
    edit: RowEdit,
    scores: Float[np.ndarray, " n_k"],
    weights: Float[np.ndarray, " n_k"],
    allowed: Bool[np.ndarray, " n_k"],
) -> Float[np.ndarray, " n_k"]:
    """The numbers before any is typed over: −∞ or 0 where the mask forbids."""
    one = np.arange(len(scores)) == edit.key
    if edit.kind == WEIGHTS:
        begun = {
            OWN: weights,
            EVEN: allowed / max(allowed.sum(), 1),
            ONE: one.astype(float),
        }[edit.base]
        return begun.copy()
    top = scores[allowed].max(initial=0.0)
    begun = {
        OWN: scores,
        EVEN: np.where(allowed, 0.0, -np.inf),
        ONE: np.where(one & allowed, top + RAISED, scores),
    }[edit.base]
    return begun + edit.added


def in_other_heads(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
    head: int,
    q_pos: int,
    difference: Float[np.ndarray, " n_k"],
) -> dict[int, Float[np.ndarray, " n_k"]]:
    """The same change of weights in the same row of every other head: head → its row with the change added."""
    return {
        other: weights[other, q_pos] + difference for other in range(len(weights)) if other != head
    }


def dealt_anew(
    row: Float[np.ndarray, " n_k"], allowed: Bool[np.ndarray, " n_k"], n: int, seed: int
) -> list[Float[np.ndarray, " n_k"]]:
    """Up to n different rows of the same weights, dealt to the allowed keys at random; none where all are equal."""
    rng = np.random.default_rng(seed)
    found = {row.tobytes(): row}
    for _ in range(10 * n):
        if len(found) > n:
            break
        dealt = row.copy()
        dealt[allowed] = rng.permutation(row[allowed])
        found.setdefault(dealt.tobytes(), dealt)
    return list(found.values())[1:]
