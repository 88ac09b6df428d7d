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
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.real import read_or_wait
from pages.ui.server import models
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.spotlight import Lit, spotlight

TOY = preset_named("The cat and the mat")
IT, CAT, MAT = (TOY.tokens.index(word) for word in ("it", "cat", "mat"))
CANDIDATES = ("cat", "sat", "mat", "tired")
FIRST = ("a living being", "a thing")
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
    weights = run(TOY).heads.weights[0, IT]
    guesses = [TOY.tokens.index(word) for word in CANDIDATES]
    sentence = st.container()
    ticked_before = ticked()
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
    if ticked() != ticked_before:
        st.rerun()  # the list of lessons below is not part of this
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
            f"Layer {choice.layer}, head {head}: one of its many parts that share out light."
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
    cat, mat = _by_word(after, row)[[CAT, MAT]]
    st.markdown(_verdict(last, cat, mat))
    if last != TIRED and layer.kind == "decoder":
        st.markdown(LEFT_TO_RIGHT)
    elif last != TIRED:
        _what_moved(before, after)


def _verdict(last: str, cat: float, mat: float) -> str:
    brightest = "cat" if cat > mat else "mat"
    shares = f":violet[cat **{cat:.2f}**, mat **{mat:.2f}**]. "
    if brightest == LAST_WORDS[last]:
        return f"{shares}You would say the {brightest} as well."
    return (
        f"{shares}**You** would now say the {LAST_WORDS[last]}; this head stays with the {brightest}. "
        "A head is one habit of the model, not its opinion."
    )


def _what_moved(before: Capture, after: Capture) -> None:
    """The head that took most light off the cat, and a way to it."""
    old, new = _light_on_cat(before), _light_on_cat(after)
    layer, head = fell_most(old, new)
    st.markdown(
        f"Of all its {old.size} heads, **layer {layer}, head {head}** takes most light off the "
        f"cat now: :violet[**{old[layer, head]:.2f}** → **{new[layer, head]:.2f}**]."
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
