"""Side B as the link says it: "head.5.3", "layer.2", "sentence.the dog was", "model.13.8.SmolLM2"."""

from dataclasses import dataclass

from pages.ui.reader.page_link import PageLink

KINDS = ("head", "layer", "sentence", "model")
LINK = PageLink("b")


@dataclass(frozen=True)
class SideB:
    """What B is, as far as it differs from A: only what its kind needs is meant."""

    kind: str
    layer: int = 0
    head: int = 0
    text: str = ""
    model_id: str = ""


def written(side: SideB) -> str:
    """The side as the link says it."""
    return {
        "head": f"head.{side.layer}.{side.head}",
        "layer": f"layer.{side.layer}",
        "sentence": f"sentence.{side.text}",
        "model": f"model.{side.layer}.{side.head}.{side.model_id}",
    }[side.kind]


def read(link: str) -> SideB:
    """The side that a link says. Raises ValueError if it says none."""
    kind, _, rest = link.partition(".")
    if kind == "sentence" and rest.strip():
        return SideB(kind, text=rest)
    if kind == "layer":
        return SideB(kind, _position(rest))
    if kind in ("head", "model"):
        layer, head, *model_id = rest.split(".", 2) if kind == "model" else rest.split(".")
        if kind == "model" and model_id and model_id[0].strip():
            return SideB(kind, _position(layer), _position(head), model_id=model_id[0].strip())
        if kind == "head" and not model_id:
            return SideB(kind, _position(layer), _position(head))
    raise ValueError(f"no side B: {link!r}")


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise ValueError(f"no layer or head: {text!r}")
    return int(text)
