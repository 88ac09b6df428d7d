"""The whole model with our core as its attention against the whole model with the library's."""

from collections.abc import Iterator

from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.reporting import ModelUnavailable
from attention_core.pretrained.run import LIBRARY, Run, core_attention
from attention_core.pretrained.tokens import tokenize
from tests.bench.capture import MODELS, N_WORDS
from tests.bench.figures import Figure, Missing, Result
from tests.bench.texts import words
from tests.bench.timing import threads, turn_about

TITLE = "Our core inside the model against eager attention"
ABOUT = (
    "One forward pass of the whole model, in which our NumPy function is the attention of every layer, against the "
    "same pass with the library's eager attention; nothing is recorded. Both on one thread."
)
CORE = Run(core_attention)


def measure(times: int) -> Iterator[Result]:
    for model_id in MODELS:
        try:
            loaded = load(model_id)
        except ModelUnavailable as error:
            yield Missing("inside", model_id, str(error))
            continue
        with threads(1):
            for n_words in N_WORDS:
                yield _compared(loaded, words(n_words), times)


def _compared(loaded: LoadedModel, text: str, times: int) -> Figure:
    ids = tokenize(text, loaded.tokenizer, loaded.max_tokens).ids
    inputs = as_tensors({"input_ids": ids})
    ours, plain = turn_about(
        times,
        lambda: loaded.engine.forward(inputs, CORE),
        lambda: loaded.engine.forward(inputs, LIBRARY),
    )
    return Figure("inside", f"{loaded.model_id}, {len(ids)} tokens", "ms", ours, plain)
