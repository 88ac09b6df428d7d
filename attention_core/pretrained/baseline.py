"""What each head hands over on average over some texts: a baseline for a head that is knocked out."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.attention import AttentionTrace
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import last_states
from attention_core.pretrained.run import AttentionCall, Run, core_attention
from attention_core.pretrained.tokens import tokenize


def mean_contexts(
    texts: Sequence[str], loaded: LoadedModel
) -> tuple[Float[np.ndarray, "n_heads d_v"], ...]:
    """What each head of each layer hands over on average, over all tokens of all texts: context before W_O."""
    sums: dict[int, np.ndarray] = {}
    counts: dict[int, int] = {}

    def attend(call: AttentionCall) -> AttentionTrace:
        trace = core_attention(call)
        added = trace.context.sum(axis=1, dtype=np.float64)
        sums[call.layer] = sums.get(call.layer, 0) + added
        counts[call.layer] = counts.get(call.layer, 0) + trace.context.shape[1]
        return trace

    for text in texts:
        ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
        last_states(ids, loaded, [Run(attend)])
    return tuple((sums[layer] / counts[layer]).astype(np.float32) for layer in sorted(sums))
