"""Pretrained models for the pages: loaded once per server in the background, shared by all readers, never changed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.attention import AttentionTrace
from attention_core.errors import ReaderError
from attention_core.pretrained import (
    baseline,
    capture,
    entrance,
    head,
    outcome,
    prediction,
    proof,
    states,
    tokens,
)
from attention_core.pretrained import loading as model_loading
from attention_core.pretrained.catalogue import MINILM
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.run import AttentionCall, Outcome, Run, core_attention
from attention_core.pretrained.token import TokenizedText
from pages.ui.server import faults, settings
from pages.ui.server.cache import cache_budget, cached
from pages.ui.server.jobs import BackgroundJob, Report, Shelf

ON_ITS_WAY = "The pretrained model is on its way."
NO_MODEL_HERE = "No pretrained model here."
NOT_ALLOWED = "The model does not allow this."

loader = ThreadPoolExecutor(settings.MODEL_LOADERS, thread_name_prefix="model loader")


def _begin(model_id: str) -> BackgroundJob[model_loading.LoadedModel]:
    job = BackgroundJob(partial(_load, model_id))
    loader.submit(_run, job)
    return job


def _run(job: BackgroundJob[model_loading.LoadedModel]) -> None:
    job.run()
    settings.tidy_after_loading()


def _load(model_id: str, report: Report) -> model_loading.LoadedModel:
    if "torch" not in sys.modules:
        report("letting the page come first")
        time.sleep(settings.HEAD_START)
    report("starting torch")
    return model_loading.load(model_id, report)


# One more takes the place of the one not asked for longest. Its captures see its weights: they go, too
loading = Shelf(_begin, cache_budget.forget, settings.MOST_MODELS, stays=MINILM.key)


def warm_up() -> None:
    """Begin to load the default model before the first reader asks."""
    loading(MINILM.key)


def loaded(model_id: str) -> model_loading.LoadedModel:
    """The model, once it is loaded. Raises what went wrong if it could not be."""
    return loading(model_id).result.result()


def ready(model_id: str) -> model_loading.LoadedModel | None:
    """The model if it is loaded, else it is being loaded. Raises what went wrong if it could not be."""
    return loaded(model_id) if loading(model_id).is_done else None


def is_ready(model_id: str) -> bool:
    """Whether the model is loaded; a model that failed to load is not. Starts nothing."""
    job = loading.look(model_id)
    return job is not None and job.is_done and not job.has_failed


def has_failed(model_id: str) -> bool:
    """Whether loading the model has ended without one. Starts nothing."""
    job = loading.look(model_id)
    return job is not None and job.has_failed


@st.fragment(run_every=0.4)
def progress(model_id: str) -> None:
    """Say what is being done for the model; once there is a result, run the whole page again."""
    job = loading.look(model_id)
    if job is None or job.is_done:
        st.rerun()
    with st.container(border=True):
        st.markdown(f"**{ON_ITS_WAY}** The toy works meanwhile.")
        st.text(f"{model_id}: {job.stage} … {job.seconds:.0f} s")


@cached(max_entries=16)
def tokenized(model_id: str, text: str) -> TokenizedText:
    """The text as the model's tokens, cut to its limit. Raises ValueError for a blank text."""
    model = loaded(model_id)
    return tokens.tokenize(text, model.tokenizer, model.max_tokens)


@cached(max_entries=16)
def embedded(model_id: str, text: str) -> np.ndarray:
    """The model's input embeddings of the text's tokens, without running the model."""
    return capture.input_embeddings(tokenized(model_id, text).ids, loaded(model_id))


def before_first_layer(model_id: str) -> tuple[str, ...]:
    return entrance.before_first_layer(loaded(model_id).engine)


@cached(max_entries=16)
def captured(model_id: str, text: str) -> Capture:
    """The text through the model, our core as its attention. Raises ValueError for a blank text."""
    return capture.capture(text, loaded(model_id))


@cached(max_entries=8)
def layer_weights(model_id: str, text: str, layer: int) -> np.ndarray:
    """The weights of all heads of a layer, (n_heads, n_q, n_k)."""
    return captured(model_id, text).layers[layer].weights


@cached(max_entries=64)
def proved(model_id: str, text: str) -> proof.Proof:
    """Our run of the text against the library's."""
    return proof.prove(captured(model_id, text), loaded(model_id))


@cached(max_entries=4)
def hidden_states(model_id: str, text: str) -> np.ndarray:
    """(n_layers + 1, n_tokens, d_model): the token vectors before and after each layer."""
    return states.hidden_states(text, loaded(model_id))


@cached(max_entries=64)
def last_states(model_id: str, text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """What leaves the last layer, a row for each token, and where the tokens stand; the layers are not kept."""
    read = capture.capture(text, loaded(model_id))
    return read.output, read.places


def predicts_next(model_id: str) -> bool:
    """Whether the model says what comes next. The model must be loaded, here and below."""
    return prediction.predicts_next(loaded(model_id).engine)


def why_no_head(model_id: str) -> str:
    """Why the model's head can't be asked of vectors alone; empty where it can."""
    return head.why_no_head(loaded(model_id).engine)


def why_no_lens(model_id: str) -> str:
    """Why the vectors between the layers can't be sent through the model's end; empty where they can."""
    return head.why_no_lens(loaded(model_id).engine)


@cached(max_entries=64)
def next_tokens(model_id: str, text: str, n: int) -> tuple[prediction.NextToken, ...]:
    """The n likeliest next tokens; none where the model predicts none."""
    if not predicts_next(model_id):
        return ()
    return prediction.next_tokens(text, loaded(model_id), n)


def token_text(model_id: str, token: int) -> str:
    """One token of the vocabulary, literally."""
    return str(loaded(model_id).tokenizer.decode([token]))


@cached(max_entries=64)
def next_probabilities(model_id: str, text: str) -> np.ndarray:
    return prediction.next_token_probabilities(text, loaded(model_id))


@cached(max_entries=32)
def control(model_id: str, text: str) -> Outcome:
    """The unchanged run, computed by our core. The model must be loaded, here and below."""
    return run_all(model_id, text, [core_attention])[0]


def run_all(
    model_id: str, text: str, attends: Sequence[Callable[[AttentionCall], AttentionTrace]]
) -> list[Outcome]:
    """One pass for all, each a row of the batch. Not kept: its caller knows what to keep it by."""
    ids = tokenized(model_id, text).ids
    return outcome.outcomes(ids, loaded(model_id), [Run(attend) for attend in attends])


@cached(max_entries=3)
def mean_contexts(model_id: str) -> tuple[np.ndarray, ...]:
    """What each head hands over on average over built-in sentences, one of each pair: (n_heads, d_v) for each layer."""
    texts = [sentence.text for sentence in SENTENCES[::2]]
    return baseline.mean_contexts(texts, loaded(model_id))


def predicts(model_id: str, text: str) -> str:
    """What the model predicts in this text: the "next" token, the "mask", or "nothing" where it only gives vectors."""
    if outcome.predicted_at(tokenized(model_id, text).ids, loaded(model_id)) is None:
        return "nothing"
    return "next" if predicts_next(model_id) else "mask"


def give_up(model_id: str, error: ReaderError, key: str = "model") -> None:
    """Say why there is no model, and offer another try; or what the model, which is there, cannot do."""
    if not has_failed(model_id):
        faults.refusal(error, f"**{NOT_ALLOWED}** The toy works all the same.")
        return
    with st.container(border=True):
        st.markdown(f"**{NO_MODEL_HERE}** The toy works all the same.")
        st.text(str(error))
        _again(model_id, key)


def _again(model_id: str, key: str) -> None:
    if st.button("Try again", icon=":material/refresh:", key=f"{key}_again"):
        loading.forget_failure(model_id)
        st.rerun()


@contextmanager
def errors_shown(model_id: str, key: str = "model") -> Iterator[None]:
    """Inside the block, what the model cannot do is said in words; a fault of ours is logged and told. The page goes on."""
    try:
        yield
    except ReaderError as error:
        give_up(model_id, error, key)
    except BaseException as error:
        faults.take(error)
        if has_failed(model_id):
            _again(model_id, key)


def health(_: Request) -> JSONResponse:
    """200 with the default model loaded; 503 while it is on its way, and where it could not be had (the toy works)."""
    failed = has_failed(MINILM.key)
    state = "ready" if is_ready(MINILM.key) else "failed" if failed else "loading"
    return JSONResponse(
        {"server": "up", "model": MINILM.key, "state": state},
        status_code=200 if state == "ready" else 503,
        headers={"Cache-Control": "no-store"},
    )
