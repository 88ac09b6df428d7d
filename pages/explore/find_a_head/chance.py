"""What a winner's score is compared with: an even head, and the best of as many heads with random scores."""

import numpy as np
import streamlit as st

from attention_core.analysis.head_search import Found, best_of_random, dealt_out
from pages.explore.find_a_head import runs
from pages.ui.server.cache import cached
from pages.ui.widgets.parts import notice_this

RARE = 0.05  # how often chance may do as well for us to call it rare


def against_chance(found: runs.Measured, best: int) -> None:
    """`best` is the head that won."""
    scored = found.scores[np.isfinite(found.scores)]
    above = int((scored > found.best_random).sum())
    notice_this(
        f"By chance: an even head would give {found.even[best]:.3f}. The best of {len(scored)} heads with random "
        f"scores (normally distributed, variance 1, seeded) gives {found.best_random:.3f}. "
        f"{above} of {len(scored)} heads give more than that. Heads of an untrained model spread their weight more "
        "evenly, so this is a strict yardstick."
    )


def word_against_chance(asked: runs.Asked, found: Found, key: int) -> None:
    """Up to four yardsticks, and what follows."""
    n_heads, best = int(np.isfinite(found.weights).sum()), found.best
    n_tokens = round(asked.n_pieces[key] / asked.even[best, key])
    random = _random(n_heads, n_tokens, asked.n_pieces[key], asked.n_query_pieces)
    dealt = fair = dealt_out(asked.rows, key)
    lines = [
        f"**{asked.even[best, key]:.3f}**: an even head, the same for each token: the key has "
        f"{asked.n_pieces[key]} of {n_tokens}",
        f"**{random:.3f}**: the best of {n_heads} heads with random scores, on average (softmax of "
        "normally distributed scores with variance 1)",
        f"**{dealt.expected:.3f}**: the best of these {n_heads} heads, on average, if each kept its "
        f"weights but dealt them out to the keys at random. The best would reach "
        f"{found.weights[best]:.3f} or more in **{dealt.p_as_large:.1%}** of all deals",
    ]
    sink = _sink(asked.rows, key)
    if sink is not None:
        fair = dealt_out(np.delete(asked.rows, sink, axis=1), key - (sink < key))
        lines.append(
            f"**{fair.expected:.3f}**: the same without the key that takes most of all heads "
            f"together (a sink): {found.weights[best]:.3f} or more in **{fair.p_as_large:.1%}** "
            "of all deals"
        )
    firsts = int((found.key_rank[np.isfinite(found.weights)] == 1).sum())
    st.markdown(
        f"**How much of that is chance?** {n_heads} heads were tried, and the best was taken."
    )
    st.markdown("\n".join(f"- {line}" for line in lines))
    verdict = (
        "That is rare by chance, but it is one sentence: change a word and see whether it holds."
        if fair.p_as_large < RARE
        else "So among this many heads, one sentence proves nothing: a head as strong as this would "
        "often turn up by chance. *A pattern › coreference* asks many sentences."
    )
    notice_this(
        f"The winner ranks the key **{found.key_rank[best]} of {found.n_units[best]}**. It comes first "
        f"in {firsts} of {n_heads} heads, where dealing at random would make it {dealt.expected_first:.1f}. "
        f"{verdict}"
    )


@cached(max_entries=32)
def _random(n_heads: int, n_keys: int, n_key_pieces: int, n_pieces: int) -> float:
    return best_of_random(n_heads, n_keys, n_key_pieces, n_pieces)


def _sink(rows: np.ndarray, key: int) -> int | None:
    """The unit with the most weight of all heads together, where it is neither the key nor all there is."""
    sink = int(np.nan_to_num(rows).sum(axis=0).argmax())
    return None if sink == key or np.isfinite(rows).sum(axis=1).min() < 3 else sink
