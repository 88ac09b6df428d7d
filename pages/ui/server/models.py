"""Pretrained models for the pages: loaded once per server in the background, shared by all readers, never changed.

The only place where pages reach the model code, and torch is imported by nothing but the loading thread.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.pretrained import capture, head, prediction, proof, states, tokens
from attention_core.pretrained import loading as model_loading
from attention_core.pretrained.catalogue import MINILM
from attention_core.pretrained.layers import Capture
from attention_core.pretrained.token import TokenizedText
from pages.ui.server import faults, shelf
from pages.ui.server.kept import within_budget
from pages.ui.server.memory import give_back_all, give_back_large_blocks
from pages.ui.server.shelf import Shelf

HEAD_START = (
    3.0  # seconds for pages to paint: importing torch would slow them down (make bench shows it)
)
MOST_MODELS = 3  # in memory, the default one included
_loader = ThreadPoolExecutor(max_workers=4, thread_name_prefix="model loader")


@dataclass
class Loading:
    """A model on its way: what is being done, since when, and in the end the model or the reason why not."""

    model_id: str
    stage: str = "waiting for its turn"
    started: float = field(default_factory=time.monotonic)
    result: Future[model_loading.LoadedModel] = field(default_factory=Future)

    def run(self) -> None:
        """Load the model. Anything that goes wrong is kept in `result` for whoever asks for it."""
        try:
            if "torch" not in sys.modules:
                self.stage = "letting the page come first"
                time.sleep(HEAD_START)
            give_back_large_blocks()
            self.stage = "starting torch"
            self.result.set_result(
                model_loading.load(self.model_id, lambda stage: setattr(self, "stage", stage))
            )
        except BaseException as error:
            if not isinstance(error, ReaderError):
                faults.log(error)
            self.result.set_exception(error)
        gc.collect()
        give_back_all()  # what reading took, and the model that this one took the place of
        gc.freeze()  # Streamlit collects after every run: 300 ms a click with torch's objects in sight


def _begin(model_id: str) -> Loading:
    begun = Loading(model_id)
    _loader.submit(begun.run)
    return begun


# One more takes the place of the one not asked for longest. Its captures see its weights: they go, too
_shelf = loading = Shelf(
    _begin, lambda begun: within_budget.forget(begun.model_id), MOST_MODELS, stays=MINILM.key
)


def warm_up() -> None:
    """Begin to load the default model before the first reader asks."""
    loading(MINILM.key)


def ready(model_id: str) -> model_loading.LoadedModel | None:
    """The model if it is loaded, else it is being loaded. Raises what went wrong if it could not be."""
    begun = loading(model_id)
    return begun.result.result() if begun.result.done() else None


def is_ready(model_id: str) -> bool:
    """Whether the model is loaded; a model that failed to load is not. Starts nothing."""
    begun = _shelf.look(model_id)
    return begun is not None and begun.result.done() and not shelf.has_failed(begun)


def has_failed(model_id: str) -> bool:
    """Whether loading the model has ended without one. Starts nothing."""
    begun = _shelf.look(model_id)
    return begun is not None and shelf.has_failed(begun)


@st.fragment(run_every=0.4)
def progress(model_id: str) -> None:
    """Say what is being done for the model; once there is a result, run the whole page again."""
    begun = _shelf.look(model_id)
    if begun is None or begun.result.done():
        st.rerun()
    seconds = time.monotonic() - begun.started
    with st.container(border=True):
        st.markdown("**The pretrained model is on its way.** The toy works meanwhile.")
        st.text(f"{begun.model_id}: {begun.stage} … {seconds:.0f} s")


@st.cache_resource(max_entries=16, show_spinner=False)
def tokenized(model_id: str, text: str) -> TokenizedText:
    """The text as the model's tokens, cut to its limit. Raises ValueError for a blank text."""
    loaded = loading(model_id).result.result()
    return tokens.tokenize(text, loaded.tokenizer, loaded.max_tokens)


@within_budget
@st.cache_resource(max_entries=16, show_spinner=False)
def embedded(model_id: str, text: str) -> np.ndarray:
    """The model's input embeddings of the text's tokens, without running the model."""
    loaded = loading(model_id).result.result()
    return capture.input_embeddings(tokenized(model_id, text).ids, loaded)


@within_budget
@st.cache_resource(max_entries=16, show_spinner=False)
def captured(model_id: str, text: str) -> Capture:
    """The text through the model, our core as its attention. Raises ValueError for a blank text."""
    return capture.capture(text, loading(model_id).result.result())


@within_budget
@st.cache_resource(max_entries=8, show_spinner=False)
def layer_weights(model_id: str, text: str, layer: int) -> np.ndarray:
    """The weights of all heads of a layer, (n_heads, n_q, n_k)."""
    weights = captured(model_id, text).layers[layer].weights
    weights.setflags(write=False)
    return weights


@within_budget
@st.cache_resource(max_entries=64, show_spinner=False)
def proved(model_id: str, text: str) -> proof.Proof:
    """Our run of the text against the library's."""
    return proof.prove(captured(model_id, text), loading(model_id).result.result())


@within_budget
@st.cache_resource(max_entries=4, show_spinner=False)
def hidden_states(model_id: str, text: str) -> np.ndarray:
    """(n_layers + 1, n_tokens, d_model): the token vectors before and after each layer."""
    return states.hidden_states(text, loading(model_id).result.result())


@within_budget
@st.cache_resource(max_entries=64, show_spinner=False)
def last_states(model_id: str, text: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """What leaves the last layer, a row for each token, and where the tokens stand; the layers are not kept."""
    read = capture.capture(text, loading(model_id).result.result())
    return read.output, read.places


def predicts_next(model_id: str) -> bool:
    """Whether the model says what comes next. The model must be loaded, here and below."""
    return prediction.predicts_next(loading(model_id).result.result().engine)


def why_no_head(model_id: str) -> str:
    """Why the model's head can't be asked of vectors alone; empty where it can."""
    return head.why_no_head(loading(model_id).result.result().engine)


def why_no_lens(model_id: str) -> str:
    """Why the vectors between the layers can't be sent through the model's end; empty where they can."""
    return head.why_no_lens(loading(model_id).result.result().engine)


@st.cache_resource(max_entries=64, show_spinner=False)
def next_tokens(model_id: str, text: str, n: int) -> tuple[prediction.NextToken, ...]:
    """The n likeliest next tokens; none where the model predicts none."""
    if not predicts_next(model_id):
        return ()
    return prediction.next_tokens(text, loading(model_id).result.result(), n)


def token_text(model_id: str, token: int) -> str:
    """One token of the vocabulary, literally."""
    return str(loading(model_id).result.result().tokenizer.decode([token]))


@within_budget
@st.cache_resource(max_entries=64, show_spinner=False)
def next_probabilities(model_id: str, text: str) -> np.ndarray:
    """The probability of every token of the vocabulary to come next."""
    return prediction.next_token_probabilities(text, loading(model_id).result.result())


def give_up(model_id: str, error: ReaderError, key: str = "model") -> None:
    """Say why there is no model, and offer another try; or what the model, which is there, cannot do."""
    if not has_failed(model_id):
        faults.refusal(error, "**The model does not allow this.** The toy works all the same.")
        return
    with st.container(border=True):
        st.markdown("**No pretrained model here.** The toy works all the same.")
        st.text(str(error))
        _again(model_id, key)


def _again(model_id: str, key: str) -> None:
    if st.button("Try again", icon=":material/refresh:", key=f"{key}_again"):
        _shelf.forget_failure(model_id)
        st.rerun()


@contextmanager
def told(model_id: str, key: str = "model") -> Iterator[None]:
    """Inside the block, what the model cannot do is said in words; a fault of ours is logged and told. The page goes on."""
    try:
        yield
    except ReaderError as error:
        give_up(model_id, error, key)
    except BaseException as error:
        faults.take(error)
        if has_failed(model_id):
            _again(model_id, key)
