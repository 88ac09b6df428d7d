"""Sentences in which a pronoun means one of two nouns: what a coreference score is measured on.

Written in pairs of the same words in which the pronoun means the one noun, then the other, so that a
head which always prefers the first noun, the nearer one, or the one named by a certain word is right in
half of them. After the idea of the Winograd schemas (Levesque et al. 2012); mind that many of these are
easier: gender or number decides. No number and no weight is written here.
"""

from dataclasses import dataclass

from attention_core.analysis.words import Span


@dataclass(frozen=True)
class PronounSentence:
    """One sentence. Each of the words stands in it exactly once, so that spelling is enough to find it."""

    text: str
    pronoun: str
    noun: str  # the one that the pronoun means
    rival: str  # the other one
    hint: str  # the word that decides it: often the pronoun itself ("she", "they")

    def place(self, word: str) -> Span:
        """[start, end) of one of these words in the text."""
        start = next(
            i
            for i in range(len(self.text))
            if self.text.startswith(word, i) and self._whole(i, word)
        )
        return start, start + len(word)

    @property
    def is_decided_before(self) -> bool:
        """Whether both nouns come before the pronoun and nothing after it is needed: a causal model can know."""
        pronoun = self.place(self.pronoun)
        return all(self.place(word) <= pronoun for word in (self.noun, self.rival, self.hint))

    @property
    def noun_is_first(self) -> bool:
        return self.place(self.noun) < self.place(self.rival)

    def _whole(self, start: int, word: str) -> bool:
        around = f" {self.text} "
        return not (around[start].isalpha() or around[start + len(word) + 1].isalpha())


def _pair(text: str, nouns: tuple[str, str], pronouns: tuple[str, str]) -> list[PronounSentence]:
    """The same sentence twice; the pronoun itself tells which of the nouns it means. `{}` is its place."""
    first, second = nouns
    return [
        PronounSentence(text.format(pronouns[0]), pronouns[0], first, second, pronouns[0]),
        PronounSentence(text.format(pronouns[1]), pronouns[1], second, first, pronouns[1]),
    ]


def _late_pair(
    text: str, nouns: tuple[str, str], hints: tuple[str, str], pronoun: str = "it"
) -> list[PronounSentence]:
    """The same sentence twice; a word after the pronoun tells which noun it means. `{}` is its place."""
    first, second = nouns
    return [
        PronounSentence(text.format(hints[0]), pronoun, first, second, hints[0]),
        PronounSentence(text.format(hints[1]), pronoun, second, first, hints[1]),
    ]


SENTENCES: tuple[PronounSentence, ...] = (
    # gender or number decides, and the pronoun comes last: any model can know
    *_pair("The king thanked the queen because {} was happy", ("king", "queen"), ("he", "she")),
    *_pair("The girl saw the boy when {} came home", ("girl", "boy"), ("she", "he")),
    *_pair("My uncle called my aunt after {} had eaten", ("uncle", "aunt"), ("he", "she")),
    *_pair("The mother told the son that {} was wrong", ("mother", "son"), ("she", "he")),
    *_pair(
        "The prince left the actress before {} could speak", ("prince", "actress"), ("he", "she")
    ),
    *_pair("The dogs chased the car until {} stopped", ("dogs", "car"), ("they", "it")),
    *_pair("The wall hid the girls until {} moved", ("wall", "girls"), ("it", "they")),
    *_pair("The woman dropped the vase and {} fell", ("woman", "vase"), ("she", "it")),
    *_pair("The letter reached the man while {} was still wet", ("letter", "man"), ("it", "he")),
    *_pair("The man watched the birds until {} slept", ("man", "birds"), ("he", "they")),
    # what follows the pronoun decides: only a model that reads both ways can know
    *_late_pair(
        "The animal didn't cross the street because it was too {}",
        ("animal", "street"),
        ("tired", "wide"),
    ),
    *_late_pair(
        "The trophy doesn't fit in the suitcase because it is too {}",
        ("trophy", "suitcase"),
        ("big", "small"),
    ),
    # the pronoun comes first
    *_pair("When {} came home, the king saw the queen", ("king", "queen"), ("he", "she")),
    *_pair("Before {} stopped, the dogs chased the car", ("dogs", "car"), ("they", "it")),
)
