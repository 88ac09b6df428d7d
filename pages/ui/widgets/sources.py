"""The JavaScript and CSS of the components: each file stands beside the Python that sends its data."""

import re
from pathlib import Path

_WIDGETS = Path(__file__).parent
# What lies below a component is shown once it is drawn and has its height: see server/first_visit.py.
_DRAWN = """
export default function (given) {
  const atEnd = NAME(given), root = given.parentElement;
  (root.getRootNode().host ?? root).dataset.drawn = "";
  return atEnd;
}
"""


def script(*names: str) -> str:
    """The named files joined into one script: what several components share, then the component's own, last."""
    joined = "".join((_WIDGETS / f"{name}.js").read_text(encoding="utf-8") for name in names)
    exported = re.search(r"export default function (\w*)", joined)
    if exported is None:
        return joined
    name = exported[1] or "component"
    return joined.replace(exported[0], f"function {name}") + _DRAWN.replace("NAME", name)


def style(name: str) -> str:
    return (_WIDGETS / f"{name}.css").read_text(encoding="utf-8")
