"""The source of each step: which functions of the core make its numbers, quoted from their files, never from a copy."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from attention_core.analysis.source import source_of, statement_of
from attention_core.attention import attention
from attention_core.heads import multi_head_attention, project
from attention_core.masks import causal_mask
from attention_core.softmax import softmax_steps
from attention_core.toy.scenario import mask_of, run

Quote = tuple[Callable[..., Any], tuple[str, ...]]  # a function, and names whose statements to show
QUOTES: dict[str, list[Quote]] = {
    "1 embeddings": [(run, ("return",))],
    "2 q, k, v": [(multi_head_attention, ("q",)), (project, ("q", "k", "v"))],
    "3 scores": [(attention, ("scores",))],
    "4 scale": [(attention, ("scale", "scaled_scores", "capped_scores"))],
    "5 mask": [
        (mask_of, ("return",)),
        (causal_mask, ("n_k", "return")),
        (attention, ("biased_scores", "masked_scores")),
    ],
    "6 softmax": [
        (attention, ("joined_scores", "weights")),
        (softmax_steps, ("tempered", "highest", "top", "shifted", "exps", "total", "weights")),
    ],
    "7 weighted sum": [(attention, ("context",))],
    "8 output": [(multi_head_attention, ("merged", "return"))],
}


def quotes(name: str) -> None:
    """The statements that make the numbers of a step, then the whole functions."""
    for function, names in QUOTES[name]:
        statement = statement_of(function, *names)
        st.markdown(
            f"**{function.__name__}** does it here: `{statement.file}`, line {statement.line}"
        )
        st.code(statement.text, wrap_lines=True)
    with st.expander("The whole function", on_change="rerun", key="steps_whole") as whole:
        if whole.open:
            for function in dict.fromkeys(function for function, _ in QUOTES[name]):
                source = source_of(function)
                st.markdown(f"`{source.file}`, from line {source.line}{_newer(source.is_newer)}")
                st.code(source.text)


def _newer(is_newer: bool) -> str:
    """The process cannot read itself anew; say so rather than show what does not run."""
    return ". **It was changed since this app started: restart it to run what you see.**" * is_newer
