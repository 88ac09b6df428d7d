"""Which survey is looked at: one that comes with the app, or a reader's file, which is checked before it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from attention_core.survey import corpus, table
from attention_core.survey.batches import MOST_TOKENS
from attention_core.survey.table import HeadSurvey, NotASurvey, read_survey
from pages.ui.reader.controls import chosen
from pages.ui.server.cache import cached
from pages.ui.widgets.parts import one_of

RESULTS = Path(table.__file__).parent / "results"
SHIPPED = {"MiniLM": "minilm.parquet", "SmolLM2": "smollm2.parquet"}
OWN = "A file of yours"
COMMAND = "pip install -r requirements-survey.txt\npython -m attention_core.survey --model MiniLM --out survey.parquet"


def opened() -> HeadSurvey | None:
    """The survey that the reader has chosen; None while there is none, and then the page says what to do."""
    model_id = chosen().model_id
    which = one_of(
        "Survey",
        [*SHIPPED, OWN],
        key="head_survey_which",
        default=model_id if model_id in SHIPPED else next(iter(SHIPPED)),
    )
    survey = _uploaded() if which == OWN else _shipped(which)
    if survey is not None:
        st.text(_said(survey))  # the names in it are somebody's: shown literally
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
            st.markdown("**This file can’t be shown.**")
            st.text(str(error))
        return None


def _said(survey: HeadSurvey) -> str:
    about = survey.about
    n_heads = len(survey.of("first").mean)
    return (
        f"{about['model']} · {n_heads} heads · {about['n_sentences']:,} sentences, "
        f"{about['n_tokens']:,} tokens · {about['corpus']} · {about['date'][:10]}"
    )


def about(survey: HeadSurvey) -> None:
    """What the sentences are and what they lack, how the survey was made, and what stands in the file."""
    with st.expander(
        "Which sentences, and how it was made",
        icon=":material/info:",
        on_change="rerun",
        key="head_survey_about",
    ) as shown:
        if not shown.open:
            return
        first = corpus.read_corpus(limit=survey.about["n_sentences"])
        if survey.about.get("corpus_sha256") == first.sha256:
            st.markdown(corpus.ABOUT)
        else:
            st.markdown(
                "These are other sentences than those that come with the app: the file says only what they are called."
            )
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
