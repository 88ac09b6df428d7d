"""Lesson 9: why look at one sentence several times at once? Eight critics on one sentence, then a real layer."""

import inspect
from collections.abc import Callable

import streamlit as st

from attention_core.analysis import fused
from attention_core.analysis.patterns import averaged, clearest, measure_patterns, standing_out
from attention_core.toy.critics import D_HEAD, D_MODEL, DIMENSIONS, TOKENS, X, one_word_each
from pages.learn.multi_head import critics
from pages.learn.multi_head.patterns import all_heads, average_panel, guess_previous, scores_panel
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.component import explain
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.head_grid import head_grid
from pages.ui.widgets.parts import formula, notice_this, one_of, real_heading
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number, sub

N_MADE_UP = 8  # heads of one word each
AVERAGES = {  # how an average may look → its largest weight
    "One word stands out": 1.0,
    "Two words share it": 1 / 2,
    "Nearly flat: no word stands out": 1 / N_MADE_UP,
}
SOURCES = ("heads of one word each", "the critics above")


@st.fragment
def toy() -> None:
    """Everything that follows from the critics' numbers: one change redraws all that is shown of it."""
    state = critics.critics()
    the_formula(state)
    critics.how_many_and_who()
    with together("multi_head_toy") as pair:
        with pair.column():
            critics.flow(state)
        with pair.column():
            watch(state)
    heatmap, hands = st.columns([5, 4], gap="large")
    with hands:
        critics.editor(state)
    with heatmap:
        Figure(
            f"Weights of head {state.chosen}",
            state.trace.heads.weights[state.chosen],
            rows=critics.WORDS,
            columns=critics.WORDS,
            row=state.query,
            heading=f"Head {state.chosen}: click a row to let another word ask",
        ).draw("multi_head_heatmap", on_pick=lambda row, _: critics.ask(row))
    st.header("And then? Four questions", anchor=False)
    question = one_of("Question", QUESTIONS, key="multi_head_question", has_label=False)
    QUESTIONS[question](state)


def the_formula(state: critics.Critics) -> None:
    last, size = len(state.watching) - 1, len(state.watching) * D_HEAD
    heads = " | ".join(f"head{sub(head)}" for head in dict.fromkeys((0, last)))
    formula(
        f":violet[**weights**ᵢ] = softmax( :blue[X W_Qᵢ] · (:orange[X W_Kᵢ])ᵀ / √{D_HEAD} )   and   "
        f"headᵢ = :violet[**weights**ᵢ] · :green[X W_Vᵢ]   for each head i  \n"
        f":red[**output**] = [ {heads.replace('|', '| … |') if last > 1 else heads} ] · :red[W_O], "
        f"in numbers: {len(TOKENS)} × {size} times {size} × {D_MODEL}",
        key="multi_head",
    )


def watch(state: critics.Critics) -> None:
    n_heads, rows = len(state.watching), state.trace.heads.weights[:, state.query]
    found = dict.fromkeys(TOKENS[best] for best in standing_out(rows) if best is not None)
    explain(
        "Each picture is one head's heatmap: rows ask, columns offer. Click one to look closer."
    )
    head_grid(
        state.trace.heads.weights,
        key="multi_head_heads",
        selected=state.chosen,
        label=f"The weights of all heads that watch: head {state.chosen} is chosen",
        on_pick=state.pick,
    )
    ask = "one head asks one question" if n_heads == 1 else f"{n_heads} heads ask {n_heads} at once"
    words = ", ".join(f"“{word}”" for word in found) or "none"
    notice_this(
        f"A row has a single whole to share out, so {ask}. Words that stand out for "
        f"“{TOKENS[state.query]}” in at least one of them: {words}."
    )


def merge(state: critics.Critics) -> None:
    n_heads, size = len(state.watching), len(state.watching) * D_HEAD

    def pick(row: int, column: int | None) -> None:
        critics.ask(row)
        if column is not None:
            state.pick(column // D_HEAD)

    with together("multi_head_merge") as rows, rows.column():
        explain(
            f"Each head hands back {D_HEAD} numbers a word. They are laid side by side (**concatenated**): "
            f"{n_heads} × {D_HEAD} = {size} numbers a word. Those of head {state.chosen} carry a ▼."
        )
        critics.table(
            "The heads side by side",
            state.trace.merged,
            "value",
            columns=critics.merged_names(state, "▼ "),
            titles=("word", critics.MERGED),
            row=state.query,
            on_pick=pick,
        )
        with together("multi_head_mixed") as pair:
            with pair.column():
                explain(f":red[**W_O**] mixes them: {size} numbers of all heads in, {D_MODEL} out.")
                names = critics.merged_names(state, "▶ ")
                critics.table(
                    "W_O",
                    state.layer.W_O,
                    "output",
                    rows=names,
                    titles=(critics.MERGED, "dimension"),
                )
            with pair.column():
                explain(f":red[**output**] = side by side · W_O: {D_MODEL} numbers a word again.")
                critics.table(
                    "The output of the layer",
                    state.trace.output,
                    "output",
                    row=state.query,
                    on_pick=lambda row, _: critics.ask(row),
                )


def one_product(state: critics.Critics) -> None:
    with together("multi_head_product") as pair:
        with pair.column():
            explain(
                "A computer does not loop over heads. It glues their blocks to one wide :blue[W_Q], "
                ":orange[W_K] and :green[W_V], multiplies once, and cuts the result into heads."
            )
            critics.table(
                "W_Q of all heads",
                state.layer.W_Q,
                "query",
                rows=DIMENSIONS,
                columns=critics.merged_names(state, "▼ "),
                titles=("dimension", critics.MERGED),
            )
        with pair.column():
            explain(
                f"On the way out too: each head owns {D_HEAD} rows of :red[W_O], and what it writes "
                f"through them for “{TOKENS[state.query]}” is **added** to what the others write."
            )
            critics.additions(state)
    left, right = st.columns(2, gap="large")
    with left:
        critics.ways_table(state)
    with right:
        st.markdown(
            "The first three are the same layer, up to rounding. One head of the full width is "
            "another layer: it has a single softmax, where the others have one each."
            if len(state.watching) > 1
            else critics.ONE_HEAD
        )
        with st.expander("The ways as code", icon=":material/code:", on_change="rerun") as code:
            if code.open:  # the very functions that computed the table
                ways = (fused.one_by_one, fused.added_by_heads, fused.sum_over_heads)
                st.code("\n\n".join(inspect.getsource(way) for way in ways))


def measured_critics(state: critics.Critics) -> None:
    """First a guess from the thumbnails, then the numbers of all heads that watch."""
    st.markdown(
        "Nobody tells a head what to look for, and a fine name for it proves nothing. What can be "
        "counted is **where its weight goes**."
    )
    weights = state.trace.heads.weights
    measured = measure_patterns(weights, TOKENS)
    state.measured |= guess_previous(measured)
    if not state.measured:
        return
    scores_panel(
        measured,
        weights[:, state.query],
        critics.WORDS,
        key="multi_head_patterns",
        asks=critics.WORDS[state.query],
        selected=state.chosen,
        on_pick=state.pick,
    )
    clear = clearest(measured.scores, measured.even)
    named = (
        f"head {head}: {'nothing counted here' if name is None else name}"
        for head, name in enumerate(clear)
    )
    st.markdown(
        f"What stands out most: {' · '.join(named)}. A head in which nothing stands out may still do "
        "something that nobody has counted."
    )


@st.fragment
def average(state: critics.Critics) -> None:
    """Sharp heads, flat average: first guessed, then seen on made-up heads and on the critics."""
    st.markdown(
        "With many heads on screen it is tempting to average them into one heatmap. That average is "
        "the attention of no head."
    )
    top = averaged(one_word_each(N_MADE_UP, len(TOKENS))).average_top
    answer = min(range(len(AVERAGES)), key=lambda i: abs(list(AVERAGES.values())[i] - top))
    answered = predict(
        f"{N_MADE_UP} heads, each puts all its weight on one word of its own. What does their average look like?",
        list(AVERAGES),
        answer,
        lambda: (
            f"No word gets more than {number(top)} of the average, although each head is as sure as a head "
            "can be. Whoever sees only the average would say: this layer looks at nothing in particular."
        ),
        key="multi_head_average",
    )
    if not answered:
        return
    left, right = st.columns(2, gap="large")
    with left:
        source = one_of("Average of", SOURCES, key="multi_head_average_of")
    weights, q_pos = state.trace.heads.weights, state.query
    if source == SOURCES[0]:
        n_heads = right.slider(
            "How many of them?",
            1,
            N_MADE_UP,
            N_MADE_UP,
            key="multi_head_one_word",
            persist_state="session",
        )
        weights, q_pos = one_word_each(n_heads, len(TOKENS)), 0
    average_panel(
        weights,
        q_pos,
        critics.WORDS,
        key="multi_head_average_rows",
        label=f"{len(weights)} heads and their average",
    )


QUESTIONS: dict[
    str, Callable[[critics.Critics], None]
] = {  # one at a time: each is a screen of its own
    "1 · What becomes of the heads?": merge,
    "2 · Why is one product enough?": one_product,
    "3 · What does each head do?": measured_critics,
    "4 · What does their average show?": average,
}

st.markdown(
    "Many critics watch the same film. One follows the plot, one the camera, one the music; each "
    "writes a short note, without looking at the others'. Then the notes are laid side by side and "
    "an editor makes one review of them. A layer of attention does this with a sentence: each critic "
    "is a **head**, attention with small matrices of its own, and the editor is one more matrix, "
    ":red[W_O]."
)
with st.expander("The sentence as numbers: X", icon=":material/grid_on:", on_change="rerun") as x:
    if x.open:
        st.markdown(
            "Made by hand. The last two numbers say where a word stands: they are the tip of a clock "
            "hand that moves on by one hour from word to word."
        )
        critics.table("The embeddings", X, "diverging")
toy()

real_heading("All the heads of one layer of a real model")
toy_of_text, choice = toy_or_none(), chosen()
if toy_of_text is None:
    st.info(
        "The model has no sentence to read. Type one in the next lesson, or on *Side by side*.",
        icon=":material/edit:",
    )
else:
    scenario = toy_of_text.current
    capture = read_or_wait(choice.model_id, scenario.sentence, key="multi_head_model")
    if capture is not None:
        all_heads(capture, choice.layer, real_world(scenario, choice))
