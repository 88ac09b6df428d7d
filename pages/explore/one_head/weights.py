"""The weights of the head, as a heatmap with options or as lines beside other heads of its layer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.coverage import even_number, n_to_cover, smallest_set
from attention_core.analysis.head_view import (
    Group,
    HeadView,
    n_allowed,
    place_of,
    remaining,
    summing_to_one,
    token_view,
    word_view,
    words_only,
)
from pages.explore.one_head.subject import Subject, badge
from pages.ui.reader.worlds import World
from pages.ui.widgets.figure import Emphasis, Figure
from pages.ui.widgets.head_lines import head_lines, head_lines_file
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.parts import one_of
from pages.ui.widgets.takeaway import Numbers, file_name, matrix_frame

PIECES, WORDS = "pieces", "words"
SHOWN, HIDDEN, RENORMALISED = "shown", "hidden as they are", "hidden and renormalised"
LINEAR, LOG = "linear", "log"
THRESHOLDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class Options:
    """How the reader wants the heatmap."""

    merged: bool = False  # the pieces of a word are one row and one column
    special: str = SHOWN
    log: bool = False
    threshold: float = 0.0  # weights below are blank
    share: float = 0.9  # of a row that the mass filter covers


def options_row(subject: Subject) -> Options:
    """The widgets. Words and special tokens can be chosen only where both sides are the sentence."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium", key="one_head_row"):
        merged, special = _what(subject) if subject.asks_itself else (False, SHOWN)
        colours = one_of(
            "Colours",
            [LINEAR, LOG],
            key="one_head_colours",
            help_text="log: a weight ten times as large is always the same step darker, so small "
            "weights can be told apart.",
        )
        threshold = st.select_slider(
            "Blank below",
            THRESHOLDS,
            format_func=lambda weight: f"{weight:g}" if weight else "never",
            key="one_head_threshold",
            width=150,
            persist_state="session",
            help="Cells with a smaller weight are left blank. Point at one to read it all the same.",
        )
        percent = st.slider(
            "Mass filter: keys that cover",
            min_value=50,
            max_value=100,
            value=90,
            format="%d %%",
            key="one_head_share",
            width=190,
            persist_state="session",
            help="The smallest set of keys that covers this share of the chosen row is marked by "
            "orange bars.",
        )
    if not subject.asks_itself:
        st.markdown(TWO_TEXTS)
    return Options(merged, special, colours == LOG, threshold, percent / 100)


def _what(subject: Subject) -> tuple[bool, str]:
    unit = one_of(
        "Rows and columns",
        [PIECES, WORDS],
        key="one_head_unit",
        help_text="words: the pieces of a word become one. Its column is the sum of theirs, its row "
        "their mean, so every row still sums to 1.",
    )
    adds = any(subject.special_keys)
    special = st.selectbox(
        "Special tokens",
        [SHOWN, HIDDEN, RENORMALISED],
        key="one_head_special",
        width=215,
        disabled=not adds,
        persist_state="session",
        help="Tokens that the model adds to the text, such as CLS and SEP. Hidden as they are, rows "
        "sum to less than 1; renormalised, each row is scaled up to 1."
        if adds
        else "This model adds no tokens of its own to a text.",
    )
    return unit == WORDS, special if adds else SHOWN


MERGED = "pieces merged to words"
CHANGE = {
    HIDDEN: "special tokens hidden as they are",
    RENORMALISED: "special tokens hidden and rows renormalised to 1",
}
QUERY_HIDDEN = "The chosen query is a special token and hidden: choose another row."
TWO_TEXTS = (
    "Rows and columns are not both the sentence in this layer, so its words are not merged "
    "and no special tokens are hidden."
)
FLOOR = 1e-4  # the weight at which log colours begin


def heatmap_view(subject: Subject, options: Options) -> None:
    """The picture, its numbers and files, and what the filters leave."""
    world, view = subject.world, view_of(subject, options)
    row, column = place_of(world.q_pos, view.rows), place_of(world.k_pos, view.columns)
    marked = (
        smallest_set(view.weights[row], options.share) if row is not None else np.array([], int)
    )
    rows = names(subject, view.rows, world.queries)
    columns = names(subject, view.columns, world.keys)
    changes = changes_to_weights(options)

    def pick(r: int, c: int | None) -> None:
        q_pos = view.rows[r][-1]
        world.pick_cell(q_pos, None if c is None else _strongest(subject, q_pos, view.columns[c]))

    Figure(
        f"Attention weights of {world.title}{_in_brackets(changes)}",
        view.weights,
        rows=rows,
        columns=columns,
        high=full_scale(view.weights) or 1.0,
        blocked=view.blocked,
        row=row,
        cell=None if row is None or column is None else (row, column),
        decimals=4 if options.log else 2,
        emphasis=Emphasis(
            floor=FLOOR if options.log else None,
            threshold=options.threshold or None,
            marks=marked.tolist(),
            marks_title="mass filter",
        ),
        summary=world.summary,
        heading=f"Who looks where: {', '.join(changes) or 'the weights as the model used them'}",
        note=world.title,
    ).draw("one_head_map", on_pick=pick)
    st.markdown("  \n".join(_what_filters_leave(view, row, options)))
    badge(subject)


def view_of(subject: Subject, options: Options) -> HeadView:
    """The weights of the head, merged and hidden as asked, in this order."""
    world = subject.world
    view = token_view(world.head_weights, world.blocked)
    if options.merged:
        view = word_view(view, subject.capture.places, subject.words)
    if options.special != SHOWN:
        view = words_only(view, subject.special_queries, subject.special_keys)
    return summing_to_one(view) if options.special == RENORMALISED else view


def changes_to_weights(options: Options) -> list[str]:
    """What was done to the weights, in words for titles and names of files."""
    changes = [MERGED] if options.merged else []
    return [*changes, CHANGE[options.special]] if options.special in CHANGE else changes


def names(subject: Subject, groups: tuple[Group, ...], tokens: list[str]) -> list[str]:
    """A token's own label, or the word with the position of its first piece."""
    places, text = subject.capture.places, subject.capture.text
    return [
        tokens[group[0]]
        if len(group) == 1
        else f"{group[0]} {text[places[group[0]][0] : places[group[-1]][1]]}"
        for group in groups
    ]


def _strongest(subject: Subject, q_pos: int, keys: Group) -> int:
    """The piece of a word that the query looks at most."""
    return max(keys, key=subject.world.head_weights[q_pos].__getitem__)


def _in_brackets(changes: list[str]) -> str:
    return f" ({', '.join(changes)})" if changes else ""


def _what_filters_leave(view: HeadView, row: int | None, options: Options) -> list[str]:
    """In numbers, one sentence for each filter that is on."""
    percent = f"{options.share:.0%}".replace("%", " %")
    of_rest = " of what is shown" if options.special == HIDDEN else ""
    mean = float(np.mean(n_to_cover(view.weights, options.share)))
    if row is None:
        lines = [f"{QUERY_HIDDEN} A row needs {mean:.1f} keys on average for {percent}{of_rest}."]
    else:
        n_keys, n = n_allowed(view, row), int(n_to_cover(view.weights[row], options.share))
        lines = [
            f":orange[**{n} of {n_keys} keys carry {percent}**]{of_rest} of the chosen row; the mean "
            f"over all rows is {mean:.1f}. An even row of {n_keys} would need "
            f"{even_number(n_keys, options.share)}."
        ]
        if len(view.rows[row]) > 1:
            lines.append(
                f"The row is the mean of the word's {len(view.rows[row])} pieces; the softmax beside "
                "it is that of one piece."
            )
    if options.special == HIDDEN:
        lines.append(f"Rows sum to {view.mean_sum:.2f} on average: the rest goes to hidden tokens.")
    if options.log:
        lines.append(
            f"Colours follow log10 of the weight; at {FLOOR:g} and below there is none. "
            "The numbers are the weights themselves."
        )
    if options.threshold:
        left, among = remaining(view, options.threshold)
        lines.append(
            f"{left} of {among} cells have a weight of {options.threshold:g} or more; the others "
            "are blank. The files below hold them all."
        )
    return lines


MOST_BESIDE = 11  # with the chosen one as many as there are colours that can be told apart


def lines_view(subject: Subject) -> None:
    """Lines of the chosen head, and of those the reader puts beside it."""
    world = subject.world
    st.markdown("**Who looks at whom: the stronger the line, the larger the weight**")
    st.text(world.title)
    heads, floor = _settings(world)
    weights = world.weights[heads]
    others = ", ".join(str(head) for head in heads if head != world.head)
    title = f"Attention as lines: {world.title}" + (f" with {others}" if others else "")
    head_lines(
        weights,
        key="one_head_lines",
        heads=heads,
        queries=world.queries,
        keys=world.keys,
        label=f"Attention of head {', '.join(map(str, heads))} as lines. {world.summary}",
        q_pos=world.q_pos,
        k_pos=world.k_pos,
        blocked=world.blocked,
        floor=floor,
        on_pick=world.pick_cell,
        numbers=Numbers(title, lambda: _frame_of_heads(world, heads)),
    )
    st.download_button(
        "These lines as one HTML file",
        lambda: head_lines_file(
            weights,
            heads=heads,
            queries=world.queries,
            keys=world.keys,
            title=title,
            q_pos=world.q_pos,
            blocked=world.blocked,
        ),
        file_name(title, "html"),
        "text/html",
        key="one_head_lines_file",
        icon=":material/download:",
        on_click="ignore",
        help="Opens in any browser, without this app and without the internet.",
    )


def _frame_of_heads(world: World, heads: list[int]) -> pd.DataFrame:
    return pd.concat(
        {
            f"head {head}": matrix_frame(world.weights[head], world.queries, world.keys)
            for head in heads
        }
    )


def _settings(world: World) -> tuple[list[int], float]:
    """The heads to show, the chosen one always among them, and the least weight that has a line."""
    others = [head for head in range(len(world.weights)) if head != world.head]
    # those picked in another layer, or chosen since, may not be among the options
    beside = st.session_state.get("one_head_beside", [])
    st.session_state["one_head_beside"] = [head for head in beside if head in others]
    left, right = st.columns([3, 2])
    with left:
        beside = st.multiselect(
            "Heads beside the chosen one",
            others,
            key="one_head_beside",
            max_selections=MOST_BESIDE,
            placeholder="none",
            persist_state="session",
        )
    with right:
        floor = st.select_slider(
            "No line below",
            THRESHOLDS[1:],
            value=0.01,
            key="one_head_line_floor",
            persist_state="session",
            help="Weights below have no line. They are in the numbers.",
        )
    return sorted({world.head, *beside}), floor
