"""The answer to "Does the coreference head matter?": the words follow the numbers, whatever these say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.effects import share_as_large
from attention_core.analysis.pronoun_prompts import Prompt
from pages.experiment.knock_out.against import RARE
from pages.experiment.knock_out.pronoun_runs import Answer, Question
from pages.ui.widgets.parts import notice_this
from pages.ui.widgets.wording import number, signed


def lesson(answer: Answer) -> None:
    """The sentence of the lessons alone: one line for each way it is asked."""
    question = answer.question
    st.markdown(
        "**The sentence of the lessons**"
        + (", up to where nothing tells yet which is right" if question.by_prediction else "")
    )
    layer = question.head[0]
    in_layer = [head for head in answer.heads if head[0] == layer]
    places = st.columns(len(question.of_lesson), gap="medium")
    for i, place in zip(question.of_lesson, places, strict=True):
        control = float(answer.control((i,))[0])
        change = float(answer.changes(question.head, (i,))[0])
        if not np.isfinite(control):
            continue
        sizes = [abs(float(answer.changes(head, (i,))[0])) for head in in_layer]
        rank = 1 + sum(size > abs(change) for size in sizes)
        text, wanted, rival = _words(question, i)
        with place.container(border=True):
            st.text(f"{text} …" if question.by_prediction else text)
            st.markdown(
                f"*{wanted}* against *{rival}*: leaning **{signed(control)}** with all heads, "
                f":red[**{signed(control + change)}**] without this one: **{signed(change)}**. By size that is "
                f"number {rank} of the {len(in_layer)} heads of its layer."
            )


def scored(answer: Answer) -> None:
    """The mean over all texts with a right answer, and what follows."""
    question = answer.question
    means = answer.means()
    if not means:
        st.markdown(
            "This model cannot be asked: both nouns begin with the same token in every text."
        )
        return
    control = answer.control(answer.known)
    changes = answer.changes(question.head, answer.known)
    n, own = len(changes), means[question.head]
    rest = np.array([mean for head, mean in means.items() if head != question.head])
    right, fell = int((control > 0).sum()), int((changes < 0).sum())
    st.markdown(f"**{n} sentences in which one noun is right**")
    st.markdown(
        f"With all heads the model leans to the right noun in **{right} of {n}**, by **{signed(float(control.mean()))}** on "
        f"average. Without layer {question.head[0]} · head {question.head[1]} the leaning changes by "
        f":red[**{signed(own)}**] on average; it falls in **{fell} of {n}**."
    )
    sizes = answer.means(sizes=True)
    size = sizes[question.head]
    n_sizes = sum(each >= size for each in sizes.values()) - 1
    st.markdown(
        f"Whatever the direction, it moves the leaning by **{number(size)}** in a sentence, on average; "
        f"{n_sizes} of {len(rest)} other heads move it as much or more."
    )
    notice_this(_verdict(answer, own, rest, float(control.mean())))


def _verdict(answer: Answer, own: float, rest: np.ndarray, control: float) -> str:
    """The words follow the numbers."""
    n, k = len(rest), int((np.abs(rest) >= abs(own)).sum())
    whose = "of its layer" if len(answer.layers) == 1 else f"of {len(answer.layers)} layers"
    counted = (
        f"**{k} of {n}** other heads {whose}, taken out alone, move the mean as much or more. "
        f"By size it is number {k + 1} of {n + 1}. "
    )
    if len(answer.layers) > 1:
        counted += _in_its_layer(answer, own)
    if not answer.question.is_known:
        return counted + (
            "You chose this head, perhaps for its effect. A p-value would mislead then, because the largest of many "
            "always comes first."
        )
    p, least = share_as_large(own, rest), 1 / (n + 1)
    counted += (
        f"The lessons named it before any effect was measured, so p = ({k} + 1) / ({n} + 1) = **{p:.3f}**; "
        f"with {n} others p cannot get below {least:.3f}. "
    )
    if p > RARE and k == 0:
        return counted + "None moves it as much. Measure all heads to tell more."
    if p > RARE:
        return counted + (
            "So on these texts it does **not** stand out in helping to find the right noun: attending to it is one thing, and "
            "what comes out of the model another. Other heads may do the same work."
        )
    if own > 0:
        return counted + (
            "So it matters, but the other way: the model leans to the right noun **more** without it."
        )
    said = counted + "So **yes, on these texts it matters**: few heads do as much. "
    if control > abs(own):
        said += (
            f"But it is not alone: it makes up {abs(own) / control:.0%} of the mean leaning, and the rest is left "
            "without it."
        )
    return said


def _in_its_layer(answer: Answer, own: float) -> str:
    """Early layers move everything, so the head's own layer is the fairer comparison."""
    head = answer.question.head
    others = [mean for each, mean in answer.means().items() if each[0] == head[0] and each != head]
    k = sum(abs(mean) >= abs(own) for mean in others)
    return f"(In its own layer: {k} of {len(others)}.) "


def _words(question: Question, i: int) -> tuple[str, str, str]:
    """The text, the word that is right, and the other one."""
    text = question.texts[i]
    if isinstance(text, Prompt):
        return text.text, text.wanted, text.rival
    return text.text, text.noun, text.rival


def every_text(answer: Answer) -> None:
    question = answer.question
    with st.expander(
        "Every text", icon=":material/list:", on_change="rerun", key="knock_out_pronoun_texts"
    ) as shown:
        if not shown.open:
            return
        every = tuple(range(len(question.texts)))
        control, changes = answer.control(every), answer.changes(question.head, every)
        words = [_words(question, i) for i in every]
        frame = pd.DataFrame(
            {
                "text": [text for text, _, _ in words],
                "meant": [meant for _, meant, _ in words],
                "other": [other for _, _, other in words],
                "leaning": control,
                "without the head": control + changes,
                "change": changes,
            }
        )
        numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in frame.columns[3:]}
        st.dataframe(
            frame,
            hide_index=True,
            column_config=numbers,
            alt="The leaning of each text, with all heads and without the one in question",
        )
