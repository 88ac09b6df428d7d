"""Numbers on a page, whatever words stand around them."""

import re
from collections import Counter

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import prose, texts

NUMBER = re.compile(r"[−+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[−-]\d+)?")


def one_paragraph_has(app: AppTest, *numbers: str) -> bool:
    """Whether one line of the page's text holds all of these numbers, each as often as it is given."""
    wanted = Counter(numbers)
    lines = f"{prose(app)}\n{texts(app)}".split("\n")
    return any(wanted <= Counter(NUMBER.findall(line)) for line in lines)
