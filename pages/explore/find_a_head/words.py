"""Which head looks from one word to another? All heads ranked, with a control word, and what chance would give."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import streamlit as st

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.analysis.head_search import Found, best_of_random, dealt_out, find
from attention_core.errors import ReaderError
from attention_core.experiments.find_a_head import WordWeights, word_weights
from attention_core.toy.scenario import Scenario, run
from pages.explore.find_a_head import runs
from pages.explore.find_a_head.ranking import RARE, Others, head_name, ranking, short
from pages.explore.find_a_head.untrained import against_untrained, captured_by
from pages.ui.reader.controls import Choice
from pages.ui.reader.real import read_or_wait
from pages.ui.reader.toy_state import Toy
from pages.ui.server.cache import cached
from pages.ui.widgets.parts import formula, notice_this
from pages.ui.widgets.wording import labels

NO_LOOK_AHEAD = "In a causal model no word can look ahead: every head gives this key exactly 0."
SHUFFLED = "if each kept its weights but dealt them out to the keys at random"


def words_panel(toy: Toy, choice: Choice) -> None:
    """Choose a word to be looked at and one to compare with; then all heads by the weight."""
    scenario = toy.current
    words = labels(scenario.tokens)
    key, control = _choose(toy, choice.query, words)
    if read_or_wait(choice.model_id, scenario.sentence, key="find_a_head_model") is None:
        return
    try:
        asked = runs.word_weights(choice.model_id, scenario.sentence, scenario.spans, choice.query)
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
    others: Others = {"rank of key": ranks}
    if control is not None:
        others = {
            "control": found.control,
            "difference": found.difference,
            **others,
        }
    ranking(
        asked.places,
        found.weights,
        others,
        name=f"Weight from {words[choice.query]} to {words[key]}",
        key="find_a_head_words",
    )
    word_against_chance(asked, found, key)
    sentence, spans, query = scenario.sentence, scenario.spans, choice.query
    against_untrained(
        choice.model_id,
        ("word", sentence, spans, query, key),
        lambda fresh: word_weights(captured_by(fresh, sentence), spans, query).rows[:, key],
        found.weights,
    )


def _choose(toy: Toy, query: int, words: list[str]) -> tuple[int, int | None]:
    """The key and the control, from two boxes; each sentence and query begins with its own usual ones."""
    place = f"{crc32(toy.base.sentence.encode(errors='replace'))}_{query}"
    first, second = usual(toy, query)
    asks, looked_at, compared = st.columns(3, vertical_alignment="bottom")
    with asks:
        st.markdown(":blue[**asks**] (choose it in the sidebar)")
        st.text(words[query])
    with looked_at:
        key = st.selectbox(
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
    with compared:
        control = st.selectbox(
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
    candidates = before or others or [query]
    value = _strongest(scenario, query) if toy.origin == "preset" else _lengths(scenario)
    best = sorted(candidates, key=lambda i: -value[i])
    spare = [i for i in others if i not in best]
    second = [*best[1:], *spare]
    return best[0], second[0] if second else None


def _strongest(scenario: Scenario, query: int) -> list[float]:
    return run(scenario).heads.weights[0, query].tolist()


def _lengths(scenario: Scenario) -> list[float]:
    return [float(len(token)) for token in scenario.tokens]


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
    n_heads, best = int(np.isfinite(found.weights).sum()), found.best
    n_tokens = round(asked.n_pieces[key] / asked.even[best, key])
    random = _random(n_heads, n_tokens, asked.n_pieces[key], asked.n_query_pieces)
    dealt = fair = dealt_out(asked.rows, key)
    lines = [
        f"**{asked.even[best, key]:.3f}**: an even head, the same for each token: the key has "
        f"{asked.n_pieces[key]} of {n_tokens}",
        f"**{random:.3f}**: the best of {n_heads} heads with random scores, on average (softmax of "
        "normally distributed scores with variance 1)",
        f"**{dealt.expected:.3f}**: the best of these {n_heads} heads, on average, {SHUFFLED}. The best would reach "
        f"{found.weights[best]:.3f} or more in **{dealt.p_as_large:.1%}** of all deals",
    ]
    sink = _sink(asked.rows, key)
    if sink is not None:
        fair = dealt_out(np.delete(asked.rows, sink, axis=1), key - (sink < key))
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
        f"in {firsts} of {n_heads} heads, where dealing at random would make it {dealt.expected_first:.1f}. "
        f"{verdict}"
    )


@cached(max_entries=32)
def _random(n_heads: int, n_keys: int, n_key_pieces: int, n_pieces: int) -> float:
    return best_of_random(n_heads, n_keys, n_key_pieces, n_pieces)


def _sink(rows: np.ndarray, key: int) -> int | None:
    """The unit with the most weight of all heads together, where it is neither the key nor all there is."""
    sink = int(np.nan_to_num(rows).sum(axis=0).argmax())
    return None if sink == key or np.isfinite(rows).sum(axis=1).min() < 3 else sink
