"""Find a head: all heads of the model ranked by what they do, and how often chance would do as well."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import streamlit as st

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.head_search import Found, find
from attention_core.errors import ReaderError
from attention_core.experiments import find_a_head
from attention_core.experiments.find_a_head import WordWeights, word_chance
from attention_core.pretrained import loading
from attention_core.toy.scenario import run
from pages.explore.find_a_head.patterns import patterns_panel
from pages.explore.find_a_head.ranking import (
    NO_LOOK_AHEAD,
    RARE,
    Others,
    Ranking,
    against_untrained,
    captured_by,
    head_name,
    random_best,
    short,
    word_weights,
)
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.widgets.parts import formula, notice_this, one_of, toy_of_sentence
from pages.ui.widgets.wording import labels

WORDS, PATTERN = "From one word to another", "A pattern"


def words_panel(toy: Toy, choice: Choice) -> None:
    """Choose a word to be looked at and one to compare with; then all heads by the weight."""
    scenario = toy.current
    words = labels(scenario.tokens)
    key, control = _choose(toy, choice.query, words)
    if read_or_wait(choice.model_id, scenario.sentence, key="find_a_head_model") is None:
        return
    try:
        asked = word_weights(choice.model_id, scenario.sentence, scenario.spans, choice.query)
    except ReaderError as error:
        st.info(str(error), icon=":material/info:")
        return
    _formula(asked, key)
    if np.isnan(asked.rows[:, key]).all():
        st.info(_why_not(asked, key, choice.query), icon=":material/info:")
        return
    found = find(asked.rows, key, control)
    _winner(asked, found, words, choice.query, key, control)
    ranks = [f"{rank} of {n}" for rank, n in zip(found.key_rank, found.n_units, strict=True)]
    compared = {"control": found.control, "difference": found.difference}
    others: Others = ({} if control is None else compared) | {"rank of key": ranks}
    Ranking(
        asked.places,
        found.weights,
        others,
        name=f"Weight from {words[choice.query]} to {words[key]}",
        key="find_a_head_words",
    ).draw()
    word_against_chance(asked, found, key)
    sentence, spans, query = scenario.sentence, scenario.spans, choice.query

    def scores_of(fresh: loading.LoadedModel) -> np.ndarray:
        return find_a_head.word_weights(captured_by(fresh, sentence), spans, query).rows[:, key]

    what = ("word", sentence, spans, query, key)
    against_untrained(choice.model_id, what, scores_of, found.weights)


def _choose(toy: Toy, query: int, words: list[str]) -> tuple[int, int | None]:
    """The key and the control, from two boxes; each sentence and query begins with its own usual ones."""
    place = f"{crc32(toy.base.sentence.encode(errors='replace'))}_{query}"
    first, second = usual(toy, query)
    asks, looked_at, compared = st.columns(3, vertical_alignment="bottom")
    asks.markdown(":blue[**asks**] (choose it in the sidebar)")
    asks.text(words[query])
    key = looked_at.selectbox(
        "looks at (key)",
        range(len(words)),
        index=first,
        format_func=words.__getitem__,
        key=f"find_a_head_key_{place}",
        persist_state="session",
    )
    rest = [i for i in range(len(words)) if i != key]
    if not rest:
        return key, None
    control = compared.selectbox(
        "compared with (control)",
        rest,
        index=rest.index(second) if second in rest else 0,
        format_func=words.__getitem__,
        key=f"find_a_head_control_{place}_{key}",
        persist_state="session",
        help="A head that gives both words the same does not tell them apart.",
    )
    return key, control


def usual(toy: Toy, query: int) -> tuple[int, int | None]:
    """The key and control to begin with: noun and rival of a built-in sentence, the toy's strongest, the longest words."""
    scenario = toy.base
    built_in = next((each for each in SENTENCES if each.text == scenario.sentence), None)
    if built_in and scenario.spans[query] == built_in.place(built_in.pronoun):
        noun, rival = (built_in.place(word) for word in (built_in.noun, built_in.rival))
        return scenario.spans.index(noun), scenario.spans.index(rival)
    others = [i for i in range(len(scenario.tokens)) if i != query]
    before = [i for i in others if i < query]
    value = (
        run(scenario).heads.weights[0, query]
        if toy.origin == "preset"
        else [len(token) for token in scenario.tokens]
    )
    best = sorted(before or others or [query], key=lambda i: -value[i])
    rest = [*best[1:], *(i for i in others if i not in best)]
    return best[0], rest[0] if rest else None


def _formula(asked: WordWeights, key: int) -> None:
    n_query, n_key = asked.n_query_pieces, asked.n_pieces[key]
    query = (
        "the last token of the :blue[asking word], which has seen all of it,"
        if asked.places.is_causal
        else "the token of the :blue[asking word]"
        if n_query == 1
        else f"the {n_query} tokens of the :blue[asking word], on average,"
    )
    tokens = "its token" if n_key == 1 else f"its {n_key} tokens, added up"
    if asked.is_shared[key]:
        tokens += "; the weight of a token that covers several words is divided equally among them"
    formula(
        f":violet[**weight**] of a head = what {query} gives the :orange[key] ({tokens})",
        key="find_a_head_words",
    )


def _why_not(asked: WordWeights, key: int, query: int) -> str:
    if asked.places.is_causal and key > query:
        return f"{NO_LOOK_AHEAD} Choose an earlier key, or let a later word ask (in the sidebar)."
    return "The model has not read this word: the text is too long for it. Choose an earlier one."


def _winner(
    asked: WordWeights, found: Found, words: list[str], query: int, key: int, control: int | None
) -> None:
    best = found.best
    sentence = (
        f"Of {len(asked.places)} heads, {head_name(asked.places, best)} gives {words[key]} the most: "
        f"{found.weights[best]:.3f} of what {words[query]} has to share out."
    )
    if control is not None and np.isfinite(found.control[best]):
        sentence += (
            f" {words[control]} gets {found.control[best]:.3f} there, "
            f"a difference of {short(found.difference[best])}."
        )
    st.text(sentence)  # quotes the reader's words: shown literally


def word_against_chance(asked: WordWeights, found: Found, key: int) -> None:
    """Up to four yardsticks, and what follows."""
    best, n_pieces, chance = found.best, asked.n_pieces[key], word_chance(asked, found, key)
    n_heads, n_tokens, dealt, fair = chance.n_heads, chance.n_tokens, chance.dealt, chance.dealt
    random = random_best(n_heads, n_tokens, n_pieces, asked.n_query_pieces)
    lines = [
        f"**{asked.even[best, key]:.3f}**: a uniform head, the same for each token: the key has "
        f"{n_pieces} of {n_tokens}",
        f"**{random:.3f}**: the best of {n_heads} heads with random scores, on average (softmax of "
        "normally distributed scores with variance 1)",
        f"**{dealt.expected:.3f}**: the best of these {n_heads} heads, on average, if each kept its weights but "
        f"dealt them out to the keys at random. The best would reach {found.weights[best]:.3f} or more in "
        f"**{dealt.p_as_large:.1%}** of all deals",
    ]
    if chance.without_sink is not None:
        fair = chance.without_sink
        lines.append(
            f"**{fair.expected:.3f}**: the same without the key that takes most of all heads "
            f"together (a sink): {found.weights[best]:.3f} or more in **{fair.p_as_large:.1%}** "
            "of all deals"
        )
    firsts = int((found.key_rank[np.isfinite(found.weights)] == 1).sum())
    st.markdown(
        f"**How much of that is chance?** {n_heads} heads were tried, and the best was taken."
    )
    st.markdown("\n".join(f"- {line}" for line in lines))
    verdict = (
        "That is rare by chance, but it is one sentence: change a word and see whether it holds."
        if fair.p_as_large < RARE
        else "So among this many heads, one sentence proves nothing: a head as strong as this would "
        "often turn up by chance. *A pattern › coreference* asks many sentences."
    )
    notice_this(
        f"The winner ranks the key **{found.key_rank[best]} of {found.n_units[best]}**. It comes first "
        f"in {firsts} of {n_heads} heads; shuffling would give {dealt.expected_first:.1f}. "
        f"{verdict}"
    )


st.markdown(
    "A model has dozens or hundreds of heads. Say what you are looking for. Every head is measured, and "
    "the best one is compared with the best that **chance** would give among as many heads."
)
search = one_of("What are you looking for?", [WORDS, PATTERN], key="find_a_head_search")
if search == WORDS:
    toy = toy_of_sentence()
    if toy is not None:
        words_panel(toy, chosen())
else:
    patterns_panel(chosen())
