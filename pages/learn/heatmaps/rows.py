"""The rows of a heatmap: what they sum to in print, turned over and along the wrong axis; what sinks take of them."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.masking import even_weights
from attention_core.analysis.mistakes import over_queries
from attention_core.analysis.rows import RowCheck, check_rows, half_unit, sums
from attention_core.analysis.sinks import weight_on
from attention_core.analysis.value_norms import handed_over, lengths
from attention_core.analysis.words import merge_words
from attention_core.experiments.sinks import SinkSurvey, survey_sinks
from attention_core.toy.claims import HEATMAP_KEYS, HEATMAP_PRINTED, HEATMAP_QUERIES, TUTORIAL
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import run
from pages.ui.reader.controls import Choice, look_at_head
from pages.ui.reader.worlds import World
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.component import explain, say
from pages.ui.widgets.figure import KEY, QUERY, Figure
from pages.ui.widgets.panels import full_scale, only_weights
from pages.ui.widgets.parts import formula
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import labels, number

DECIMALS = 1  # of the printed heatmap
KEYS = labels(HEATMAP_KEYS)
QUERIES = [KEYS[HEATMAP_KEYS.index(query)] for query in HEATMAP_QUERIES]
MISSING = [key for key in KEYS if key not in QUERIES]
RIGHT, WRONG = "**Right:**", "**The sums say:**"
HIDDEN_MISTAKE = (
    "Here even the rows come out as 1, because all words ask alike: the mistake stays hidden. "
    "Take a sentence with different words."
)
PICKED, CHECKED = "heatmaps_bad_rows", "heatmaps_checked"
MOST_KEYS = 16  # rows of the table of values
NO_SINK = "this row does not lean on them."
IDLE_SINK = "Their share of the sum is smaller than their share of the weight."
BUSY_SINK = "Their share of the sum is at least their share of the weight: not every sink is idle."
LEADING_READING = (
    "The leading reading ([Clark et al.](https://arxiv.org/abs/1906.04341), "
    "[Xiao et al.](https://arxiv.org/abs/2309.17453)): a row must sum to 1, so a head with nothing to add "
    "puts its weight there. That is not measured for this head."
)
PIECES = ("the", "sing", "er", "waits")  # one word in two tokens
PLACES = [(0, 3), (4, 8), (8, 10), (11, 16)]  # of these tokens in their text
WORDS, WORD_PLACES = ("the", "singer", "waits"), [(0, 3), (4, 10), (11, 16)]
OF_PIECES = np.array(
    [[0.4, 0.2, 0.3, 0.1], [0.1, 0.5, 0.2, 0.2], [0.3, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.4]]
)
UNDEFINED = "Their share is not defined: no query here has a second token to look at."


@st.fragment
def printed_panel() -> None:
    """The tutorial's heatmap beside the toy's own of the same sentence; the reader's verdict, then the sums."""
    st.header("Which rows don't add up?", anchor=False)
    printed, computed = st.columns(2, gap="medium")
    with printed:
        _printed()
    with computed:
        scenario = preset_named("The cat sat")
        weights = run(scenario).heads.weights[0]
        st.markdown("**The toy computes this** for the same sentence: a row for each of its words.")
        Figure(
            "The cat sat on the mat",
            weights,
            rows=KEYS,
            columns=KEYS,
            row=scenario.query,
            summary="The toy's heatmap",
        ).draw("heatmaps_computed")
        total = sums(weights).of_queries[scenario.query]
        st.markdown(
            f"The marked row, “{scenario.tokens[scenario.query]}”, sums to **{total:.4f}**, "
            "and so does every other."
        )
    if st.session_state.get(CHECKED):
        _verdict(check_rows(HEATMAP_PRINTED, DECIMALS))


def _printed() -> None:
    n_wrong = int((~check_rows(HEATMAP_PRINTED, DECIMALS).is_one).sum())
    st.markdown(
        f"**The tutorial “{TUTORIAL}” prints this.** As printed, **{n_wrong}** of its rows do not sum to 1."
    )
    Figure(
        "As printed",
        HEATMAP_PRINTED,
        rows=QUERIES,
        columns=KEYS,
        decimals=DECIMALS,
        summary="The tutorial's heatmap, with one decimal",
    ).draw("heatmaps_printed", on_pick=lambda row, _: _toggle(row))
    st.pills(
        "Which rows are they? Choose here, or click the rows.",
        range(len(QUERIES)),
        selection_mode="multi",
        format_func=QUERIES.__getitem__,
        key=PICKED,
        wrap=True,
    )
    st.button(
        "Check the sums",
        icon=":material/functions:",
        key="heatmaps_check",
        disabled=not st.session_state.get(PICKED),
        on_click=lambda: st.session_state.update({CHECKED: True}),
    )


def _toggle(row: int) -> None:
    st.session_state[PICKED] = sorted({row} ^ set(st.session_state.get(PICKED) or []))


def _verdict(check: RowCheck) -> None:
    wrong = np.flatnonzero(~check.is_one).tolist()
    picked = st.session_state.get(PICKED) or []
    table, words = st.columns(2, gap="medium")
    with table:
        breakdown(
            [
                Column("your pick", ["picked" if i in picked else "" for i in range(len(QUERIES))]),
                Column("sum", [f"{total:.{DECIMALS}f}" for total in check.sums]),
                Column("verdict", ["sums to 1" if ok else "not 1" for ok in check.is_one]),
            ],
            key="heatmaps_sums",
            row_labels=QUERIES,
            row_title=QUERY,
            label="The sum of each printed row",
        )
    with words:
        found = " and ".join(f"“{HEATMAP_QUERIES[i]}”" for i in wrong)
        lines = [
            f"{RIGHT if picked == wrong else WRONG} {found} do not sum to 1. "
            f"And the row of {' and '.join(f'“{name}”' for name in MISSING)} is missing: "
            "every word asks."
        ]
        if check.may_be_rounded[wrong].all():
            h = half_unit(DECIMALS)
            lines.append(
                f"To be fair: a number printed with one decimal may be off by {h:g}, so a row of "
                f"{len(KEYS)} by {len(KEYS) * h:.1f}. Rounding **could** be the reason for both rows. "
                "Either way, nobody can check them or compute with them."
            )
        st.markdown("\n\n".join(lines))


def tokens_to_words() -> None:
    """One word in two tokens: the weights between tokens, and between words, with both rules worked out."""
    word, pieces, end = 1, [1, 2], 3  # the cut word and its tokens; the token after them
    of_words = merge_words(OF_PIECES, PLACES, WORD_PLACES)
    st.header("From tokens to words", anchor=False)
    st.markdown(
        f"A model may cut a word into several tokens: here “{WORDS[word]}” is “{PIECES[pieces[0]]}” and "
        f"“{PIECES[pieces[1]]}”. To read words instead, **add the columns** of its tokens and **average their rows**."
    )
    with together("heatmaps_pieces", gap="medium") as pair:
        for title, names, weights in (
            ("From token to token", PIECES, OF_PIECES),
            ("From word to word", WORDS, of_words),
        ):
            with pair.column(title):
                Figure(title, weights, rows=names, columns=names, row=word, summary=title).draw(
                    f"heatmaps_{title.split()[1]}s"
                )
    added = " + ".join(number(weight) for weight in OF_PIECES[0, pieces])
    averaged = " + ".join(number(weight) for weight in OF_PIECES[pieces, end])
    formula(
        f"“{PIECES[0]}” → “{WORDS[word]}”, columns added: {added} = "
        f":violet[**{number(of_words[0, word])}**]  \n"
        f"“{WORDS[word]}” → “{PIECES[end]}”, rows averaged: ({averaged}) ÷ {len(pieces)} = "
        f":violet[**{number(of_words[word, -1])}**]",
        key="heatmaps_pieces",
    )
    st.markdown(
        f"Each row of words still sums to {_range(sums(of_words).of_queries)}. "
        f"Rows added up would sum to {sums(OF_PIECES[pieces]).of_queries.sum():.0f}."
    )


@st.fragment
def rows_or_columns(world: World) -> None:
    st.header("Rows or columns?", anchor=False)
    transposed = st.toggle("Queries as columns", key="heatmaps_transposed")
    weights, blocked = world.head_weights, world.blocked
    total = sums(weights)
    sides = [(QUERY, world.queries, total.of_queries), (KEY, world.keys, total.of_keys)]
    if transposed:
        weights, blocked = weights.T, None if blocked is None else blocked.T
        sides.reverse()
    (row_title, rows, row_sums), (column_title, columns, column_sums) = sides
    with together("heatmaps_either_way", gap="medium") as pair:
        with pair.column(width=3):
            Figure(
                "Rows or columns",
                weights,
                rows=rows,
                columns=columns,
                row_title=row_title,
                column_title=column_title,
                high=full_scale(weights),
                blocked=blocked,
                summary=f"The same weights: each row is a {row_title}, each column a {column_title}",
            ).draw("heatmaps_turned")
        with pair.column(width=2):
            explain(
                f"Each **row** of the picture sums to {_range(row_sums)},\n"
                f"each **column** to {_range(column_sums)}."
            )
            explain(
                "The paper that introduced transformers has queries as rows, and so has this app. Others, "
                "such as 3Blue1Brown's videos, show the same numbers transposed. So read the names "
                "at the edges first: the sum is 1 **along the keys**, whichever way they run."
            )


def _range(values: np.ndarray) -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return f"**{low}**" if low == high else f"{low} … {high}"


@st.fragment
def the_wrong_axis(world: World) -> None:
    """The toy's scores through softmax along the right axis or the wrong one; the sum of each row."""
    assert world.trace is not None  # the toy's always is there
    st.header("Softmax along the wrong axis", anchor=False)
    wrong = st.toggle("Softmax over the queries instead of the keys", key="heatmaps_axis")
    trace = world.trace
    weights = over_queries(trace.masked_scores, trace.temperature) if wrong else trace.weights
    with together("heatmaps_axes", gap="medium") as pair:
        with pair.column(width=3):
            Figure(
                "Softmax along either axis",
                weights,
                rows=world.queries,
                columns=world.keys,
                high=full_scale(weights),
                blocked=world.blocked,
                summary="Weights along the wrong axis" if wrong else "Weights as they should be",
            ).draw("heatmaps_wrong")
        with pair.column(width=2):
            _row_sums(world.queries, weights, wrong)


def _row_sums(queries: list[str], weights: np.ndarray, wrong: bool) -> None:
    rows, mean = sums(weights).of_queries, sums(weights).mean
    breakdown(
        [column_of("sum of the row", rows, decimals=4, full=float(rows.max()))],
        key="heatmaps_row_sums",
        row_labels=queries,
        row_title=QUERY,
        footer=["mean", f"{mean:.4f}"],
        label="The sum of each row",
    )
    if wrong and np.allclose(rows, 1):
        explain(HIDDEN_MISTAKE)
    elif wrong:
        explain(
            f"The rows sum to {_range(rows)}, yet their **mean is {mean:.4f}**. "
            "A program that checks the mean, or the sum of everything, sees nothing. Check every row."
        )


@cached(max_entries=16, show_spinner="Looking at all heads …")
def survey(model_id: str, text: str) -> SinkSurvey:
    return survey_sinks(models.captured(model_id, text))


def sinks_panel(world: World, sinks: list[int]) -> None:
    say(f"Likely sinks: {', '.join(world.keys[i] for i in sinks)}")
    if world.trace is None:
        only_weights()
        return
    row, v = world.row, world.trace.v
    handed = handed_over(row[None, None], v[None])[0, 0]
    shown = strongest(row, MOST_KEYS, also=world.k_pos)
    breakdown(
        [
            column_of("weight", row[shown], decimals=4),
            Column(
                "‖v‖",
                [number(length) for length in lengths(v)[shown]],
                "value",
                help="The length of the key's value",
            ),
            column_of("weight × ‖v‖, as share", handed[shown], "output", decimals=4),
        ],
        key="heatmaps_handed_over",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        label=f"What each key hands over to {world.queries[world.q_pos]}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    explain(_what_they_give(world, handed, sinks))


def _what_they_give(world: World, handed: np.ndarray, sinks: list[int]) -> str:
    """What the chosen row shows, and no more: not every head has sinks, not every sink is idle."""
    weight, given, even = (
        weight_on(rows, sinks).item()
        for rows in (world.row[None], handed[None], _even(world)[[world.q_pos]])
    )
    found = (
        f"In the chosen row these tokens get **{weight:.2f}** of the :violet[weight] "
        f"and hand over **{given:.2f}** of the :red[sum]. "
    )
    if weight < even:
        return f"{found}Equal shares would give them {even:.2f}: {NO_SINK}"
    return found + (IDLE_SINK if given < weight else BUSY_SINK)


def _even(world: World) -> np.ndarray:
    """The weights of a head without any preference under the same mask."""
    allowed = None if world.blocked is None else ~world.blocked
    return even_weights(len(world.queries), len(world.keys), allowed)


def all_heads_panel(world: World, choice: Choice, text: str, sinks: list[int]) -> None:
    """The sinks' share in every head of every layer; a click opens a head."""
    found = survey(choice.model_id, text)
    n_layers, n_heads = found.shares.shape
    Figure(
        "Weight on the sinks",
        found.shares,
        rows=[f"layer {i}" for i in range(n_layers)],
        columns=[f"head {i}" for i in range(n_heads)],
        row_title="layer",
        column_title="head",
        cell=(choice.layer, world.head),
        summary="How much of its weight each head gives to the sinks",
    ).draw(
        "heatmaps_sinks",
        on_pick=lambda layer, head: look_at_head(world.head if head is None else head, layer),
    )
    shares = _even(world)
    even = weight_on(shares, sinks, shares > 0).item()
    if np.isnan(even):
        explain(UNDEFINED)
        return
    lines = [
        f"These tokens get **{np.nanmean(found.shares):.0%}** of all weight in this model on your sentence, "
        f"**{found.shares[choice.layer, world.head]:.0%}** in the chosen head. "
        f"A head without any preference would give them {even:.0%}."
    ]
    if found.diagonal is not None:
        lines.append(
            f"**{found.diagonal:.0%}** of all queries in all its heads look mostly at themselves."
        )
    explain("\n".join(lines))
