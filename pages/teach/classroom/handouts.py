"""What a class is handed, without widgets: pages with their links, addresses that phones reach, the worksheet as files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from attention_core.pretrained.catalogue import MINILM, SMOLLM2, Entry
from attention_core.toy.edits import encode_edits
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import Scenario, set_cell
from attention_core.visible import visible
from attention_core.worksheet.sheet import as_pdf, first_page
from pages.contents import LESSONS, TOOLS
from pages.ui.reader import predict
from pages.ui.reader.controls import chosen, toy_or_none
from pages.ui.server.cache import cached
from pages.ui.widgets.wording import labels

OWN_SECTION = "Teach"
LONGEST = 200  # characters
NO_ADDRESS = "This is no address: it must look like http://192.168.1.20:8501"
TOO_LONG = "This link is too long for a QR code. A shorter sentence makes it shorter."
ONLY_HERE = (
    ":material/wifi_off: This address works on **this computer only**. For other devices "
    "start the app with `--server.address 0.0.0.0` and type this computer's address above."
)
HIDDEN_IS_NOT_SECRET = (
    "Predictions and the quiz then keep their answers back. Hidden is not secret: "
    f"without `{predict.ANSWERS}={predict.HIDDEN}` the same link shows them."
)
MISSING_SIGNS = "□ stands for signs that the worksheet's letters do not have."
worksheet_pdf = cached(max_entries=32)(as_pdf)
worksheet_picture = cached(max_entries=32)(first_page)


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
    pages = [
        *(("Learn", each.heading, each.question, each.slug) for each in LESSONS),
        *((each.section, each.title, each.question, each.slug) for each in TOOLS),
    ]
    offered = (Topic(*page, PREPARED.get(page[-1], {})) for page in pages)
    return (*(each for each in offered if each.section != OWN_SECTION), _street_as_a_being())


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


def found_address(url: str) -> str:
    """The address that the browser shows, without the page; nothing if it shows none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}" if url else ""


def is_address(text: str) -> bool:
    """Whether a link can begin so: http or https, a host, perhaps a port and a folder, nothing else."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and (parts.port or 1) > 0  # reading the port checks it
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>\\`?#@")
    return has_host and is_plain and parts.scheme in ("http", "https") and len(text) <= LONGEST


def is_only_here(address: str) -> bool:
    """Whether no other device can reach it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")


def own_settings() -> tuple[dict[str, str], bool]:
    """What is set on this page, edits of the toy included; and whether all of them fit."""
    choice, toy = chosen(), toy_or_none()
    settings = {"text": choice.sentence}
    fits = True
    if toy:
        settings["query"] = labels(toy.current.tokens)[choice.query]
        try:
            edits = encode_edits(toy.base, toy.current)
        except ValueError:
            edits, fits = "", False
        settings |= {"edits": edits} if edits else {}
    where = {"model": choice.model_id, "layer": str(choice.layer), "head": str(choice.head)}
    return settings | where, fits


def described(settings: Mapping[str, str]) -> str:
    """The settings in words, as one line, nothing of it invisible."""
    return " · ".join(f"{name}: {visible(value)}" for name, value in settings.items())


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
