"""A model's result when some tokens of its text are left out. The others stay the same tokens and move up.

Tokens are taken out of the model's input, not out of the text: cutting the text anew could change
the tokens beside the gap. What the change is compared with is the caller's business.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.pretrained.layers import frozen
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import last_states
from attention_core.pretrained.prediction import CORE, next_token_logits
from attention_core.pretrained.run import LIBRARY
from attention_core.pretrained.tokens import tokenize
from attention_core.softmax import softmax
from attention_core.vectors import cosine


def ids_without(ids: Sequence[int], gone: Sequence[int]) -> list[int]:
    """The token ids without those at the positions `gone`. Raises ValueError for a position that is not there, and if none is left."""
    missing = [position for position in gone if not 0 <= position < len(ids)]
    if missing:
        raise ValueError(f"there is no token {missing[0]} among {len(ids)}")
    kept = [i for position, i in enumerate(ids) if position not in set(gone)]
    if not kept:
        raise ValueError(f"all {len(ids)} tokens are left out: one at least must stay")
    return kept


def probabilities_without(
    text: str, gone: Sequence[int], wanted: Sequence[int], loaded: LoadedModel
) -> Float[np.ndarray, " n_wanted"]:
    """How likely each of the tokens `wanted` (ids) comes after `text` without its tokens `gone` (positions).

    Raises ValueError as `ids_without`, and for a model that does not predict the next token.
    """
    ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
    logits = next_token_logits(ids_without(ids, gone), loaded.engine)
    return frozen(softmax(logits.astype(np.float64))[list(wanted)])


def cosines_without(
    text: str,
    gone: Sequence[int],
    before: Float[np.ndarray, "n_tokens d_model"],
    loaded: LoadedModel,
) -> Float[np.ndarray, " n_tokens"]:
    """The cosine between each token's last vector with (`before`) and without the tokens `gone`; nan for these.

    Raises ValueError as `ids_without`, and if `before` does not have the tokens of the text.
    """
    ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
    if len(before) != len(ids):
        raise ValueError(f"{len(before)} vectors are not those of {len(ids)} tokens")
    after = last_vectors(ids_without(ids, gone), loaded)
    kept = [position for position in range(len(ids)) if position not in set(gone)]
    cosines = np.full(len(ids), np.nan)
    cosines[kept] = [cosine(before[old], vector) for old, vector in zip(kept, after, strict=True)]
    return frozen(cosines)


def last_vectors(ids: list[int], loaded: LoadedModel) -> Float[np.ndarray, "n_tokens d_model"]:
    """What leaves the last layer of the stack that reads the text: the encoder, where there are two."""
    return last_states(ids, loaded, [CORE if loaded.engine.through_seam else LIBRARY])[0]
