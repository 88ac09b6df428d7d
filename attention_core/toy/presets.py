"""The toy sentences that come with the app: a few literal numbers each, chosen so that attention finds the story.

No weight is written here. Every weight on screen is what the core computes from these numbers, so
each of them can be edited. Words that are not listed stand at the origin: they ask and offer nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from attention_core.toy.scenario import Scenario
from attention_core.toy.words import word_spans

Number = float | int
Vector = tuple[Number, Number, Number, Number]
Matrix = tuple[Vector, Vector, Vector, Vector]

AS_IT_IS: Matrix = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))


def preset_for(sentence: str) -> Scenario | None:
    """The preset of exactly this sentence (white space around it aside), or None."""
    return next((preset for preset in PRESETS if preset.sentence == sentence.strip()), None)


def preset_named(name: str) -> Scenario:
    """The preset with this name. Raises ValueError for a name that none has."""
    found = {preset.name: preset for preset in PRESETS}
    if name not in found:
        raise ValueError(f"there is no preset “{name}”: choose one of {', '.join(found)}")
    return found[name]


def look_up(
    tokens: Sequence[str], vectors: Mapping[str, Vector]
) -> Float[np.ndarray, "n_tokens 4"]:
    """Each word's vector in the table; the origin for a word that is not in it."""
    return np.array([vectors.get(token, (0, 0, 0, 0)) for token in tokens], dtype=float)


def _scenario(
    name: str, sentence: str, asks: str, dimensions: tuple[str, str, str, str],
    vectors: Mapping[str, Vector], W_Q: Matrix, W_K: Matrix, notes: str,
    W_V: Matrix = AS_IT_IS, mask: str = "none",
) -> Scenario:  # fmt: skip
    """A preset whose words take their vectors by spelling: the same word, the same vector."""
    spans = word_spans(sentence)
    tokens = [sentence[start:end] for start, end in spans]
    x = look_up(tokens, vectors)
    w_q, w_k, w_v, w_o = (np.array(rows, dtype=float) for rows in (W_Q, W_K, W_V, AS_IT_IS))
    return Scenario(
        name, sentence, spans, dimensions, x, w_q, w_k, w_v, w_o,
        mask=mask, query=tokens.index(asks), notes=notes,
    )  # fmt: skip


_ANIMAL_AND_STREET = _scenario(
    name="The animal and the street",
    sentence="The animal didn't cross the street because it was too tired",
    asks="it",
    dimensions=("being", "place", "event", "pronoun"),
    vectors={
        "animal": (1.0, 0.0, 0.0, 0.0),
        "street": (0.0, 1.0, 0.0, 0.0),
        "cross": (0.0, 0.0, 1.0, 0.0),
        "tired": (0.0, 0.0, 0.4, 0.0),
        "didn't": (0.0, 0.0, 0.1, 0.0),
        "was": (0.0, 0.0, 0.1, 0.0),
        "it": (0.0, 0.0, 0.0, 1.0),
    },
    W_Q=(
        (0.0, 0.5, 2.0, 0.0),  # a being asks: what happens to me, and a little: where?
        (0.0, 0.0, 1.5, 0.0),  # a place asks: what happens here?
        (2.0, 1.0, 0.0, 0.0),  # an event asks: who, and where?
        (4.3, 2.9, 2.9, 0.0),  # a pronoun asks: which being? failing that, which place or event?
    ),
    W_K=((3, 0, 0, 0), (0, 3, 0, 0), (0, 0, 3, 0), (0, 0, 0, 0)),  # a pronoun offers no answer
    notes=(
        "“it” asks above all for a living being, so most of its attention goes to “animal”; "
        "“street” and “cross” get a little. Make “street” a being and see “it” change its mind."
    ),
)

_CAT_SAT = _scenario(
    name="The cat sat",
    sentence="The cat sat on the mat",
    asks="sat",
    dimensions=("animal", "thing", "action", "link"),
    vectors={
        "cat": (1.0, 0.0, 0.0, 0.0),
        "mat": (0.0, 1.0, 0.0, 0.0),
        "sat": (0.0, 0.0, 1.0, 0.0),
        "on": (0.0, 0.0, 0.0, 1.0),
    },
    W_Q=(
        (0.0, 0.0, 1.0, 0.0),  # an animal asks: what do I do?
        (0.0, 0.0, 0.5, 1.0),  # a thing asks: which word links me to the rest?
        (2.08, 1.61, 0.69, 1.1),  # an action asks: who, on what, and a little: where, and how?
        (0.0, 1.0, 0.8, 0.0),  # a link asks: which thing, and what happens to it?
    ),
    W_K=((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 2)),
    notes=(
        "“sat” wants to know who sat and on what: “cat” comes first, “mat” second, and “on” leads "
        "to the mat. “The” offers nothing, yet it keeps a small share: no weight is ever quite 0."
    ),
)

_CAT_AND_MAT = _scenario(
    name="The cat and the mat",
    sentence="The cat sat on the mat because it was tired",
    asks="it",
    dimensions=("being", "thing", "event", "pronoun"),
    vectors={
        "cat": (1.0, 0.0, 0.0, 0.0),
        "mat": (0.0, 1.0, 0.0, 0.0),
        "sat": (0.0, 0.0, 1.0, 0.0),
        "tired": (0.0, 0.0, 0.5, 0.0),
        "was": (0.0, 0.0, 0.1, 0.0),
        "it": (0.0, 0.0, 0.0, 1.0),
    },
    W_Q=(
        (0.0, 0.0, 2.0, 0.0),  # a being asks: what happens to me?
        (0.0, 0.0, 1.5, 0.0),  # a thing asks the same, less urgently
        (2.0, 1.0, 0.0, 0.0),  # an event asks: who, and with what?
        (3.6, 2.1, 0.4, 0.0),  # a pronoun asks: which being? or else: which thing?
    ),
    W_K=((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 0)),  # a pronoun offers no answer
    notes=(
        "Both “cat” and “mat” could be “it”, but “it” prefers living beings, so the cat wins. "
        "Swap the first two numbers in the last row of W_Q and the mat wins instead."
    ),
)

_PUPPY = _scenario(
    name="The new puppy",
    sentence="I love my new puppy. She is so fluffy!",
    asks="She",
    dimensions=("animal", "feeling", "look", "pronoun"),
    vectors={
        "puppy": (1.0, 0.1, 0.1, 0.0),
        "love": (0.0, 1.0, 0.0, 0.0),
        "new": (0.0, 0.0, 0.5, 0.0),
        "fluffy": (0.0, 0.0, 1.0, 0.0),
        "my": (0.0, 0.0, 0.0, 0.2),
        "I": (0.0, 0.0, 0.0, 0.5),
        "She": (0.0, 0.0, 0.0, 1.0),
    },
    W_Q=(
        (0.0, 1.0, 1.5, 0.0),  # an animal asks: what do I look like, who feels something for me?
        (1.5, 0.0, 0.0, 0.5),  # a feeling asks: for which animal, and whose?
        (2.0, 0.0, 0.0, 0.0),  # a look asks: which animal looks like this?
        (3.4, 1.2, 0.5, 0.0),  # a pronoun asks: which animal? and a little: which feeling?
    ),
    W_K=((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 1)),
    mask="causal",
    notes=(
        "Each word sees only itself and the words before it, so “She” cannot peek at “fluffy”. "
        "It looks for an animal and finds “puppy”; “love” keeps a small share."
    ),
)

_HOT_DOG_VECTORS: Mapping[str, Vector] = {
    "hot": (0.0, 0.0, 1.0, 0.0),
    "dog": (1.0, 0.1, 0.0, 0.0),
    "was": (0.0, 0.0, 0.0, 0.2),
}
_HOT_DOG = _scenario(
    name="The hot dog",
    sentence="the hot dog was",
    asks="dog",
    dimensions=("animal", "food", "heat", "past"),
    vectors=_HOT_DOG_VECTORS,
    W_Q=(
        (1.5, 0.0, 3.2, 0.0),  # an animal asks: am I hot? and looks at itself as well
        (0.0, 0.0, 1.0, 0.0),  # food asks: how hot?
        (1.0, 1.0, 0.0, 0.0),  # heat asks: what is hot?
        (1.5, 1.0, 0.0, 0.0),  # the past asks: what was it?
    ),
    W_K=((2, 0, 0, 0), (0, 2, 0, 0), (0, 0, 2, 0), (0, 0, 0, 1)),
    W_V=(
        (1, 0, 0, 0),  # an animal hands over: animal
        (0, 1, 0, 0),  # food hands over: food
        (0, 1, 0, 0),  # heat hands over: food, because what is hot is on a plate
        (0, 0, 0, 1),  # the past hands over: past
    ),
    mask="causal",
    notes=(
        "“dog” looks mostly at “hot”, and “hot” hands over food: after attention “dog” points to "
        "the plate, not to the kennel. Compare “the dog was”, which has the same numbers."
    ),
)

_DOG = replace(
    _HOT_DOG,
    name="The dog",
    sentence="the dog was",
    spans=word_spans("the dog was"),
    x=np.delete(_HOT_DOG.x, 1, axis=0),
    query=1,
    notes=(
        "The same numbers as “the hot dog was”, with one word less. Nothing hands over food now, "
        "so “dog” looks mostly at itself and stays an animal."
    ),
)

PRESETS: tuple[Scenario, ...] = (
    _ANIMAL_AND_STREET,
    _CAT_SAT,
    _CAT_AND_MAT,
    _PUPPY,
    _HOT_DOG,
    _DOG,
)
