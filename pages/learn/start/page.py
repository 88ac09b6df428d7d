"""Lesson 1: attention as focus. One word, “it”, and where its light falls: in a toy and in a real head."""

import streamlit as st

from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, run, set_cell
from pages.contents import LESSONS
from pages.frame import link_with, seen
from pages.learn.start.real import real_light
from pages.ui.reader.controls import chosen
from pages.ui.reader.predict import predict
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.spotlight import Lit, spotlight

TOY = preset_named("The cat and the mat")
IT, CAT, MAT = (TOY.tokens.index(word) for word in ("it", "cat", "mat"))
CANDIDATES = ("cat", "sat", "mat", "tired")
FIRST = ("a living being", "a thing")


@st.fragment
def focus() -> None:
    """The reader guesses first; then the sentence is lit."""
    weights = run(TOY).heads.weights[0, IT]
    guesses = [TOY.tokens.index(word) for word in CANDIDATES]
    sentence = st.container()
    answered = predict(
        "what does “it” mean?",
        CANDIDATES,
        max(range(len(guesses)), key=lambda i: weights[guesses[i]]),
        lambda: (
            f"Below, a machine’s answer: of the attention of “it”, a toy gives the cat "
            f"{weights[CAT]:.0%} and the mat {weights[MAT]:.0%}."
        ),
        key="start_it",
    )
    if not answered:
        with sentence:
            plain = [Lit(token) for token in TOY.tokens]
            spotlight(plain, key="start_sentence", label="The sentence, “it” asks", selected=IT)
        return
    left, right = st.columns(2, gap="large")
    with left:
        toy_light()
    with right:
        real_light(chosen())
    notice_this(
        "Nobody typed in these shares. **All the light is computed**, from numbers that stand for "
        "words. How, is what the next lessons show, one step at a time."
    )


def toy_light() -> None:
    """The toy's row, and what becomes of it if "it" looks for something else first."""
    st.markdown("**A toy: a few numbers, made by hand**")
    picture = st.container()
    first = st.segmented_control(
        "What does “it” look for first?", FIRST, default=FIRST[0], required=True, key="start_first"
    )
    weights = run(TOY if first == FIRST[0] else things_first(TOY)).heads.weights[0, IT]
    words = [
        Lit(token, weight, f"{weight:.2f}")
        for token, weight in zip(TOY.tokens, weights.tolist(), strict=True)
    ]
    with picture:
        st.markdown("The stronger the light, the more “it” takes from that word.")
        spotlight(words, key="start_toy", label="Attention weights of “it” in the toy", selected=IT)
    rest = weights.sum() - weights[CAT] - weights[MAT]
    formula(
        f":violet[**weights**] of “it”: cat **{weights[CAT]:.4f}** "
        f"+ mat **{weights[MAT]:.4f}** + the others **{rest:.4f}** "
        f"= **{weights.sum():.4f}**",
        key="start_shares",
    )
    st.markdown("A **weight** is a share of attention. One word’s weights always make one whole.")


def things_first(toy: Scenario) -> Scenario:
    """The toy with the two numbers swapped that say what a pronoun asks for."""
    pronoun, being, thing = map(toy.dimensions.index, ("pronoun", "being", "thing"))
    for_being, for_thing = toy.W_Q[pronoun, [being, thing]].tolist()
    swapped = set_cell(toy, "W_Q", pronoun, being, for_thing)
    return set_cell(swapped, "W_Q", pronoun, thing, for_being)


def why_it_matters() -> None:
    st.header("Why it matters", anchor=False)
    st.markdown(
        "Earlier models read **one word after another** and kept only a summary of what they had "
        "read. Long before the end, the beginning had faded. With attention every word can look "
        "straight at every other."
    )
    for column, (icon, what, why) in zip(
        st.columns(4),
        (
            ("person_search", "Pronouns", "Who is “it”, who is “she”? One look back is enough."),
            ("translate", "Translation", "Each new word looks at the words it stems from."),
            ("menu_book", "Long documents", "The last page can look at the first one directly."),
            ("forum", "Chat", "An answer can draw on everything said before."),
        ),
        strict=True,
    ):
        with column.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: **{what}**  \n{why}")


def the_course() -> None:
    st.header(f"The way there: {len(LESSONS)} steps", anchor=False)
    for lesson in LESSONS:
        opened = lesson.number in seen()
        way, question = st.columns([2, 5], vertical_alignment="center", gap=None)
        way.page_link(
            lesson.file,
            label=f"**{lesson.heading}**",
            icon=f":material/{'check_circle' if opened else 'radio_button_unchecked'}:",
            query_params=link_with(lesson.number),
        )
        question.markdown(lesson.question)


st.markdown(
    "You are at a party. Twenty conversations go on at once, and yet you follow one: **attention** "
    "is what you turn up while the rest goes quiet. A machine that reads has to do the same, "
    "once for every word. Take one word:"
)
focus()
why_it_matters()
the_course()
