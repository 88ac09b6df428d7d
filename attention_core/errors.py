"""The error of what a reader asked and cannot have. Every other exception is a fault of ours."""


class ReaderError(ValueError):
    """A text, a number or a model does not allow what was asked; the message says why, in words for the reader.

    Pages show it where it arises. Any other exception on a page is logged as a fault of the app.
    """
