"""The page that a browser gets first is Streamlit's, with our additions in it."""

import re

import pytest
from streamlit import config

from pages.ui.server.first_visit import (
    ON_EVERY_PAGE,
    SCRIPT,
    STATIC,
    page,
    page_routes,
    scripts_of_every_page,
)
from pages.ui.server.security_headers import inline_script_hashes

STYLE = ".of-our-pages {color: red}"
INDEX = (STATIC / "index.html").read_text(encoding="utf-8")
SCRIPTS = STATIC / "static" / "js"


def test_the_page_is_streamlits_with_our_additions():
    before, after = INDEX.split("</head>")
    ours = page(STYLE)
    assert ours.startswith(before) and ours.endswith(f"</head>{after}")
    assert STYLE in ours and f"<script>{SCRIPT}</script>" in ours


def test_the_policy_allows_each_script_inside_the_page():
    inside = re.findall(r"<script>(.*?)</script>", page(STYLE), re.DOTALL)
    assert inline_script_hashes().count("sha256-") == len(inside) + 1  # history's, inside no page


@pytest.mark.parametrize(("base", "root"), [("", "/"), ("class", "/class/"), ("/a/b/", "/a/b/")])
def test_each_page_has_its_address_below_the_base(base: str, root: str):
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    try:
        routes = page_routes(["", "softmax"], STYLE)
    finally:
        config.set_option("server.baseUrlPath", before)
    assert [route.path for route in routes] == [root, f"{root}softmax"]


def test_what_is_asked_for_at_once_is_there_and_complete():
    names = scripts_of_every_page()
    assert len(set(names)) == len(names)
    for each in ON_EVERY_PAGE:
        assert any(name.startswith(f"{each}.") for name in names), each
    for name in names:
        for needed in re.findall(r'from"\./([\w.-]+\.js)"', (SCRIPTS / name).read_text()):
            assert needed in names or needed in INDEX, (name, needed)
