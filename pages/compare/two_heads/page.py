"""Two heads, two layers, two sentences or two models: A, B and B − A, and how far they are apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.difference_snippet import difference_as_python
from attention_core.analysis.differences import (
    Distances,
    correlation,
    jensen_shannon,
    largest_changes,
    mean_over,
    rows_with_choice,
    share_farther,
    total_variation,
)
from attention_core.errors import ReaderError
from attention_core.pretrained.layers import Capture
from pages.compare.two_heads.pair import (
    NO_CHANGE,
    NOT_ON_BOTH,
    Pair,
    distances_to_all,
    token_pair,
    word_list,
    word_pair,
)
from pages.compare.two_heads.side_b import (
    HEAD,
    INTRO,
    LAYER,
    SIDE,
    SideB,
    choose_side,
    say_cut,
    take_side_of_link,
    usual_side,
)
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.server.waiting import waiting
from pages.ui.widgets.breakdown import breakdown, number_column
from pages.ui.widgets.parts import formula, notice_this, toy_of_sentence
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.three_heatmaps import three_heatmaps
from pages.ui.widgets.wording import number, signed

N_CHANGES = 3
MEASURES = {"total variation": total_variation, "Jensen–Shannon, bits": jensen_shannon}
HELP = "From A to each other head of the model but B: the median"


def compare(toy: Toy, choice: Choice) -> None:
    """Side B's controls, then the comparison as soon as both sides have been read."""
    take_side_of_link()
    capture = read_or_wait(choice.model_id, choice.sentence, key="two_heads_a")
    if capture is None:
        return
    choice = replace(choice, head=min(choice.head, capture.layers[choice.layer].n_heads - 1))
    drawn = choose_side(choice, capture)
    if drawn is None:
        return
    side, capture_b = drawn
    st.markdown(INTRO[side.kind])
    say_cut("A", capture)
    if capture_b is not capture:
        say_cut("B", capture_b)
    pair = (
        token_pair(toy, choice, side, capture)
        if side.kind in (HEAD, LAYER)
        else word_pair(toy, choice, side, capture, capture_b)
    )
    if pair is not None:
        show(pair, choice, side, capture)
    SIDE.write(SideB() if side == usual_side(choice, capture) else side)


def show(pair: Pair, choice: Choice, side: SideB, capture: Capture) -> None:
    """Pictures first, then the numbers of the chosen row and of all."""
    if pair.words is not None and choice.query not in (i for i, _ in pair.words.matching.pairs):
        st.markdown(NOT_ON_BOTH)
    st.markdown(
        "Rows ask, columns offer. Click a cell: its row and column are marked in all three."
    )
    three_heatmaps(pair.first, pair.second, pair.grid, key="two_heads")
    left_out(pair)
    st.header("How far apart?", anchor=False)
    the_formula(pair)
    changes(pair)
    others = None
    if side.kind == HEAD:
        of_a = (choice.layer, choice.head)
        with waiting("Comparing A with every head of the model …"):
            to_all = distances_to_all(choice.model_id, choice.sentence, *of_a, capture)
        others = to_all.without(of_a, (side.layer, side.head))
    figures(pair, others if others is not None and others.heads else None)
    copy_as_python(pair)


def the_formula(pair: Pair) -> None:
    """Both distances of the chosen row, with their values."""
    a, b = pair.a[pair.grid.row], pair.b[pair.grid.row]
    formula(
        f"**total variation** = ½ Σₖ |bₖ − aₖ| = **{number(float(total_variation(a, b)))}**  \n"
        "**Jensen–Shannon divergence** = ½ Σₖ aₖ log₂ (aₖ / mₖ) + ½ Σₖ bₖ log₂ (bₖ / mₖ) = "
        f"**{number(float(jensen_shannon(a, b)))} bits**, with m = (a + b) / 2",
        key="two_heads",
    )
    st.markdown(
        "a and b are the chosen row in A and in B, k runs over the keys. Total variation is the share of "
        "the weight that would have to move to turn a into b. Jensen–Shannon counts how much a single "
        "key, drawn from a or from b, tells about which of the two it came from. Both are 0 for equal "
        "rows and 1 for rows that share no key."
    )


def figures(pair: Pair, others: Distances | None) -> None:
    """Both distances, of the chosen row and over all; beside them those from A to every other head."""
    first, second, row, names = pair.first, pair.second, pair.grid.row, pair.grid.rows
    counted = rows_with_choice(pair.a, pair.b, first.allowed, second.allowed)
    n = int(counted.sum())
    rows = [f"row {names[row]}", f"mean over {n} rows"]
    columns: dict[str, tuple[float, float]] = {}
    for name, measure in MEASURES.items():
        values = measure(pair.a, pair.b)
        columns[name] = float(values[row]), float(mean_over(values, counted))
        if others is not None:
            to_all = getattr(others, measure.__name__)
            each = (to_all[:, row], mean_over(to_all, counted))
            columns[f"{name}: any other head"] = (
                float(np.median(each[0])),
                float(np.median(each[1])),
            )
    breakdown(
        [
            number_column(name, values, help=HELP if ":" in name else None, unknown="—")
            for name, values in columns.items()
        ],
        key="two_heads_figures",
        row_labels=rows,
        row_title="A and B",
        label=f"How far {first.name} and {second.name} are apart",
        numbers=Numbers(
            "How far A and B are apart",
            lambda: matrix_frame(np.array(list(columns.values())).T, rows, list(columns)),
        ),
    )
    if n < len(names):
        st.markdown(
            f"{len(names) - n} of {len(names)} rows are not in the mean: they have a single key to "
            "look at, or no weight on these words."
        )
    if others is not None:
        _chance(others, row, counted, *columns["total variation"])


def _chance(
    others: Distances, row: int, counted: np.ndarray, on_row: float, on_mean: float
) -> None:
    if not counted.any():
        notice_this("There is a single key to look at, so all heads are alike here.")
        return
    far = share_farther(on_row, others.total_variation[:, row])
    far_mean = share_farther(on_mean, mean_over(others.total_variation, counted))
    notice_this(
        f"**Is that a lot?** By total variation B is more similar to A than **{far:.0%}** of the model’s "
        f"{len(others.heads)} other heads on the chosen row, and than **{far_mean:.0%}** of them over all "
        "rows. A head drawn at random is more similar than half of them, on average."
    )


def changes(pair: Pair) -> None:
    """The cells that change most, in words, and how the two matrices go together."""
    difference, grid = pair.b - pair.a, pair.grid
    cells = largest_changes(difference, N_CHANGES)
    st.markdown(f"**The largest changes** (the first {N_CHANGES} cells of all)")
    lines = [
        f"{grid.rows[q]} → {grid.columns[k]}: {number(pair.a[q, k])} in A, {number(pair.b[q, k])} in B, "
        + signed(difference[q, k])
        for q, k in cells
    ]
    st.text("\n".join(lines))
    if not cells:
        st.markdown(NO_CHANGE)
    r, n = correlation(pair.a, pair.b, pair.first.allowed & pair.second.allowed)
    found = (
        f"**r = {number(r)}**" if np.isfinite(r) else "none, one side is the same in all of them"
    )
    st.markdown(
        f"**Correlation** (Pearson’s r) of the two weights over the n = {n} cells that both may use: {found}"
    )


def left_out(pair: Pair) -> None:
    """Where words are compared: what had no partner, and which share of each side went elsewhere."""
    if pair.words is None:
        return
    words, row = pair.words, pair.grid.row
    st.markdown(
        f"Compared as words: {len(words.matching.pairs)} words that stand in the same order on both sides. "
        "A word gets what its pieces get together and asks what they ask on average. All else is left "
        "out, and what is left of a row is divided by its sum, so that it adds up to 1 again."
    )
    st.markdown(
        "\n".join(
            f"- Left out of {name}: **{side.left_out[row]:.0%}** of the chosen row "
            f"({side.to_special[row]:.0%} went to tokens that the model adds), "
            f"**{side.left_out.mean():.0%}** of a row on average "
            f"({side.to_special.mean():.0%} to added tokens)"
            for name, side in (("A", words.a), ("B", words.b))
        )
    )
    only_in_a = word_list("Only in A", words.names_a, words.matching.only_a)
    only_in_b = word_list("Only in B", words.names_b, words.matching.only_b)
    st.text(f"{only_in_a}\n{only_in_b}")


def copy_as_python(pair: Pair) -> None:
    """The chosen row as a program that prints the same distances."""
    with st.popover(
        "Copy as Python", icon=":material/content_copy:", on_change="rerun", key="two_heads_copy"
    ) as copy:
        if not copy.open:
            return
        try:
            names = (pair.first.name, pair.second.name)
            rows, columns, row = pair.grid.rows, pair.grid.columns, pair.grid.row
            program = difference_as_python(pair.a[row], pair.b[row], rows[row], columns, names)
        except ReaderError as error:
            st.text(str(error))
        else:
            st.code(program)


toy_to_compare = toy_of_sentence()
if toy_to_compare is not None:
    compare(toy_to_compare, replace(chosen(), sentence=toy_to_compare.current.sentence))
