"""Numbers of a model that are none: refused in words, because a picture of them would be nonsense."""

import numpy as np

from attention_core.errors import ReaderError

NO_NUMBERS = "For this text the model gives nan or inf instead of numbers"


def finite(values: np.ndarray) -> np.ndarray:
    """The values themselves. Raises ValueError if the model has put nan or inf among them."""
    lost = int(values.size - np.isfinite(values).sum())
    if lost:
        raise ReaderError(
            f"{NO_NUMBERS} ({lost:,} of {values.size:,}), "
            "so there is nothing to show. Try another text or another model."
        )
    return values
