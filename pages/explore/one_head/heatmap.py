"""The head as a heatmap, transformed as the reader asks, with what each transformation does said in numbers."""

import numpy as np
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
from pages.explore.one_head.badge import badge
from pages.explore.one_head.options import HIDDEN, RENORMALISED, SHOWN, Options
from pages.explore.one_head.subject import Subject
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.matrix import Emphasis
from pages.ui.widgets.panels import full_scale

FLOOR = 1e-4  # the weight at which log colours begin


def heatmap_view(subject: Subject, options: Options) -> None:
    """The picture, its numbers and files, and what the filters leave."""
    world, view = subject.world, view_of(subject, options)
    row, column = place_of(world.q_pos, view.rows), place_of(world.k_pos, view.columns)
    kept = smallest_set(view.weights[row], options.share) if row is not None else np.array([], int)
    rows = names(subject, view.rows, world.queries)
    columns = names(subject, view.columns, world.keys)
    told = transformed(options)
    st.markdown(f"**Who looks where: {', '.join(told) or 'the weights as the model used them'}**")
    st.text(world.title)

    def pick(r: int, c: int | None) -> None:
        q_pos = view.rows[r][-1]
        world.pick_cell(q_pos, None if c is None else _strongest(subject, q_pos, view.columns[c]))

    Figure(
        f"Attention weights: {world.title}{_in_brackets(told)}",
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
            marks=kept.tolist(),
            marks_title="mass filter",
        ),
        summary=world.summary,
    ).draw("one_head_map", on_pick=pick)
    _say(view, row, options)
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


def transformed(options: Options) -> list[str]:
    """What was done to the weights, in words for titles and names of files."""
    told = ["pieces merged to words"] if options.merged else []
    if options.special == HIDDEN:
        told.append("special tokens hidden as they are")
    if options.special == RENORMALISED:
        told.append("special tokens hidden and rows renormalised to 1")
    return told


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


def _in_brackets(told: list[str]) -> str:
    return f" ({', '.join(told)})" if told else ""


def _say(view: HeadView, row: int | None, options: Options) -> None:
    """What the filters leave, in numbers."""
    percent = f"{options.share:.0%}".replace("%", " %")
    of_rest = " of what is shown" if options.special == HIDDEN else ""
    mean = float(np.mean(n_to_cover(view.weights, options.share)))
    if row is None:
        lines = [
            "The chosen query is a special token and hidden: choose another row. A row needs "
            f"{mean:.1f} keys on average for {percent}{of_rest}."
        ]
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
    st.markdown("  \n".join(lines))
