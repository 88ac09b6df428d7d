"""Capture, which keeps every intermediate of every layer, against the library's own pass that hands out its weights."""

from collections.abc import Iterator

from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.reporting import ModelUnavailable
from attention_core.pretrained.run import LIBRARY
from tests.bench.figures import Figure, Missing, Result
from tests.bench.texts import words
from tests.bench.timing import threads, turn_about

TITLE = "Capture against output_attentions=True"
ABOUT = (
    "Our core inside the model, every intermediate of all layers kept, against the library's eager pass with "
    "output_attentions=True; both on one thread, as a pass in the app is."
)
MODELS = ("MiniLM", "SmolLM2")
N_WORDS = (13, 62, 254, 510)


def measure(times: int) -> Iterator[Result]:
    for model_id in MODELS:
        try:
            loaded = load(model_id)
        except ModelUnavailable as error:
            yield Missing("capture", model_id, str(error))
            continue
        with threads(1):
            for n_words in N_WORDS:
                yield _compared(loaded, words(n_words), times)


def _compared(loaded: LoadedModel, text: str, times: int) -> Figure:
    inputs = as_tensors(capture(text, loaded).inputs)
    ours, plain = turn_about(
        times,
        lambda: capture(text, loaded),
        lambda: loaded.engine.forward(inputs, LIBRARY, output_attentions=True),
    )
    name = f"{loaded.model_id}, {inputs['input_ids'].shape[1]} tokens"
    return Figure("capture", name, "ms", ours, plain)
