"""Columns of numbers and of shares for the tables of the softmax lesson."""

import numpy as np

from pages.ui.widgets.breakdown import Column
from pages.ui.widgets.wording import number


def plain(title: str, values: np.ndarray, help_text: str | None = None) -> Column:
    """Numbers as they are; what is not a number any more is called so."""
    return Column(title, [number(value) for value in values], help=help_text)


def shares(title: str, weights: np.ndarray, help_text: str = "÷ the sum of all exps") -> Column:
    """Weights with bars; where there is no number, there is no bar."""
    bars = np.nan_to_num(weights).astype(float).tolist()
    return Column(title, [f"{weight:.4f}" for weight in weights], "weights", bars, help_text)
