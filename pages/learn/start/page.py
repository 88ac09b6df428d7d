"""Lesson 1: attention as focus. One word, “it”, and where its light falls: in a toy and in a real head."""

import numpy as np
import streamlit as st

from attention_core.analysis.leave_out import fell_most
from attention_core.analysis.words import sum_over_groups, tokens_of
from attention_core.pretrained.layers import Capture
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, run, set_cell
from attention_core.toy.words import word_spans
from pages.contents import LESSONS
from pages.frame import link_with, seen, ticked
from pages.learn.start.verdict import (
    ADDED_BY_THE_MODEL,
    AGREES,
    DIFFERS,
    WHY_THE_CAT,
    LargestShare,
    added_tokens,
    largest_share,
)
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.server import models
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.spotlight import Lit, spotlight

TOY = preset_named("The cat and the mat")
IT, CAT, MAT = (TOY.tokens.index(word) for word in ("it", "cat", "mat"))
PRONOUN, BEING, THING = map(TOY.dimensions.index, ("pronoun", "being", "thing"))
CANDIDATES = ("cat", "sat", "mat", "tired")
FIRST = ("a living being", "a thing")
LOOKS_FOR = "start_first"  # session: which of them
OPENING = "The cat sat on the mat because it was "  # a full stop follows the last word
TIRED = "tired"
LAST_WORDS = {TIRED: "cat", "hungry": "cat", "soft": "mat", "wet": "mat"}  # what “it” then means
DONE, OPENED, NOT_OPENED = "check_circle", "radio_button_checked", "radio_button_unchecked"
LEFT_TO_RIGHT = (
    "This model reads from left to right. At “it” it has not seen the last word yet, "
    "so whatever that word is, this light **cannot** move."
)


@st.fragment
def focus() -> None:
    meant = LAST_WORDS[TIRED]
    toy = toy_shown()
    weights = run(toy).heads.weights[0, IT]
    sentence = st.container()
    ticked_before = ticked()
    answered = predict(
        "what does “it” refer to?",
        CANDIDATES,
        CANDIDATES.index(meant),
        lambda: (
            f"{WHY_THE_CAT} In the toy below, “it” gives **{weights[CAT]:.0%}** of its attention "
            f"to “cat” and **{weights[MAT]:.0%}** to “mat”."
        ),
        key="start_it",
    )
    if ticked() != ticked_before:
        st.rerun()  # the list of lessons below is not part of this
    if not answered:
        with sentence:
            plain = [Lit(token) for token in TOY.tokens]
            spotlight(plain, key="start_sentence", label="The sentence, “it” asks", selected=IT)
        return
    left, right = st.columns(2, gap="large")
    with left:
        toy_light(toy)
    with right:
        real_light(chosen())
    notice_this(
        "**All the light is computed**, from numbers that stand for words. In the toy we chose these "
        "numbers so that the cat wins; in the model, training set them. "
        "The next lessons show how, one step at a time."
    )


def toy_shown() -> Scenario:
    """The toy as the reader last set it: the box above the picture speaks of it, too."""
    first = st.session_state.get(LOOKS_FOR, FIRST[0])
    return TOY if first == FIRST[0] else things_first(TOY)


def toy_light(toy: Scenario) -> None:
    """The toy's row, and what becomes of it if "it" looks for something else first."""
    st.markdown("**A toy: a few numbers, made by hand**")
    weights = run(toy).heads.weights[0, IT]
    words = [
        Lit(token, weight, f"{weight:.2f}")
        for token, weight in zip(toy.tokens, weights.tolist(), strict=True)
    ]
    st.markdown("The stronger the light, the more “it” takes from that word.")
    spotlight(words, key="start_toy", label="Attention weights of “it” in the toy", selected=IT)
    st.segmented_control(
        "What does “it” look for first?", FIRST, default=FIRST[0], required=True, key=LOOKS_FOR
    )
    for_being, for_thing = toy.W_Q[PRONOUN, [BEING, THING]]
    st.markdown(
        f"{'We chose' if toy is TOY else 'You swapped'} two numbers: “it” looks for a living being "
        f"with **{for_being:.1f}** and for a thing with **{for_thing:.1f}**."
    )
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
    for_being, for_thing = toy.W_Q[PRONOUN, [BEING, THING]].tolist()
    swapped = set_cell(toy, "W_Q", PRONOUN, BEING, for_thing)
    return set_cell(swapped, "W_Q", PRONOUN, THING, for_being)


def real_light(choice: Choice) -> None:
    """The chosen head on the sentence, whose last word the reader can change."""
    st.markdown("**A real model: millions of numbers, learned**")
    picture = st.container()
    before = read_or_wait(choice.model_id, f"{OPENING}{TIRED}.", key="start")
    if before is None:
        return
    last = st.pills(
        "Change the last word", LAST_WORDS, default=TIRED, required=True, key="start_last"
    )
    after = models.captured(choice.model_id, f"{OPENING}{last}.")
    layer = after.layers[choice.layer]
    if not (after.asks_itself(layer) and _pieces_of_it(after)):
        picture.info("This layer does not look from word to word of one text: choose another.")
        return
    head, q_pos = min(choice.head, layer.n_heads - 1), _pieces_of_it(after)[-1]
    row = layer.weights[head, q_pos]
    with picture:
        st.markdown(
            f"Layer {choice.layer}, head {head}: one of the model’s "
            f"**{sum(each.n_heads for each in after.layers)}** attention heads."
        )
        spotlight(
            [
                Lit(token.text, weight, f"{weight:.2f}", faint=token.is_special)
                for token, weight in zip(after.tokens, row.tolist(), strict=True)
            ],
            key="start_real",
            label=f"Attention weights of “it” in layer {choice.layer}, head {head}",
            selected=q_pos,
        )
        if added := added_tokens(after.tokens):
            st.text(f"{ADDED_BY_THE_MODEL} {', '.join(added)}")
    cat, mat = _by_word(after, row)[[CAT, MAT]]
    st.markdown(f":violet[cat **{cat:.2f}**, mat **{mat:.2f}**]")
    _verdict(LAST_WORDS[last], largest_share(after, row))
    if last != TIRED and layer.kind == "decoder":
        st.markdown(LEFT_TO_RIGHT)
    elif last != TIRED:
        _what_moved(before, after)


def _verdict(meant: str, largest: LargestShare) -> None:
    """Whether the head’s largest share goes where a reader would look."""
    if largest.name == meant:
        st.markdown(AGREES.format(meant))
        return
    st.text(  # a token of somebody’s tokenizer may hold anything
        f"The largest share, {largest.weight:.2f}, goes to “{largest.name}”"
        f"{', which the model added' if largest.is_added else ''}."
    )
    st.markdown(DIFFERS.format(meant))


def _what_moved(before: Capture, after: Capture) -> None:
    """The head that took most light off the cat, and a way to it."""
    old, new = _light_on_cat(before), _light_on_cat(after)
    layer, head = fell_most(old, new)
    st.markdown(
        f"Of the {old.size} heads, **layer {layer}, head {head}** shifted the most attention away "
        f"from “cat”: :violet[**{old[layer, head]:.2f}** → **{new[layer, head]:.2f}**]."
    )
    if st.button("Look at that head", icon=":material/visibility:", key="start_look",
                 on_click=lambda: st.session_state.update(layer=layer, head=head)):  # fmt: skip
        st.rerun()  # the sidebar shows layer and head, too


def _light_on_cat(capture: Capture) -> np.ndarray:
    """(n_layers, n_heads): how much of the attention of “it” goes to “cat”."""
    q_pos = _pieces_of_it(capture)[-1]
    return np.array(
        [_by_word(capture, layer.weights[:, q_pos])[:, CAT] for layer in capture.layers]
    )


def _by_word(capture: Capture, weights: np.ndarray) -> np.ndarray:
    """Weights on tokens as weights on words, which stand where they stand in the toy."""
    words = word_spans(capture.text)
    return sum_over_groups(weights, [tokens_of(word, capture.places) for word in words])


def _pieces_of_it(capture: Capture) -> list[int]:
    return tokens_of(TOY.spans[IT], capture.places)


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
            (
                "translate",
                "Translation",
                "Each translated word looks back at the words it translates.",
            ),
            ("menu_book", "Long documents", "The last page can look at the first one directly."),
            ("forum", "Chat", "An answer can draw on everything said before."),
        ),
        strict=True,
    ):
        with column.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: **{what}**  \n{why}")


def the_course() -> None:
    st.header(f"The course: {len(LESSONS)} lessons", anchor=False)
    st.markdown(
        f":material/{DONE}: You answered a question there, or went on to the next lesson. "
        f":material/{OPENED}: You opened it."
    )
    for lesson in LESSONS:
        opened = OPENED if lesson.number in seen() else NOT_OPENED
        way, question = st.columns([2, 5], vertical_alignment="center", gap=None)
        way.page_link(
            lesson.file,
            label=f"**{lesson.heading}**",
            icon=f":material/{DONE if lesson.number in ticked() else opened}:",
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
