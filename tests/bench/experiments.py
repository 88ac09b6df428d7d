"""What the experiments ask of a machine: the effect of every head of a model, and a toy that learns."""

from collections.abc import Iterator
from functools import partial

from attention_core.analysis.run_effects import Effect, effect_of
from attention_core.pretrained.capture import as_tensors
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.outcome import outcomes, predicted_at
from attention_core.pretrained.ranking import of_each, without_each_head
from attention_core.pretrained.reporting import ModelUnavailable
from attention_core.pretrained.run import LIBRARY, Outcome, Run, core_attention
from attention_core.pretrained.tokens import tokenize
from attention_core.toy.training import Settings, start, train
from tests.bench.figures import Figure, Missing, Result
from tests.bench.timing import threads, turn_about

TITLE = "Experiments against plain passes"
ABOUT = (
    "The effect of each head on one sentence (every head left out once), and the training steps of the default "
    "toy, both against one plain pass of the library through the same sentence: the ratio is how many plain "
    "passes it takes. The toy learns on one thread and is held against MiniLM on one thread."
)
TEXT = "The animal didn't cross the street because it was too tired"
TRAINING_STEPS = 200


def measure(times: int) -> Iterator[Result]:
    for model_id in ("MiniLM", "SmolLM2"):
        try:
            loaded = load(model_id)
        except ModelUnavailable as error:
            yield Missing("experiments", model_id, str(error))
            continue
        ranking, plain = turn_about(times, partial(_rank, loaded), partial(_plain_pass, loaded))
        yield Figure("experiments", f"{model_id}: effect of each head", "ms", ranking, plain)
    with threads(1):
        minilm, begun = load("MiniLM"), start(Settings())
        training, plain = turn_about(
            times, lambda: train(begun, TRAINING_STEPS), partial(_plain_pass, minilm)
        )
    yield Figure(
        "experiments", f"{TRAINING_STEPS} training steps of the toy", "ms", training, plain
    )


def _ids(loaded: LoadedModel) -> list[int]:
    return tokenize(TEXT, loaded.tokenizer, loaded.max_tokens).ids


def _plain_pass(loaded: LoadedModel) -> None:
    loaded.engine.forward(as_tensors({"input_ids": _ids(loaded)}), LIBRARY)


def _rank(loaded: LoadedModel) -> None:
    ids = _ids(loaded)
    (control,) = outcomes(ids, loaded, [Run(core_attention)])
    at = predicted_at(ids, loaded)

    def reduce(end: Outcome) -> Effect:
        return effect_of(control.states, end.states, control.logits, end.logits, at)

    for layer, n_heads in enumerate(loaded.engine.head_counts):
        of_each(ids, loaded, without_each_head(layer, n_heads, "zero"), reduce)
