"""Texts that end where a pronoun has to be understood, with a continuation for each of the two nouns it may mean.

For models that predict what comes next. Models that give vectors are asked with the whole sentences
of `coreference_sentences`.
"""

from dataclasses import dataclass

from attention_core.analysis.coreference_sentences import SENTENCES, PronounSentence

APPOSITION = " (the"  # "… because she (the": what follows says what the pronoun refers to


@dataclass(frozen=True)
class Prompt:
    """A text, the word that follows if the pronoun means its noun, and the one that follows if it means the other."""

    text: str
    wanted: str
    rival: str
    is_decided: bool  # whether what stands in the text tells which of them is right


def _named(sentence: PronounSentence, is_decided: bool) -> Prompt:
    end = sentence.place(sentence.pronoun)[1]
    return Prompt(sentence.text[:end] + APPOSITION, sentence.noun, sentence.rival, is_decided)


def _described(sentence: PronounSentence, other: PronounSentence) -> Prompt:
    """Up to the word that decides: it comes next."""
    start = sentence.place(sentence.hint)[0]
    return Prompt(sentence.text[:start].rstrip(), sentence.hint, other.hint, is_decided=False)


ANIMAL, STREET = (each for each in SENTENCES if {each.noun, each.rival} == {"animal", "street"})
# the sentence of the lessons: nothing before its last word tells what "it" means, so neither answer is wrong
OF_LESSON: tuple[Prompt, ...] = (_named(ANIMAL, False), _described(ANIMAL, STREET))
SUBJECTS = ("he", "she", "it", "they")  # after another case "(the" would not go on well
DECIDED: tuple[Prompt, ...] = tuple(
    _named(pair[i], True)
    for pair in zip(SENTENCES[::2], SENTENCES[1::2], strict=True)
    if all(each.is_decided_before and each.pronoun in SUBJECTS for each in pair)
    for i in (0, 1)
)
