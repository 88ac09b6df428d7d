"""An error inside a library's code, told in words; an error in our own code stays what it is. Nothing is shown here."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from attention_core.errors import ReaderError

LOG = logging.getLogger(__name__)
OURS = ("attention_core", "pages")
LIBRARIES = (
    "torch", "transformers", "tokenizers", "safetensors", "safetensors_rust", "huggingface_hub", "sentencepiece",
)  # fmt: skip
PANIC = "pyo3_runtime"  # where a library in Rust gives up: no Exception in Python, and still only an error
LONGEST = 200  # characters of a library's own words


class ModelFailed(ReaderError):
    """A library's code for a model or a tokenizer failed on a text; the message names both and what happened."""


@contextmanager
def failing_as(who: str) -> Iterator[None]:
    """Inside the block, an error of a library is logged and becomes a ModelFailed of `who`; all others pass."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, ReaderError) or not is_error(error) or is_ours(error):
            raise
        LOG.warning("%s failed\n%s", who, without_words(error))
        raise ModelFailed(f"{who} failed on this text: {in_short(error)}") from error


def is_error(error: BaseException) -> bool:
    """Whether something went wrong: an exit, an interruption or Streamlit's own control flow is none."""
    return isinstance(error, Exception) or type(error).__module__ == PANIC


def is_ours(error: BaseException) -> bool:
    """Whether our code raised it rather than a model's: the innermost frame of either decides (NumPy's belong to its caller).

    Code that is not in Python has no frame; what it raises often is of a class of its own.
    """
    frames = traceback.walk_tb(error.__traceback__)
    modules = [
        *(frame.f_globals.get("__name__", "") for frame, _ in frames),
        type(error).__module__,
    ]
    packages = [module.partition(".")[0] for module in modules]
    return next((each in OURS for each in reversed(packages) if each in OURS + LIBRARIES), True)


def in_short(error: BaseException) -> str:
    """The kind of an error and the first line of its message."""
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *(line[:LONGEST] for line in lines[:1])])


def without_words(error: BaseException) -> str:
    """The traceback of an error and of what it came from, without their messages: these may quote a reader's text."""
    found: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        kind = f"{type(cause).__module__}.{type(cause).__qualname__}"
        found.append("".join([*traceback.format_tb(cause.__traceback__), kind]))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\nThe cause of it:\n".join(found)
