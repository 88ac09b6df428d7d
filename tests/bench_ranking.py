"""How long the ranking of all heads of a model takes beside one plain pass. For `make bench`; asserts nothing."""

import statistics
import time
from collections.abc import Callable

from attention_core.analysis.run_effects import Effect, effect_of
from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.loading import load
from attention_core.pretrained.outcome import Outcome, outcomes, predicted_at
from attention_core.pretrained.ranking import of_each, without_each_head
from attention_core.pretrained.seam import LIBRARY, Run, core_attention
from attention_core.pretrained.tokens import tokenize

TEXT = "The animal didn't cross the street because it was too tired"


def ranking_s(model_id: str) -> tuple[float, float]:
    """Seconds for the effect of every head on one sentence, and of one plain pass of the library (the median of 9)."""
    loaded = load(model_id)
    ids = tokenize(TEXT, loaded.tokenizer, loaded.max_tokens).ids
    inputs = as_tensors({"input_ids": ids})
    loaded.engine.forward(inputs, LIBRARY)  # the first pass is slower
    plain = [_seconds(lambda: loaded.engine.forward(inputs, LIBRARY)) for _ in range(9)]
    (control,) = outcomes(ids, loaded, [Run(core_attention)])

    at = predicted_at(ids, loaded)

    def reduce(end: Outcome) -> Effect:
        return effect_of(control.states, end.states, control.logits, end.logits, at)

    def rank() -> None:
        for layer, n_heads in enumerate(loaded.engine.head_counts):
            of_each(ids, loaded, without_each_head(layer, n_heads, "zero"), reduce)

    return _seconds(rank), statistics.median(plain)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
