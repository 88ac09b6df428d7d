"""How this page writes what may be no number at all, or so small that only its power of ten matters."""

import numpy as np

from pages.ui.widgets.wording import number

NO_NUMBER = "no number"


def shown(value: float) -> str:
    """A number of either side; what is none is said to be none."""
    return NO_NUMBER if np.isnan(value) else number(value)


def short(value: float) -> str:
    """A violation, for a narrow cell: 0.71, 2e−16, nan."""
    if value == 0 or np.isnan(value):
        return f"{value:.0f}"
    if value >= 0.005:
        return f"{value:.2f}"
    return f"{value:.0e}".replace("-0", "−").replace("-", "−")
