"""Sentences in which a pronoun refers to one of two nouns: what a coreference score is measured on.

They come in pairs: one changed word makes the pronoun refer to the other noun. So a head that always
prefers the first noun, the nearer one, or a certain word is right in half of them. Sentences with the
same change (he/she) are one contrast: they say the same thing several times. After the idea of the
Winograd schemas (Levesque et al. 2012); many of these are easier, because gender or number decides.
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
    kind: str  # what decides: "gender", "number", "person or thing", "a later word"
    contrast: str  # the pair of hints, in alphabetical order: "he/she"

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


Words = tuple[str, str]
GENDER, NUMBER, PERSON, LATER = KINDS = ("gender", "number", "person or thing", "a later word")


def _pair(kind: str, text: str, nouns: Words, pronouns: Words) -> list[PronounSentence]:
    """The same sentence twice; the pronoun itself tells which of the nouns it refers to. `{}` is its place."""
    contrast = "/".join(sorted(pronouns))
    return [
        PronounSentence(text.format(pronoun), pronoun, noun, rival, pronoun, kind, contrast)
        for pronoun, (noun, rival) in zip(pronouns, (nouns, nouns[::-1]), strict=True)
    ]


def _late_pair(text: str, nouns: Words, hints: Words, pronoun: str = "it") -> list[PronounSentence]:
    """The same sentence twice; a word after the pronoun tells which noun it refers to. `{}` is its place."""
    contrast = "/".join(sorted(hints))
    return [
        PronounSentence(text.format(hint), pronoun, noun, rival, hint, LATER, contrast)
        for hint, (noun, rival) in zip(hints, (nouns, nouns[::-1]), strict=True)
    ]


SENTENCES: tuple[PronounSentence, ...] = (
    # gender decides; nominative, object, possessive and reflexive pronouns; once the pronoun comes first
    *_pair(
        GENDER, "The king thanked the queen because {} was happy", ("king", "queen"), ("he", "she")
    ),
    *_pair(GENDER, "The girl saw the boy when {} came home", ("girl", "boy"), ("she", "he")),
    *_pair(
        GENDER,
        "The prince left the actress at a small station in the mountains before {} could speak",
        ("prince", "actress"),
        ("he", "she"),
    ),
    *_pair(GENDER, "When {} came home, the king saw the queen", ("king", "queen"), ("he", "she")),
    *_pair(
        GENDER,
        "The king greeted the queen, and the guards followed {}",
        ("king", "queen"),
        ("him", "her"),
    ),
    *_pair(
        GENDER,
        "My niece married a prince last year, and everyone likes {}",
        ("niece", "prince"),
        ("her", "him"),
    ),
    *_pair(
        GENDER,
        "The waiter helped the lady and then lost {} keys",
        ("waiter", "lady"),
        ("his", "her"),
    ),
    *_pair(
        GENDER,
        "The grandmother told the boy about {} garden",
        ("grandmother", "boy"),
        ("her", "his"),
    ),
    *_pair(
        GENDER,
        "The man asked the woman a question about {}",
        ("man", "woman"),
        ("himself", "herself"),
    ),
    # number decides, in the same cases
    *_pair(NUMBER, "The dogs chased the car until {} stopped", ("dogs", "car"), ("they", "it")),
    *_pair(NUMBER, "The wall hid the girls until {} moved", ("wall", "girls"), ("it", "they")),
    *_pair(
        NUMBER,
        "The boats passed the island early in the morning, just before {} disappeared in the fog",
        ("boats", "island"),
        ("they", "it"),
    ),
    *_pair(NUMBER, "Before {} stopped, the dogs chased the car", ("dogs", "car"), ("they", "it")),
    *_pair(
        NUMBER,
        "The farmer put the apples beside the basket and then washed {}",
        ("apples", "basket"),
        ("them", "it"),
    ),
    *_pair(
        NUMBER,
        "The teacher compared the poem with the songs and praised {}",
        ("poem", "songs"),
        ("it", "them"),
    ),
    *_pair(
        NUMBER,
        "The company thanked the workers for {} success",
        ("company", "workers"),
        ("its", "their"),
    ),
    *_pair(
        NUMBER, "The teams left the stadium with {} flags", ("teams", "stadium"), ("their", "its")
    ),
    *_pair(
        NUMBER,
        "The film taught the children a lot about {}",
        ("film", "children"),
        ("itself", "themselves"),
    ),
    # a person against a thing or an animal
    *_pair(PERSON, "The woman dropped the vase and {} fell", ("woman", "vase"), ("she", "it")),
    *_pair(
        PERSON,
        "The queen, tired of all the noise, sold the castle after {} became famous",
        ("queen", "castle"),
        ("she", "it"),
    ),
    *_pair(
        PERSON,
        "Although {} was old, the house pleased the woman",
        ("house", "woman"),
        ("it", "she"),
    ),
    *_pair(
        PERSON, "The letter reached the man while {} was still wet", ("letter", "man"), ("it", "he")
    ),
    *_pair(PERSON, "The sailor lost the boat because {} was old", ("sailor", "boat"), ("he", "it")),
    *_pair(
        PERSON,
        "The boys carried the piano past the duke without looking at {}",
        ("piano", "duke"),
        ("it", "him"),
    ),
    *_pair(
        PERSON,
        "The boys asked the actress about the film and then praised {}",
        ("actress", "film"),
        ("her", "it"),
    ),
    *_pair(PERSON, "The man watched the birds until {} slept", ("man", "birds"), ("he", "they")),
    *_pair(
        PERSON,
        "The bees followed the waitress until {} left the room",
        ("bees", "waitress"),
        ("they", "she"),
    ),
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
    *_late_pair(
        "The blanket did not cover the bed because it was too {}",
        ("blanket", "bed"),
        ("short", "long"),
    ),
    *_late_pair(
        "The truck could not pass under the bridge because it was too {}",
        ("truck", "bridge"),
        ("high", "low"),
    ),
    *_late_pair(
        "The knife did not cut the bread because it was too {}",
        ("knife", "bread"),
        ("blunt", "stale"),
    ),
    *_late_pair(
        "The rope did not hold the boat because it was so {}", ("rope", "boat"), ("weak", "heavy")
    ),
    *_late_pair(
        "The cat watched the mouse because it wanted to {}", ("cat", "mouse"), ("hunt", "hide")
    ),
    *_late_pair(
        "The guest thanked the host because he had {} so well",
        ("guest", "host"),
        ("eaten", "cooked"),
        "he",
    ),
    *_late_pair(
        "The tailor measured the customer because he was {} a suit",
        ("tailor", "customer"),
        ("making", "buying"),
        "he",
    ),
    *_late_pair(
        "The mother sang to the baby until she was {}",
        ("mother", "baby"),
        ("hoarse", "asleep"),
        "she",
    ),
    *_late_pair(
        "The wolves attacked the sheep because they were so {}",
        ("wolves", "sheep"),
        ("hungry", "helpless"),
        "they",
    ),
    *_late_pair(
        "The judges rejected the songs because they were {}",
        ("judges", "songs"),
        ("bored", "dull"),
        "they",
    ),
)


def one_pair_each() -> tuple[PronounSentence, ...]:
    """The first pair of each contrast: for what takes a pass for every head and every sentence."""
    first: dict[str, tuple[PronounSentence, ...]] = {}
    for pair in zip(SENTENCES[::2], SENTENCES[1::2], strict=True):
        first.setdefault(pair[0].contrast, pair)
    return tuple(each for pair in first.values() for each in pair)
