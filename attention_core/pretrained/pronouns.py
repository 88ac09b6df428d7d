"""Which of two nouns a model takes a pronoun for, in one number, and that number in changed runs.

Positive: the noun that is meant. Which heads have a part in it is for the caller to find out, by runs without them.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.analysis.coreference_sentences import PronounSentence
from attention_core.analysis.effects import log_probabilities
from attention_core.analysis.pronoun_prompts import Prompt
from attention_core.analysis.words import Span, tokens_of
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import Outcome
from attention_core.pretrained.ranking import of_each
from attention_core.pretrained.tokens import TokenizedText, tokenize
from attention_core.vectors import cosine


def first_token(word: str, loaded: LoadedModel) -> int:
    """The token that a text goes on with if `word` comes next; the first piece, if it takes several.

    With a space before the word, unless one is typed. Raises ValueError if there is no such token.
    """
    spaced = word if word[:1].isspace() else f" {word}"
    ids = loaded.tokenizer(spaced, add_special_tokens=False)["input_ids"]
    texts = [str(loaded.tokenizer.decode([each])) for each in ids]
    found = next((i for i, text in zip(ids, texts, strict=True) if text.strip()), None)
    if found is None or not word.strip():
        raise ValueError("the model has no token for this")
    return int(found)


def leaning_of_prediction(
    prompt: Prompt, loaded: LoadedModel, attends: Sequence[Attend]
) -> Float[np.ndarray, " n_runs"]:
    """log₂ p(wanted) / p(rival) as the next token, in each run: in bits.

    Raises ValueError where both words begin with the same token.
    """
    wanted, rival = (first_token(word, loaded) for word in (prompt.wanted, prompt.rival))
    if wanted == rival:
        raise ValueError(f"{prompt.wanted} and {prompt.rival} begin with the same token")

    def leaning(outcome: Outcome) -> float:
        assert outcome.logits is not None
        logs = log_probabilities(outcome.logits)
        return float((logs[wanted] - logs[rival]) / np.log(2))

    ids = tokenize(prompt.text, loaded.tokenizer, loaded.max_tokens).ids
    return np.array(of_each(ids, loaded, attends, leaning))


def leaning_of_vectors(
    sentence: PronounSentence, loaded: LoadedModel, attends: Sequence[Attend]
) -> Float[np.ndarray, " n_runs"]:
    """cos(pronoun, its noun) − cos(pronoun, the other noun) of the last vectors, in each run.

    Raises ValueError where the tokenizer does not tell where its tokens stand.
    """
    read = tokenize(sentence.text, loaded.tokenizer, loaded.max_tokens)
    pronoun, noun, rival = (
        _tokens(read, sentence.place(word))
        for word in (sentence.pronoun, sentence.noun, sentence.rival)
    )

    def leaning(outcome: Outcome) -> float:
        asks, meant, other = (
            outcome.states[places].mean(axis=0) for places in (pronoun, noun, rival)
        )
        return cosine(asks, meant) - cosine(asks, other)

    return np.array(of_each(read.ids, loaded, attends, leaning))


def _tokens(read: TokenizedText, word: Span) -> list[int]:
    found = tokens_of(word, read.places)
    if not found:
        raise ValueError("this model's tokenizer does not tell where its tokens stand")
    return found
