"""A toy sentence with every number that attention needs, and the edits a reader may make to it.

It does no arithmetic of its own: `run` hands the numbers to the same core that runs inside the pretrained model.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float

from attention_core.heads import MultiHeadTrace, Projections, multi_head_attention
from attention_core.masks import causal_mask, sliding_window_mask

MASKS = ("none", "causal", "window")
WINDOW = 2  # "window": |q_pos − k_pos| < 2, a token sees itself and its two neighbours
TABLES = ("x", "W_Q", "W_K", "W_V", "W_O")
LARGEST = 1e6  # so that no product of numbers typed by a reader can overflow
TEMPERATURES = (1e-3, 1e3)
LONGEST_TOKEN = 100  # characters of a token that a reader puts in the place of another
ONE_WORD = "a token is one word without spaces"


@dataclass(frozen=True, eq=False)
class Scenario:
    """One sentence, its embeddings and matrices, and how attention is to be run on them.

    Compare with `same`. The arrays are read-only float64 copies. Raises ValueError in words a
    reader understands: which cell is not a number, which sizes don't fit, which option is unknown.
    """

    name: str  # "" for the reader's own sentence
    sentence: str
    spans: tuple[tuple[int, int], ...]  # where each token stands in `sentence`: [start, end)
    dimensions: tuple[str, ...]  # what each embedding dimension is called, for people
    # shapes are left open here, because `_check_tables` names a wrong one in words for a reader
    x: Float[np.ndarray, "..."]  # (n_tokens, d_model)
    W_Q: Float[np.ndarray, "..."]  # (d_model, d_model), as the other three
    W_K: Float[np.ndarray, "..."]
    W_V: Float[np.ndarray, "..."]
    W_O: Float[np.ndarray, "..."]
    n_heads: int = 1
    mask: str = "none"
    scaled: bool = True  # divide the scores by √d_head, or leave them
    temperature: float = 1.0
    query: int = 0  # the q_pos to start from
    notes: str = ""

    def __post_init__(self) -> None:
        for table in TABLES:
            array = np.array(getattr(self, table), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, table, array)
        _check_spans(self.sentence, self.spans)
        _check_tables(self)
        _check_options(self)

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.sentence[start:end] for start, end in self.spans)


def run(scenario: Scenario) -> MultiHeadTrace:
    """Attention over the toy sentence, by the core: softmax(QKᵀ/√d_head)V per head, then W_O."""
    return multi_head_attention(
        scenario.x,
        projections(scenario),
        mask=mask_of(scenario),
        scale=None if scenario.scaled else 1.0,
        temperature=scenario.temperature,
    )


def projections(scenario: Scenario) -> Projections:
    """The four matrices in the form the core takes."""
    return Projections(
        scenario.W_Q, scenario.W_K, scenario.W_V, scenario.W_O, n_heads=scenario.n_heads
    )


def mask_of(scenario: Scenario) -> Bool[np.ndarray, "n_tokens n_tokens"] | None:
    """Which query may look at which key; None when every token may look everywhere."""
    n_tokens = len(scenario.spans)
    if scenario.mask == "causal":
        return causal_mask(n_tokens)
    if scenario.mask == "window":
        return sliding_window_mask(n_tokens, WINDOW)
    return None


def set_cell(scenario: Scenario, table: str, row: int, col: int, value: float | int) -> Scenario:
    """The scenario with one number replaced. Raises ValueError naming a table or cell that is not there."""
    if table not in TABLES:
        raise ValueError(f"there is no table “{table}”: choose one of {', '.join(TABLES)}")
    array = getattr(scenario, table).copy()
    n_rows, n_cols = array.shape
    if not (0 <= row < n_rows and 0 <= col < n_cols):
        raise ValueError(f"{table} is {n_rows} × {n_cols}: it has no row {row}, column {col}")
    array[row, col] = value
    return replace(scenario, **{table: array})


def set_token(scenario: Scenario, pos: int, text: str) -> Scenario:
    """The scenario with the text of one token replaced; its numbers stay, later tokens move along.

    Raises ValueError for a position that is not there, for empty text, for white space and for a long text.
    """
    if not 0 <= pos < len(scenario.spans):
        raise ValueError(f"the sentence has {len(scenario.spans)} tokens: there is no token {pos}")
    if text.split() != [text]:
        raise ValueError(f"{ONE_WORD}, got “{text[:LONGEST_TOKEN]}”")
    if len(text) > LONGEST_TOKEN:
        raise ValueError(f"a token has at most {LONGEST_TOKEN} characters, got {len(text):,}")
    start, end = scenario.spans[pos]
    shift = len(text) - (end - start)
    later = tuple((first + shift, last + shift) for first, last in scenario.spans[pos + 1 :])
    return replace(
        scenario,
        sentence=scenario.sentence[:start] + text + scenario.sentence[end:],
        spans=(*scenario.spans[:pos], (start, start + len(text)), *later),
    )


def same(a: Scenario, b: Scenario) -> bool:
    """Whether two scenarios agree in every field and every cell."""
    others = [field.name for field in fields(Scenario) if field.name not in TABLES]
    return all(getattr(a, name) == getattr(b, name) for name in others) and all(
        np.array_equal(getattr(a, table), getattr(b, table)) for table in TABLES
    )


def _check_spans(sentence: str, spans: tuple[tuple[int, int], ...]) -> None:
    if not spans:
        raise ValueError("the sentence needs at least one token")
    if any("\ud800" <= character <= "\udfff" for character in sentence):
        raise ValueError("the sentence holds half of a character (a lone surrogate)")
    reached = 0
    for pos, (start, end) in enumerate(spans):
        if not reached <= start < end <= len(sentence):
            raise ValueError(
                f"token {pos} stands at [{start}, {end}), but tokens must follow one another "
                f"inside a sentence of {len(sentence)} characters"
            )
        reached = end


def _check_tables(scenario: Scenario) -> None:
    n_tokens, d_model = len(scenario.spans), len(scenario.dimensions)
    for table in TABLES:
        array = getattr(scenario, table)
        expected = (n_tokens if table == "x" else d_model, d_model)
        if array.shape != expected:
            raise ValueError(
                f"{table} has shape {array.shape}, but {n_tokens} tokens with {d_model} "
                f"dimensions need {expected}"
            )
        bad = np.argwhere(~(np.abs(array) <= LARGEST))  # written so that NaN is bad too
        if len(bad):
            row, col = bad[0].tolist()
            raise ValueError(
                f"{_cell(scenario, table, row, col)} is {array[row, col]}: "
                f"each cell needs a number between −{LARGEST:,.0f} and {LARGEST:,.0f}"
            )


def _cell(scenario: Scenario, table: str, row: int, col: int) -> str:
    """What a reader calls this cell."""
    if table == "x":
        return f"the embedding of “{scenario.tokens[row]}” in “{scenario.dimensions[col]}”"
    return f"{table}, row {row}, column {col},"


def _check_options(scenario: Scenario) -> None:
    n_tokens, d_model = len(scenario.spans), len(scenario.dimensions)
    if scenario.n_heads < 1 or d_model % scenario.n_heads:
        raise ValueError(
            f"{d_model} dimensions cannot be shared evenly by {scenario.n_heads} heads"
        )
    if scenario.mask not in MASKS:
        raise ValueError(f"there is no mask “{scenario.mask}”: choose one of {', '.join(MASKS)}")
    low, high = TEMPERATURES
    if not low <= scenario.temperature <= high:
        raise ValueError(
            f"the temperature is {scenario.temperature}, but it must be above 0: "
            f"between {low:g} and {high:g}"
        )
    if not 0 <= scenario.query < n_tokens:
        raise ValueError(f"there is no token {scenario.query} to ask: the sentence has {n_tokens}")
