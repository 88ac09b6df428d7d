"""Lesson on long texts: how large the square gets, as a formula, and what both ways take on this very machine."""

from typing import Any

import streamlit as st

from attention_core.analysis.cost import BLOCKS, D_HEAD, WHOLE, Cost, growth, matrix_bytes, measure
from attention_core.charts.cost import cost_frame, duration, memory
from attention_core.charts.export import as_spec, on_paper
from pages.ui.reader.predict import predict
from pages.ui.server.cache import cached
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import bytes_as_text

LENGTHS = (16, 128, 512, 1024, 4096, 16_384, 131_072)
N_HEADS = 12  # of one layer, as in MiniLM
FACTORS = (2, 4, 8)
CHARTS = {"memory": memory, "duration": duration}


@st.fragment
def how_much() -> None:
    """Choose a length; see the square in numbers. Then predict what doubling does to it."""
    n_tokens = st.select_slider(
        "n, tokens of the text",
        LENGTHS,
        1024,
        format_func=lambda n: f"{n:,}",
        key="long_n_tokens",
        persist_state="session",
    )
    one, layer = matrix_bytes(n_tokens), matrix_bytes(n_tokens, N_HEADS)
    formula(
        f"n × n = {n_tokens:,} × {n_tokens:,} = **{n_tokens**2:,}** :violet[weights] in one head  \n"
        f"× 4 bytes = **{bytes_as_text(one)}**, and in {N_HEADS} heads of one layer "
        f"**{bytes_as_text(layer)}**",
        key="long_square",
    )
    factor = matrix_bytes(2 * n_tokens) // one
    predict(
        "the text becomes twice as long. How much more memory does the matrix of weights take?",
        [f"{times} times as much" for times in FACTORS],
        FACTORS.index(factor),
        lambda: (
            f"{n_tokens**2:,} weights become {(2 * n_tokens) ** 2:,}, **{factor} times** as many. "
            "The matrix has twice the rows, and each row is twice as long."
        ),
        key="long_twice",
    )


@cached(max_entries=1)
def measured() -> tuple[Cost, ...]:
    """Measured once for all readers, until one of them asks for it again."""
    return measure()


@cached(max_entries=2)
def _spec(chart: str) -> dict[str, Any]:
    return as_spec(CHARTS[chart](WHOLE, BLOCKS))


@st.fragment
def measured_here() -> None:
    """Both ways on this machine, when asked for: it takes some seconds of it."""
    st.header("Measure it", anchor=False)
    st.markdown(
        f"One head of {D_HEAD} numbers per vector, random text, one processor core. **{WHOLE}** is the function of "
        f"the lessons; **{BLOCKS}** gives the same output without the matrix, and the next part "
        "shows how."
    )
    asked = st.button(
        "Measure on this machine", icon=":material/timer:", key="long_measure", on_click=_forget
    )
    if not asked and "long_measured" not in st.session_state:
        return
    st.session_state["long_measured"] = True
    try:
        with st.spinner("Measuring, in a process of its own …", show_time=True):
            costs = measured()
    except RuntimeError as error:
        st.text(f"No figures: {error}.")
        return
    _pictures(costs)


def _forget() -> None:
    """A second click measures anew; the first takes what another reader may have measured."""
    if "long_measured" in st.session_state:
        measured.clear()


def _pictures(costs: tuple[Cost, ...]) -> None:
    frame = cost_frame(
        [cost.way for cost in costs],
        [cost.n_tokens for cost in costs],
        [cost.seconds for cost in costs],
        [cost.peak_bytes for cost in costs],
    )
    for column, chart in zip(st.columns(2, gap="large"), CHARTS, strict=True):
        with column:
            st.vega_lite_chart(
                frame, _spec(chart), height=330, key=f"long_{chart}", alt=_alt(chart, costs)
            )
    table_twin(
        "Cost of attention here",
        lambda: frame,
        key="long_costs_twin",
        chart=lambda: on_paper(memory(WHOLE, BLOCKS), frame),
    )
    whole, blocks = growth(costs, WHOLE), growth(costs, BLOCKS)
    times = whole.longer.n_tokens // whole.shorter.n_tokens
    notice_this(
        f"A text {times} times as long ({whole.longer.n_tokens:,} instead of {whole.shorter.n_tokens:,} tokens) takes "
        f"**{whole.memory:.1f} times** the memory with the whole matrix and **{blocks.memory:.1f} times** in blocks. "
        f"In time it takes {whole.time:.1f} and {blocks.time:.1f} times as much: "
        "either way all products are computed, only not all kept."
    )


def _alt(chart: str, costs: tuple[Cost, ...]) -> str:
    ends = []
    for way in (WHOLE, BLOCKS):
        last = [cost for cost in costs if cost.way == way][-1]
        size, time = bytes_as_text(last.peak_bytes), f"{1e3 * last.seconds:.3g} milliseconds"
        ends.append(f"{way}: {size if chart == 'memory' else time} at {last.n_tokens} tokens")
    return f"{_spec(chart)['title']} {'; '.join(ends)}"
