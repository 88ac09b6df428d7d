"""The survey that is looked at, the statistic that is shown of it, and what a click on a head does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attention_core.analysis.head_search import best_first
from attention_core.pretrained.catalogue import entry_for
from attention_core.survey.table import HeadSurvey
from pages.explore.head_survey.wordings import TOLD, Told
from pages.ui.reader.controls import chosen, look_at_head, look_at_model


@dataclass(frozen=True)
class Shown:
    """One statistic of a survey."""

    survey: HeadSurvey
    name: str

    @cached_property
    def rows(self) -> HeadSurvey:
        """A row a head."""
        return self.survey.of(self.name)

    @property
    def told(self) -> Told:
        return TOLD[self.name]

    @property
    def model_id(self) -> str:
        """As the file says it: never in markdown."""
        return self.survey.about["model"]

    @property
    def is_chosen_model(self) -> bool:
        """Whether the sidebar has the survey's model."""
        return chosen().model_id == self.model_id

    @property
    def names(self) -> list[str]:
        places = zip(self.rows.layer, self.rows.head, strict=True)
        return [f"layer {layer} · head {head}" for layer, head in places]

    @property
    def order(self) -> np.ndarray:
        """The rows that have a value, the largest first."""
        return best_first(self.rows.mean)

    @property
    def ours(self) -> int | None:
        """The row of the head that the sidebar has chosen."""
        choice = chosen()
        rows = np.flatnonzero((self.rows.layer == choice.layer) & (self.rows.head == choice.head))
        return int(rows[0]) if len(rows) and self.is_chosen_model else None

    def grid(self, values: np.ndarray) -> np.ndarray:
        """(n_layers, most heads), a row for each of `layers`: nan where there is no such head."""
        grid = np.full((len(self.layers), int(self.rows.head.max()) + 1), np.nan)
        grid[np.searchsorted(self.layers, self.rows.layer), self.rows.head] = values
        return grid

    @cached_property
    def layers(self) -> np.ndarray:
        """Their places in the model, in order."""
        return np.unique(self.rows.layer)

    def pick(self, row: int) -> None:
        """Choose a head for the whole app, with its model. Only in callbacks."""
        if not self.is_chosen_model:
            if entry_for(self.model_id) is None:
                return  # whoever typed that model here can type it into the sidebar, too
            look_at_model(self.model_id)
        look_at_head(int(self.rows.head[row]), int(self.rows.layer[row]))
