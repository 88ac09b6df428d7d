"""What a class can open: every page with what it needs set, and the toy with one number changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from attention_core.pretrained.catalogue import MINILM, SMOLLM2, Entry
from attention_core.toy.edits import encode_edits
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, set_cell
from pages.contents import LESSONS, TOOLS
from pages.ui.widgets.wording import labels

OWN_SECTION = "Teach"


@dataclass(frozen=True)
class Topic:
    """One page with what its link sets."""

    section: str
    title: str
    question: str
    slug: str
    settings: Mapping[str, str] = field(default_factory=dict)


def link(address: str, slug: str, settings: Mapping[str, str]) -> str:
    """The whole address of a page with these settings."""
    query = urlencode(settings)
    return f"{address}/{slug}" + (f"?{query}" if query else "")


def toy_settings(scenario: Scenario) -> dict[str, str]:
    """The sentence and the word that asks."""
    return {"text": scenario.sentence, "query": labels(scenario.tokens)[scenario.query]}


def model_settings(entry: Entry) -> dict[str, str]:
    """The model, with the head that is worth a look."""
    layer, head = entry.showcase
    return {"model": entry.key, "layer": str(layer), "head": str(head)}


def topics() -> tuple[Topic, ...]:
    """In the order of the menu; what has no settings of its own opens as it is."""
    lessons = (
        Topic("Learn", each.heading, each.question, each.slug, PREPARED.get(each.slug, {}))
        for each in LESSONS
    )
    tools = (
        Topic(each.section, each.title, each.question, each.slug, PREPARED.get(each.slug, {}))
        for each in TOOLS
        if each.section != OWN_SECTION
    )
    return (*lessons, *tools, _street_as_a_being())


def _street_as_a_being() -> Topic:
    """The first number of “street” becomes that of “animal”: now “it” has to choose."""
    base = preset_named("The animal and the street")
    animal, street = (base.tokens.index(word) for word in ("animal", "street"))
    edited = set_cell(base, "x", street, 0, float(base.x[animal, 0]))
    return Topic(
        "Compare",
        "Side by side, street as a being",
        "What changes when one number of one word changes?",
        "side-by-side",
        {**_ANIMAL, "edits": encode_edits(base, edited)},
    )


_ANIMAL = toy_settings(preset_named("The animal and the street"))
_CAT = toy_settings(preset_named("The cat sat"))
_MAT = toy_settings(preset_named("The cat and the mat"))
_PUPPY = toy_settings(preset_named("The new puppy"))
_MINILM, _SMOLLM2 = model_settings(MINILM), model_settings(SMOLLM2)

PREPARED: Mapping[str, Mapping[str, str]] = {
    "query-key-value": _CAT,
    "self-attention": _ANIMAL,
    "heatmaps": _MAT,
    "masks-and-order": _PUPPY,
    "whole-flow": _ANIMAL,
    "long-texts": _ANIMAL,
    "all-heads": _ANIMAL | _MINILM,
    "one-head": _ANIMAL | _MINILM,
    "find-a-head": _MAT | _MINILM,
    "predictions": _ANIMAL | _SMOLLM2,
    "beyond-one-layer": _ANIMAL | _MINILM,
    "side-by-side": _ANIMAL | _MINILM,
    "two-heads": _MAT | _MINILM,
    "our-core-inside": _ANIMAL | _SMOLLM2,
    "break-it": _CAT | _SMOLLM2,
    "knock-out": _ANIMAL | _SMOLLM2,
    "edit-a-score": _ANIMAL | _SMOLLM2,
    "toy-twin": _ANIMAL | _MINILM,
}
