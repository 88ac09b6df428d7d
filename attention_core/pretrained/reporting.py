"""What is said while a model is fetched, and when it can't be had."""

from collections.abc import Callable

from attention_core.errors import ReaderError

Report = Callable[[str], None]  # is called with what is being done, in a few words


class ModelUnavailable(ReaderError):
    """A model can't be had; the message says why and what to do, in words for the reader."""


def quiet(stage: str) -> None:
    """The report that nobody reads."""
