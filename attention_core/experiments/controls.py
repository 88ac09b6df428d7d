"""What a knock-out is compared with: others of its kind, as many at a time, drawn at random or all there are.

Each knock-out draws with a seed of its own, so that two of them do not share their controls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from jaxtyping import Bool
from numpy import ndarray

from attention_core.analysis.controls import draws
from attention_core.experiments.knock_out import Change, EdgesCut, HeadsOut, TokenOut
from attention_core.pretrained.interventions import Head

N_DRAWN = 20
MOST_TOKENS = 32  # of a text, up to which all others are knocked out in turn
NOT_ENOUGH = "the same layers have not enough others"
IN_LAYERS, IN_MODEL = "layers", "model"


@dataclass(frozen=True)
class Others:
    """The same change done to others of the same kind, and what these are in words."""

    changes: tuple[Change, ...]
    description: str
    are_all: bool = False  # single ones, and no other is left out


def seed_of(what: Hashable) -> int:
    """The same for the same knock-out, another for another one."""
    return crc32(repr(what).encode())


def other_heads(
    heads: Sequence[Head], change: HeadsOut, drawn_from: str, all_measured: bool = False
) -> Others:
    """As many of `heads` at a time as are out: from the same layers, if these have enough, or from all.

    For a single head all others, where these are measured anyway.
    """
    rest = [head for head in heads if head not in change.heads]
    n_out = Counter(layer for layer, _ in change.heads)
    groups = [([head for head in rest if head[0] == layer], n) for layer, n in n_out.items()]
    enough = all(len(candidates) >= n for candidates, n in groups)
    in_layers = drawn_from == IN_LAYERS and enough
    alone = len(change.heads) == 1
    n = len(rest) if alone and all_measured else N_DRAWN
    seed = seed_of(change.heads)
    drawn = draws(groups if in_layers else [(rest, len(change.heads))], n, seed)
    what = "other heads" if alone else f"sets of {len(change.heads)} other heads"
    where = "of the model" if not in_layers else _layers(len(n_out))
    if drawn_from == IN_LAYERS and not enough:
        where += f" ({NOT_ENOUGH})"
    description = f"{len(drawn.sets)} {what}, {_how(drawn.are_all)} {where}"
    changes = tuple(replace(change, heads=heads) for heads in drawn.sets)
    return Others(changes, description, alone and drawn.are_all)


def other_edges(
    change: EdgesCut, n_tokens: int, blocked: Bool[ndarray, "n_tokens n_tokens"] | None
) -> Others:
    """As many edges of the same queries, to other keys that they may see."""
    n_cut = Counter(q_pos for q_pos, _ in change.edges)
    groups = [
        (
            [
                (q_pos, k_pos)
                for k_pos in range(n_tokens)
                if (q_pos, k_pos) not in change.edges
                and (blocked is None or not blocked[q_pos, k_pos])
            ],
            size,
        )
        for q_pos, size in n_cut.items()
    ]
    drawn = draws(groups, N_DRAWN, seed_of(change.edges))
    rows = "same query" if len(n_cut) == 1 else "same queries"
    what = "other looks" if len(change.edges) == 1 else f"sets of {len(change.edges)} other looks"
    description = f"{len(drawn.sets)} {what}, {_how(drawn.are_all)} of the {rows}"
    return Others(tuple(replace(change, edges=edges) for edges in drawn.sets), description)


def other_tokens(change: TokenOut) -> Others:
    """Other tokens to be knocked out in turn: all, or some of a long text."""
    n = change.n_tokens
    rest = [i for i in range(n) if i != change.token]
    drawn = draws([(rest, 1)], n if n <= MOST_TOKENS else N_DRAWN, seed_of(change.token))
    changes = tuple(replace(change, token=i) for (i,) in drawn.sets)
    description = f"{len(changes)} other tokens, {_how(drawn.are_all)} of this text"
    return Others(changes, description, drawn.are_all)


def heads_of(changes: Sequence[Change]) -> list[tuple[Head, ...]]:
    """The heads that are out in each change, where it is heads that are out."""
    return [change.heads for change in changes if isinstance(change, HeadsOut)]


def _how(are_all: bool) -> str:
    return "all" if are_all else "drawn at random from those"


def _layers(n: int) -> str:
    return "of the same layer" if n == 1 else "of the same layers, as many in each"
