"""What is drawn and written in a picture."""

import xml.etree.ElementTree as ET
from collections import Counter


def texts(svg: bytes) -> list[str]:
    """Everything written in the picture, in the order it stands there."""
    return [node.text or "" for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def cells(svg: bytes) -> Counter[str]:
    """How many rectangles of each colour are drawn."""
    return Counter(
        node.get("fill")
        for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")
        if node.get("aria-roledescription") == "rect mark"
    )
