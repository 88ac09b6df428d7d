"""The source of the chosen mistake beside the lines of the core that do it right, both read from their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from attention_core.analysis.broken import FUNCTIONS, with_wrong_rope
from attention_core.analysis.source import Source, source_of, statement_of
from pages.experiment.break_it.catalogue import Break, Quote


def code_panel(broken: Break) -> None:
    """The lines that matter, right and broken, side by side; the whole functions on request."""
    left, right = st.columns(2, gap="large")
    with left:
        _lines("Right", broken.right)
    with right:
        _lines("Broken", broken.wrong)
    with st.expander("The functions, whole", on_change="rerun", key="break_it_whole") as whole:
        if whole.open:
            runs_it = FUNCTIONS.get(broken.name, with_wrong_rope)
            functions = dict.fromkeys([broken.right[0], broken.wrong[0], runs_it])
            for function in functions:
                _quote(
                    "Right" if function is broken.right[0] else "Broken",
                    function,
                    source_of(function),
                )


def _lines(side: str, quote: Quote) -> None:
    function, names = quote
    _quote(side, function, statement_of(function, *names))


def _quote(side: str, function: Callable[..., Any], source: Source) -> None:
    newer = ". **It was changed since this app started: restart it to run what you see.**"
    st.markdown(
        f"**{side}**: `{function.__name__}`, line {source.line} of `{source.file}`"
        + newer * source.is_newer
    )
    st.code(source.text, wrap_lines=True)
