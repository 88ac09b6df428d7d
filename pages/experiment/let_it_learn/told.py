"""Each task in words: what is asked, an example, and where attention would have to look."""

import streamlit as st

from attention_core.toy.tasks import NOUNS_OF, Sequences, Task, tokens_of
from attention_core.toy.training import Training
from pages.ui.widgets.wording import labels

ASKED = {
    "copy": "**Each word must answer with the word before it.** The answer stands one place to the left, so each "
    "query has to look there.",
    "marked": "**One word wears a ★, and the last token must say which.** The star may stand anywhere, so the query "
    "has to find it.",
    "pronoun": "**The pronoun must answer with the noun it means.** Two nouns are there and only one fits, so the query "
    "has to pass by the other: "
    + ", ".join(f"*{pronoun}* → {' or '.join(nouns)}" for pronoun, nouns in NOUNS_OF.items())
    + ".",
}
ADDED_UP = {
    "copy": "the sum of two embeddings: that of its word and that of its place",
    "marked": "the sum of the embeddings of its word and its place, and of ★ if it wears one",
    "pronoun": "the embedding of its word; it is not told its place",
}
N_ANSWERS = 2  # that are spelled out


def tell(training: Training) -> None:
    """The task in a sentence, one training sequence, and what the toy is told and not told."""
    task = training.task
    st.markdown(ASKED[task.name])
    st.text(_example(task, training.training))
    st.markdown(
        f"The toy reads {len(training.training)} such sequences again and again. It is told **which word was right, "
        "never where to look**. Will it find out?"
    )


def _example(task: Task, sequences: Sequences) -> str:
    words = tokens_of(task, sequences, 0)
    names = labels(words)
    answers = [
        f"{names[q_pos]} → {task.words[sequences.target[0, q_pos]]}"
        for _, q_pos in zip(range(N_ANSWERS), _asked(sequences), strict=False)
    ]
    more = " · …" if sequences.asked[0].sum() > N_ANSWERS else ""
    return f"Reads:  {' '.join(words)}\nMust answer:  {' · '.join(answers)}{more}"


def _asked(sequences: Sequences) -> list[int]:
    return [q_pos for q_pos, is_asked in enumerate(sequences.asked[0]) if is_asked]


def how_it_is_built(training: Training) -> None:
    """The toy's parts, for those who ask."""
    task, settings = training.task, training.settings
    d_model = len(task.symbols)
    st.markdown(
        f"""
- **x**: a token is {ADDED_UP[task.name]}. E has {d_model} of these, and at first each has one of the {d_model} dimensions
  to itself (E is the identity), so that every matrix can be read row by row.
- **Attention** is the same function as everywhere in this app, with {settings.n_heads} head{"s" * (settings.n_heads > 1)},
  on the whole batch at once. No token may look at itself: a pronoun could else name its two nouns by heart.
- **W_O** stays fixed: it adds up the words that the heads hand over. With W_O = I each head could write only some dimensions, that is,
  name only some of the words.
- **Answer**: logits = :red[output] · Eᵀ at the positions that ask; **loss** = mean of −log softmax(logits) at the right word.
- **W_Q, W_K, W_V** begin as small random numbers from the seed, so at first every query looks everywhere alike.
- One step reads a random batch of the {len(training.training)} training sequences; {len(training.held_out)} others are held out:
  accuracy and weights on this page are measured on those.
"""
    )
