"""What a knock-out is compared with: others of its kind, as many at a time, drawn at random or all there are.

Each knock-out draws with a seed of its own, so that two of them do not share their controls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from attention_core.analysis.controls import draws
from pages.experiment.knock_out.runs import Change, HeadsOut, LooksCut, WordOut
from pages.experiment.knock_out.state import OTHERS, Pair, all_heads
from pages.ui.reader.ready import Subject

N_DRAWN = 20
MOST_TOKENS = 32  # of a text, up to which all others are knocked out in turn
IN_LAYERS, IN_MODEL = OTHERS


@dataclass(frozen=True)
class Others:
    """The changes that others of the same kind are, and what they are in words."""

    changes: tuple[Change, ...]
    told: str
    are_shown: bool = False  # whether the page shows the effects of all of them, to choose from


def seed_of(what: Hashable) -> int:
    """The same for the same knock-out, another for another one."""
    return crc32(repr(what).encode())


def other_heads(
    subject: Subject, change: HeadsOut, drawn_from: str, all_measured: bool = False
) -> Others:
    """As many heads at a time as are out: from the same layers, if these have enough, or from all.

    Of one head of the model all others, where these are measured anyway.
    """
    rest = [head for head in all_heads(subject) if head not in change.heads]
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
        where += " (the same layers have not enough others)"
    how = "all" if drawn.are_all else "drawn at random from those"
    told = f"{len(drawn.sets)} {what}, {how} {where}"
    changes = tuple(replace(change, heads=heads) for heads in drawn.sets)
    return Others(changes, told, are_shown=alone and drawn.are_all)


def _layers(n: int) -> str:
    return "of the same layer" if n == 1 else "of the same layers, as many in each"


def other_looks(subject: Subject, change: LooksCut) -> Others:
    """As many looks of the same queries, at other keys that they may see."""
    blocked, n = subject.world.blocked, len(subject.world.keys)
    n_cut = Counter(q_pos for q_pos, _ in change.looks)
    groups = [
        (
            [
                (q_pos, k_pos)
                for k_pos in range(n)
                if (q_pos, k_pos) not in change.looks
                and (blocked is None or not blocked[q_pos, k_pos])
            ],
            size,
        )
        for q_pos, size in n_cut.items()
    ]
    drawn = draws(groups, N_DRAWN, seed_of(change.looks))
    rows = "same query" if len(n_cut) == 1 else "same queries"
    what = "other looks" if len(change.looks) == 1 else f"sets of {len(change.looks)} other looks"
    how = "all" if drawn.are_all else "drawn at random from those"
    told = f"{len(drawn.sets)} {what}, {how} of the {rows}"
    return Others(tuple(replace(change, looks=looks) for looks in drawn.sets), told)


def other_tokens(change: WordOut) -> Others:
    """Other tokens to be knocked out in turn: all, or some of a long text."""
    n = change.n_tokens
    n_drawn = n if n <= MOST_TOKENS else N_DRAWN
    rest = [i for i in range(n) if i != change.word]
    drawn = draws([(rest, 1)], n_drawn, seed_of(change.word))
    how = "all" if drawn.are_all else "drawn at random from those"
    changes = tuple(replace(change, word=i) for (i,) in drawn.sets)
    told = f"{len(changes)} other tokens, {how} of this text"
    return Others(changes, told, are_shown=drawn.are_all)


def heads_of(changes: Sequence[Change]) -> list[tuple[Pair, ...]]:
    """The heads that are out in each change, where it is heads that are out."""
    return [change.heads for change in changes if isinstance(change, HeadsOut)]


def pairs_text(pairs: tuple[Pair, ...]) -> str:
    """Heads in words, in one line."""
    return ", ".join(f"layer {layer} · head {head}" for layer, head in pairs) or "nothing"
