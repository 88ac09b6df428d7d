"""Where a picture is among those that were drawn together as one component."""

from collections.abc import Iterator
from typing import Any


def parts(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pictures of a component that holds several, each with its key and its data; none of any other."""
    columns = data.get("columns", ()) if "label" not in data else ()
    for column in columns:
        for item in column["items"]:
            if isinstance(item, dict):
                yield from parts(item) if "columns" in item else [item] if "kind" in item else []
