"""Lesson 11: what attention costs, and how it does without its matrix: block after block, on the toy and in a real layer."""

import streamlit as st

from attention_core.analysis.cost import matrix_bytes
from attention_core.analysis.online import (
    OnlineStep,
    against_matrix,
    block_alone,
    largest_shrink,
    online_steps,
)
from attention_core.analysis.source import source_of
from attention_core.attention import AttentionTrace
from attention_core.long_attention import take_block
from attention_core.softmax import softmax_steps
from pages.learn.long_texts.costs import how_much, measured_here
from pages.learn.long_texts.shrinking import r_in_words
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.real import model_or_wait, read_or_wait
from pages.ui.reader.worlds import World, real_world, toy_world
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this, one_of, real_heading, toy_of_sentence
from pages.ui.widgets.wording import bytes_as_text, number, scientific, vector

BLOCKS = (1, 2, 3, 4)  # keys that are taken in at a time, in the toy
STEP = "long_step"  # session: the block that is looked at
BLOCK = 4  # tokens of the real layer: small, so that even a short sentence has several


@st.fragment
def blocks_panel() -> None:
    """Which cells exist at a time, and what is kept of the row."""
    st.header("How to do without the matrix", anchor=False)
    st.markdown(
        "Softmax needs the largest score and the sum of all exps, so it seems to need the whole row. "
        "But both can be **put together on the way**: take some keys, keep the row's largest score so far, "
        "its sum and its weighted :green[values], and forget the scores."
    )
    toy = toy_of_sentence()
    if toy is None:
        return
    world = toy_world(toy.current, chosen())
    assert world.trace is not None  # the toy's always is there
    block = one_of("Keys in a block", BLOCKS, key="long_block", default=3)
    q_pos, trace = world.q_pos, world.trace
    steps = online_steps(trace.masked_scores[q_pos], trace.v, block)
    at = min(st.session_state.get(STEP, 0), len(steps) - 1)
    picture, table = st.columns([4, 7], gap="large")
    with picture:
        _what_exists(world, trace, steps[at])
    with table:
        step = steps[at]
        formula(
            f"total = r · total before + new exps  \n= {number(step.shrink)} · {number(step.total_before)} + "
            f"{number(step.joined)} = **{number(step.total)}**  \n{r_in_words(step)}",
            key="long_step",
        )
        st.markdown("Click a row of the table to go to its block.")
        _steps(world, trace, steps, at)
    _notice(world, trace, steps)
    with st.expander("The function that takes in a block", on_change="rerun") as source:
        if source.open:
            quoted = source_of(take_block)
            st.markdown(f"`{quoted.file}`, from line {quoted.line}")
            st.code(quoted.text)


def _what_exists(world: World, trace: AttentionTrace, step: OnlineStep) -> None:
    """The scores of all queries; only the columns of the block are there."""
    st.markdown("**At this moment only these scores exist.** Click another row to let it ask.")
    Figure(
        "Scores of one block",
        block_alone(trace.scaled_scores, step),
        rows=world.queries,
        columns=world.keys,
        role="diverging",
        blocked=world.blocked,
        row=world.q_pos,
        summary=f"While keys {_keys(world, step)} are taken in: the others are forgotten or yet to come",
    ).draw("long_exists", on_pick=lambda row, _: world.pick_cell(row, None))


def _steps(world: World, trace: AttentionTrace, steps: list[OnlineStep], at: int) -> None:
    whole = softmax_steps(trace.masked_scores[world.q_pos])
    top, total = whole.top.item(), whole.total.item()

    def column(title: str, name: str, about: str | None = None) -> Column:
        return Column(title, [number(getattr(step, name)) for step in steps], help=about)

    breakdown(
        [
            column("top so far", "top"),
            column("r", "shrink", "what was summed up shrinks by it"),
            column("total so far", "total", "Σ exp(score − top)"),
            Column("context so far", [vector(step.context) for step in steps], role="output"),
        ],
        key="long_steps",
        row_labels=[_keys(world, step) for step in steps],
        row_title="keys of the block",
        label=f"The row of {world.queries[world.q_pos]}, block by block",
        selected=at,
        footer=["all at once", number(top), "", number(total), vector(trace.context[world.q_pos])],
        on_pick=lambda i: st.session_state.update({STEP: i}),
    )


def _keys(world: World, step: OnlineStep) -> str:
    first, last = world.keys[step.first], world.keys[step.stop - 1]
    return first if step.stop - step.first == 1 else f"{first} … {last}"


def _notice(world: World, trace: AttentionTrace, steps: list[OnlineStep]) -> None:
    off = abs(steps[-1].context - trace.context[world.q_pos]).max()
    notice_this(
        f"After the last block the context differs from that of the whole row by **{scientific(off)}**. "
        "And of every row only its top, its total and its context were ever kept."
    )
    hit = largest_shrink(steps)
    if hit is not None:
        st.text(
            f"The block {_keys(world, steps[hit])} brings a larger score than all before it. What was "
            f"summed up until then was measured against a smaller top, so it shrinks to "
            f"{number(steps[hit].shrink)} of itself."
        )


def heads_in_blocks() -> None:
    toy, choice = toy_or_none(), chosen()
    if toy is None:
        return
    real_heading("A real layer, in blocks")
    loaded = model_or_wait(choice.model_id, key="long_real")
    if loaded is None:
        return
    capture = read_or_wait(choice.model_id, toy.current.sentence, key="long_real")
    if capture is None:
        return
    layer, world = capture.layers[choice.layer], real_world(toy.current, choice)
    traces = [trace for head in range(layer.n_heads) if (trace := layer.head_trace(head))]
    if not traces:
        st.info("This model gives its weights only.")
        return
    try:
        found = against_matrix(traces, BLOCK, world.q_pos)
    except ValueError as error:
        st.info(f"Not for this layer: {error}.")
        return
    n_tokens, longest = len(capture.tokens), loaded.max_tokens
    st.text(f"{choice.model_id}, layer {choice.layer}, on: {toy.current.sentence}")
    formula(
        f"All {found.n_heads} heads in blocks of {BLOCK} tokens: the :red[contexts] differ by at most "
        f"**{scientific(found.context_difference)}** (they reach {found.context_size:.2f}).  \n"
        f"One row of :violet[weights], computed again from its top and its total: "
        f"**{scientific(found.row_difference)}** off. The heatmap is not lost, only not stored.",
        key="long_real",
    )
    n_matrices = loaded.n_layers * loaded.n_heads
    st.markdown(
        f"This sentence has {n_tokens} tokens: all {n_matrices} heads of the model together hold "
        f"**{bytes_as_text(matrix_bytes(n_tokens, n_matrices))}** of weights. At the longest text it takes here, "
        f"{longest:,} tokens, they would hold **{bytes_as_text(matrix_bytes(longest, n_matrices))}**."
    )


st.markdown(
    "Every word asks every word. A text of n words has n rows and n columns, so its heatmap has "
    ":violet[**n × n**] cells, in every head of every layer. That square is the price of attention."
)
how_much()
measured_here()
blocks_panel()
heads_in_blocks()
