"""The JavaScript and CSS of the components: each file stands beside the Python that sends its data."""

from pathlib import Path

_WIDGETS = Path(__file__).parent


def script(*names: str) -> str:
    """The named files joined into one script: what several components share, then the component's own, last."""
    return "".join((_WIDGETS / f"{name}.js").read_text(encoding="utf-8") for name in names)


def style(*names: str) -> str:
    """The named style sheets joined; the component's own last."""
    return "".join((_WIDGETS / f"{name}.css").read_text(encoding="utf-8") for name in names)
