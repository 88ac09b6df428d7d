"""The logit lens: what a causal model would predict if it stopped after each layer.

It reads what is there with the last layer's tools. No layer but the last was trained for it, so an odd
token in the middle says that the vector is not yet in the head's language, not that the model is wrong.
"""

import numpy as np
from jaxtyping import Float

from attention_core.pretrained.head import head_logits, layer_logits
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.states import hidden_states


def logit_lens(text: str, loaded: LoadedModel) -> Float[np.ndarray, "n_layers_and_1 n_vocabulary"]:
    """Scores for the next token from the last position's state, before layer 0 and after each layer.

    logits_l = head(norm(h_l)): the model's own final normalisation and unembedding on each state
    (nostalgebraist, "interpreting GPT: the logit lens", 2020). The last state has been normalised by
    the model itself, so the last row is the model's own prediction. Raises ValueError for a blank
    text, for a model that does not predict the next token, and where its end can't be run alone.
    """
    states = hidden_states(text, loaded)[:, -1]
    early = layer_logits(states[:-1], loaded.engine)
    return np.concatenate([early, head_logits(states[-1:], loaded.engine)])
