"""The survey on the page, with the words for its statistics: one that comes with the app, or a reader's file, which is checked before it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st

from attention_core.analysis.head_search import best_first
from attention_core.experiments.reading import Places
from attention_core.pretrained.catalogue import entry_for
from attention_core.survey import corpus, table
from attention_core.survey.batches import MOST_TOKENS
from attention_core.survey.measure import NAMES
from attention_core.survey.table import HeadSurvey, NotASurvey, read_survey
from pages.ui.reader.controls import chosen, look_at_head, look_at_model
from pages.ui.server.cache import cached
from pages.ui.widgets import statistics
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.statistics import LEFT_OUT, Statistic, place

RESULTS = Path(table.__file__).parent / "results"
SHIPPED = {"MiniLM": "minilm.parquet", "SmolLM2": "smollm2.parquet"}
OWN = "A file of yours"
REFUSED = "**This file can’t be shown.**"
OTHER_SENTENCES = "These are other sentences than those that come with the app: the file says only what they are called."
COMMAND = "pip install -r requirements-survey.txt\npython -m attention_core.survey --model MiniLM --out survey.parquet"

SAYS = {  # ends a sentence that begins "Each cell is a head: "
    "previous": f"the weight a token gives the token just before. {LEFT_OUT}",
    "next": f"the weight a token gives the token just after. {LEFT_OUT}",
    "itself": f"the weight a token gives itself. {LEFT_OUT}",
    "same word": "the weight a token gives the other places of the same text, in upper or lower case. "
    + LEFT_OUT,
    "first": "the weight the first token gets from the others.",
    "last": "the weight the last token gets from the others.",
    "special": "the weight on the tokens that the model added to the text, such as [CLS] and [SEP].",
    "largest": "the largest weight of a query’s row.",
    "entropy share": "how widely a query spreads its weight: 1 is evenly over all tokens it may see.",
}
TITLES = {name: (each.title, each.short) for name, each in statistics.STATISTICS.items()} | {
    "same word": ("Weight on the same text elsewhere", "On same text"),
    "last": ("Weight on the last token", "On last"),
}
STATISTICS = {name: Statistic(*TITLES[name], says) for name, says in SAYS.items()}
assert tuple(STATISTICS) == NAMES
NO_PLACE = (
    "No sentence has a place for this: the mask hides what comes after, or the model adds no "
    "special tokens. Choose another statistic."
)


@dataclass(frozen=True)
class SurveyView:
    """One statistic of a survey."""

    survey: HeadSurvey
    name: str

    @cached_property
    def rows(self) -> HeadSurvey:
        """A row a head."""
        return self.survey.of(self.name)

    @property
    def statistic(self) -> Statistic:
        return STATISTICS[self.name]

    @property
    def model_id(self) -> str:
        """As the file says it: never in markdown."""
        return self.survey.about["model"]

    @property
    def is_chosen_model(self) -> bool:
        """Whether the sidebar has the survey's model."""
        return chosen().model_id == self.model_id

    @property
    def places(self) -> Places:
        return Places(self.rows.layer, self.rows.head, is_causal=False)

    @property
    def names(self) -> list[str]:
        return [place(*each) for each in zip(self.rows.layer, self.rows.head, strict=True)]

    @property
    def order(self) -> np.ndarray:
        """The rows that have a value, the largest first."""
        return best_first(self.rows.mean)

    @property
    def ours(self) -> int | None:
        """The row of the head that the sidebar has chosen."""
        choice = chosen()
        return self.places.index(choice.layer, choice.head) if self.is_chosen_model else None

    def grid(self, values: np.ndarray) -> np.ndarray:
        """(n_layers, most heads), a row for each of `layers`: nan where there is no such head."""
        return self.places.grid(values)[self.layers]

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


def survey_picker() -> HeadSurvey | None:
    """The survey that the reader has chosen; None while there is none, and then the page says what to do."""
    model_id = chosen().model_id
    usual = model_id if model_id in SHIPPED else next(iter(SHIPPED))
    which = one_of("Survey", [*SHIPPED, OWN], key="head_survey_which", default=usual)
    survey = _uploaded() if which == OWN else _shipped(which)
    if survey is not None:
        st.text(_summary(survey))  # the names in it are somebody's: shown literally
    return survey


@cached(max_entries=len(SHIPPED))
def _shipped(model_id: str) -> HeadSurvey:
    return read_survey((RESULTS / SHIPPED[model_id]).read_bytes())


def _uploaded() -> HeadSurvey | None:
    file = st.file_uploader(
        "A survey that you have made, as a Parquet file",
        type="parquet",
        max_upload_size=max(1, table.LARGEST_FILE // 1_000_000),
        key="head_survey_file",
    )
    if file is None:
        st.markdown(
            "Make one with any model of this app, on a file of your own with one sentence a line "
            "(`--sentences`), on this computer or on a Dask cluster (`--scheduler`):"
        )
        st.code(COMMAND, language=None)
        return None
    try:
        return read_survey(file.getvalue())
    except NotASurvey as error:
        with st.container(border=True):
            st.markdown(REFUSED)
            st.text(str(error))
        return None


def _summary(survey: HeadSurvey) -> str:
    about = survey.about
    n_heads = len(survey.of("first").mean)
    return (
        f"{about['model']} · {n_heads} heads · {about['n_sentences']:,} sentences, "
        f"{about['n_tokens']:,} tokens · {about['corpus']} · {about['date'][:10]}"
    )


def about(survey: HeadSurvey) -> None:
    """What the sentences are and what they lack, how the survey was made, and what stands in the file."""
    first = corpus.read_corpus(limit=survey.about["n_sentences"])
    is_ours = survey.about.get("corpus_sha256") == first.sha256
    st.markdown(corpus.ABOUT if is_ours else OTHER_SENTENCES)
    st.markdown(
        f"Every sentence counts once, whatever its length; of each, at most {MOST_TOKENS} tokens are read. "
        "A sentence that has no place for a statistic, such as one that repeats no token, does not "
        "count for it. The standard error is that of the mean, over sentences. Untrained heads are "
        "softmaxes of normally distributed scores, drawn anew for each sentence, seeded. Coreference and "
        "induction need sentences of their own and stay with *Find a head*."
    )
    st.code(COMMAND, language=None)
    st.markdown("What the file says of itself:")
    st.code(json.dumps(survey.about, indent=2, ensure_ascii=False), language=None)
