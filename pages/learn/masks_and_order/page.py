"""Lesson 8: masks and order. Here the order on the toy: a shuffled sentence, then positions as waves or as turns."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from attention_core.analysis.order import (
    at_every_position,
    diagonal_spread,
    largest_difference,
    put_back,
    scores_by_position,
    shuffled_order,
)
from attention_core.positions import rope_angles, sinusoidal_positions
from attention_core.toy.one_head import in_order, under_mask
from attention_core.toy.own import D_MODEL
from attention_core.toy.scenario import Scenario
from pages.learn.masks_and_order import masks, real
from pages.ui.reader.controls import chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.sentence import ask
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this, one_of, toy_of_sentence
from pages.ui.widgets.plane import Mark, plane, plane_numbers
from pages.ui.widgets.wording import dimensions, labels, number, vector

HALF = "masks_and_order_half"
HALVES = {
    "order": ":material/swap_horiz: First: order",
    "masks": ":material/visibility_off: Then: masks",
}
NUMBER = "masks_and_order_shuffle"
LAST = 999
KINDS = {"sinusoidal": "Add a wave to x (sinusoidal)", "rope": "Turn q and k (RoPE)"}
GENTLE = 0.25  # strength at which the toy's story can still be followed
LONG, WIDE = 16, 32  # positions and dimensions of the picture that shows more than the toy's own
N_POSITIONS = 8
PAIR = "masks_and_order_positions"  # (where the query stands, where the key stands)


@st.fragment
def order_of_words(scenario: Scenario, query: int) -> None:
    """Both panels follow the same shuffle, so they are drawn together."""
    masks.follow_query(query)
    order = shuffle_panel(scenario, query)
    positions_panel(scenario, query, order)


def shuffle_panel(scenario: Scenario, query: int) -> np.ndarray:
    """Both orders side by side. Returns the order: at each position, where its word stood before."""
    tokens = scenario.tokens
    st.header("Shuffle the words", anchor=False)
    st.markdown(
        "This toy does not know positions yet: one head, no mask, every word sees every word. "
        "Will a word get another answer when the sentence is shuffled?"
    )
    order = shuffled_order(len(tokens), _number())
    before = in_order(scenario, np.arange(len(tokens))).weights
    shuffled = in_order(scenario, order).weights
    gap = largest_difference(put_back(shuffled, order), before)
    answered = predict(
        "the words are shuffled. What happens to the weights of the chosen word?",
        ("They change", "They stay the same"),
        int(gap < masks.NOISE),
        lambda: (
            f"The largest difference between the two orders is {number(gap)}: a weight depends on the "
            "query, the keys and their sum, none of which knows a place."
        ),
        key="masks_and_order_shuffle_guess",
    )
    left, right = st.columns(2, gap="large")
    with left:
        masks.heatmap(
            "In your order",
            before,
            labels(tokens),
            key="order_before",
            row=query,
            on_pick=lambda q_pos, _: ask(q_pos),
        )
    with right:
        if answered:
            masks.heatmap(
                "Shuffled",
                shuffled,
                labels([tokens[i] for i in order]),
                key="order_shuffled",
                row=order.tolist().index(query),
                on_pick=lambda q_pos, _: ask(int(order[q_pos])),
            )
        else:
            st.markdown("**Shuffled**: predict first, and it appears here.")
    if answered:
        formula(
            "attention(shuffled x) = shuffled attention(x)  \n"
            "rows and columns put back, the largest |difference| of two :violet[weights] is "
            f":violet[**{number(gap)}**]",
            key="order_proof",
        )
        st.markdown(
            "Each score compares one :blue[query] with one :orange[key], and softmax adds up all keys of a row. "
            "Neither asks who stands where. To this head a sentence is a **bag of words**."
        )
    return order


def _number() -> int:

    def step() -> None:
        st.session_state[NUMBER] = st.session_state[NUMBER] % LAST + 1

    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Shuffle number", 1, LAST, 1, key=NUMBER, width=160, persist_state="session"
        )
        st.button("Shuffle again", icon=":material/shuffle:", on_click=step)
    return int(number)


@st.fragment  # inside the fragment of the shuffle, so that the slider redraws this panel alone
def positions_panel(scenario: Scenario, query: int, order: np.ndarray) -> None:
    """The chosen word's weights in both orders, with positions, and the picture of these positions."""
    st.header("Tell each word its position", anchor=False)
    st.markdown(
        "Attention must be told who stands where. Either each position adds its own pattern to the embedding **x**, "
        "or each position turns :blue[q] and :orange[k] by its own angle. At strength 0 the bag of words is back."
    )
    kind, strength = _controls()
    before = in_order(scenario, np.arange(len(order)), kind, strength).weights
    after = put_back(in_order(scenario, order, kind, strength).weights, order)
    names = labels(scenario.tokens)
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.text(f"{names[query]} asks, in both orders:")
        titles = ("your order", "shuffled")
        masks.compare_rows(before[query], after[query], names, key="order_rows", titles=titles)
    with right:
        arithmetic = _added if kind == "sinusoidal" else _turned
        formula(
            f"{arithmetic(scenario, query, strength)}  \nlargest |difference| of two :violet[weights] = "
            f":violet[**{number(largest_difference(after, before))}**]",
            key="order_positions",
        )
        notice_this(
            "With positions the order counts. This toy's matrices were made without positions in mind, so at full strength "
            "its story breaks. A model that learns with positions learns to use them."
        )
    if kind == "sinusoidal":
        waves_panel(names)
    else:
        distance_panel(scenario, query, strength)


def _controls() -> tuple[str, float]:
    left, right = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    with left:
        kind = one_of(
            "How the position gets in",
            KINDS,
            key="masks_and_order_kind",
            format_func=KINDS.__getitem__,
        )
    with right:
        strength = st.slider(
            "Strength (1: as published)",
            0.0,
            1.0,
            GENTLE,
            0.05,
            key="masks_and_order_strength",
            persist_state="session",
        )
    return kind, strength


def _added(scenario: Scenario, query: int, strength: float) -> str:
    x = scenario.x[query]
    wave = sinusoidal_positions(query + 1, len(x))[query]
    return (
        f"x at position {query} = embedding + {strength:.2f} · wave  \n"
        f"{vector(x)} + {strength:.2f} · {vector(wave)} = {vector(x + strength * wave)}"
    )


def _turned(scenario: Scenario, query: int, strength: float) -> str:
    """By how much each pair of the chosen word's q and k is turned."""
    angles = strength * rope_angles(query + 1, len(scenario.dimensions))[query]
    turns = " and ".join(f"{angle:.2f} rad = {np.degrees(angle):.0f}°" for angle in angles)
    return (
        f":blue[q] and :orange[k] at position {query}, taken in pairs of numbers: "
        f"the pairs are turned by {turns}"
    )


def waves_panel(names: Sequence[str]) -> None:
    """The table of waves: the toy's own four columns, or enough columns to see them slow down."""
    st.markdown("**The waves.** Each row is what a position adds. No two rows are the same.")
    own = f"{len(names)} words, {D_MODEL} dimensions: this toy"
    wide = st.segmented_control(
        "Size of the picture",
        [True, False],
        default=True,
        format_func=lambda is_wide: f"{LONG} positions, {WIDE} dimensions" if is_wide else own,
        key="masks_and_order_waves",
        required=True,
        label_visibility="collapsed",
    )
    rows = [str(position) for position in range(LONG)] if wide else names
    table = sinusoidal_positions(len(rows), WIDE if wide else D_MODEL)
    columns = dimensions(table)
    Figure(
        "Sinusoidal positions",
        table,
        rows=rows,
        columns=columns,
        row_title="position",
        column_title="dimension",
        role="diverging",
        summary=f"The waves of {len(rows)} positions in {len(columns)} dimensions: "
        "fast waves on the left, slow ones on the right",
    ).draw("order_waves")
    st.markdown("Left: fast waves tell neighbours apart. Right: slow ones tell near from far.")


def distance_panel(scenario: Scenario, query: int, strength: float) -> None:
    """The score of one q and one k at all positions; the chosen positions as two turned arrows."""
    trace = under_mask(scenario, None)
    strongest_key = int(trace.weights[query].argmax())
    q, k = trace.q[query], trace.k[strongest_key]
    scores = scores_by_position(q, k, N_POSITIONS, strength)
    q_pos, k_pos = st.session_state.get(PAIR, (1, 6))
    names = labels(scenario.tokens)

    st.markdown(
        "**Only the distance counts.** Move both words along the sentence, and their score stays: "
        "each diagonal holds one number. Click a cell, and the arrows turn to its two positions."
    )
    st.text(
        f"q of {names[query]}, k of {names[strongest_key]}, each at positions 0 to {N_POSITIONS - 1}:"
    )
    left, right = st.columns(2, gap="large")
    with left:
        positions = [str(position) for position in range(N_POSITIONS)]
        Figure(
            "Scores by position",
            scores,
            rows=positions,
            columns=positions,
            row_title="query at position",
            column_title="key at position",
            role="diverging",
            cell=(q_pos, k_pos),
            decimals=1,
            summary="Scores of one query and one key at all positions: every diagonal holds one number",
        ).draw("order_scores", on_pick=_choose_pair)
    with right:
        _two_arrows(
            at_every_position(q, N_POSITIONS, strength)[[0, q_pos]],
            at_every_position(k, N_POSITIONS, strength)[[0, k_pos]],
            (q_pos, k_pos),
        )
    formula(
        f":blue[q at position {q_pos}] · :orange[k at position {k_pos}] = "
        f"**{number(scores[q_pos, k_pos])}**  \n"
        f"largest difference along any diagonal: **{number(diagonal_spread(scores))}**",
        key="order_distance",
    )


def _choose_pair(q_pos: int, k_pos: int | None) -> None:
    if k_pos is not None:
        st.session_state[PAIR] = (q_pos, k_pos)


def _two_arrows(q: np.ndarray, k: np.ndarray, pair: tuple[int, int]) -> None:
    """The first pair of numbers of q and of k: unturned (faint) and turned."""
    half = q.shape[1] // 2
    x_title, y_title = "number 0", f"number {half}"

    def arrow(name: str, role: str, vector: np.ndarray, faint: bool = False) -> Mark:
        return Mark(name, float(vector[0]), float(vector[half]), role, (0.0, 0.0), faint=faint)

    marks = [
        arrow(f"q at {pair[0]}", "query", q[1]),
        arrow(f"k at {pair[1]}", "key", k[1]),
        arrow("q at 0", "query", q[0], faint=True),
        arrow("k at 0", "key", k[0], faint=True),
    ]
    plane(
        marks,
        key="order_plane",
        label=f"One pair of numbers of q at position {pair[0]} and of k at position {pair[1]}, as arrows",
        x_title=x_title,
        y_title=y_title,
        angle=(0, 1),
        numbers=plane_numbers("One turned pair of q and k", marks, x_title, y_title),
    )


toy = toy_of_sentence()
if toy is not None:
    choice = chosen()
    half = one_of(  # two questions, one page: only the half that is looked at is drawn
        "Half of the lesson", HALVES, key=HALF, format_func=HALVES.__getitem__, has_label=False
    )
    if half == "order":
        order_of_words(toy.current, choice.query)
        real.real_order(choice, toy.current)
        st.button(
            "On to the masks",
            icon=":material/visibility_off:",
            on_click=lambda: st.session_state.update({HALF: "masks"}),
        )
    else:
        masks.draw_mask(toy.current, choice.query)
        real.she_looks_back(choice)
        masks.mask_mistakes(toy.current)
        masks.received_panel()
        real.real_masks(choice, toy.current)
