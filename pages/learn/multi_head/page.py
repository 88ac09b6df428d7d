"""Lesson: why look at one sentence several times at once? Eight critics on one sentence, then a real layer."""

from collections.abc import Callable

import streamlit as st

from attention_core.toy.critics import D_HEAD, D_MODEL, TOKENS
from pages.learn.multi_head import pictures
from pages.learn.multi_head.patterns import average, measured_critics
from pages.learn.multi_head.pictures import merge, one_product
from pages.learn.multi_head.real import all_heads
from pages.learn.multi_head.state import Critics, critics, editor, how_many_and_who
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.worlds import real_world
from pages.ui.widgets.parts import formula, notice_this, one_of, real_heading
from pages.ui.widgets.wording import sub


@st.fragment
def toy() -> None:
    """Everything that follows from the critics' numbers: one change redraws all that is shown of it."""
    state = critics()
    the_formula(state)
    how_many_and_who()
    flow, heads = st.columns(2, gap="large")
    heatmap, hands = st.columns([5, 4], gap="large")
    with hands:
        editor(state)
    with flow:
        pictures.flow(state)
    with heads:
        watch(state)
    with heatmap:
        pictures.chosen_head(state)
    st.header("And then? Four questions", anchor=False)
    question = one_of(
        "Question",
        QUESTIONS,
        key="multi_head_question",
        default="1 · What becomes of the heads?",
        has_label=False,
    )
    QUESTIONS[question](state)


def the_formula(state: Critics) -> None:
    last, size = len(state.watching) - 1, len(state.watching) * D_HEAD
    heads = " | ".join(f"head{sub(head)}" for head in dict.fromkeys((0, last)))
    formula(
        f":violet[**weights**ᵢ] = softmax( :blue[X W_Qᵢ] · (:orange[X W_Kᵢ])ᵀ / √{D_HEAD} )   and   "
        f"headᵢ = :violet[**weights**ᵢ] · :green[X W_Vᵢ]   for each head i  \n"
        f":red[**output**] = [ {heads.replace('|', '| … |') if last > 1 else heads} ] · :red[W_O], "
        f"in numbers: {len(TOKENS)} × {size} times {size} × {D_MODEL}",
        key="multi_head",
    )


def watch(state: Critics) -> None:
    n_heads, found = len(state.watching), pictures.answers(state)
    st.markdown(
        "Each picture is one head's heatmap: rows ask, columns offer. Click one to look closer."
    )
    pictures.thumbnails(state)
    ask = "one head asks one question" if n_heads == 1 else f"{n_heads} heads ask {n_heads} at once"
    words = ", ".join(f"“{word}”" for word in found) or "none"
    notice_this(
        f"A row has a single whole to share out, so {ask}. Words that stand out for "
        f"“{TOKENS[state.query]}” in at least one of them: {words}."
    )


QUESTIONS: dict[str, Callable[[Critics], None]] = {  # one at a time: each is a screen of its own
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
        pictures.embeddings()
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
