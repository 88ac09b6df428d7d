"""The line view as a file: every weight in 16 bits, texts escaped, the theme of the app."""

import base64
import json
import re

import numpy as np
import pytest

from pages.ui.widgets.head_lines import STEPS, THEME, head_lines_file, pack_rows

BAD = ["</script><script>alert(1)</script>", "🦊<!--"]


def embedded(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_every_weight_is_in_the_file_to_half_a_step() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(4), (2, 3))
    page = head_lines_file(weights, heads=[1, 3], queries=list("abc"), keys=list("wxyz"), title="t")
    rows = np.frombuffer(base64.b64decode(embedded(page.decode())["rows"]), "<u2")
    assert np.abs(rows.reshape(2, 3, 4) / STEPS - weights).max() <= 0.5 / STEPS + 1e-12


def test_blocked_weights_are_not_numbers() -> None:
    blocked = np.array([[False, True]])
    assert pack_rows(np.array([[[1.0, 0.0]]]), blocked).tolist() == [[[STEPS, STEPS + 1]]]


def test_no_text_can_end_the_script_or_become_a_tag() -> None:
    page = head_lines_file(
        np.full((1, 2, 2), 0.5), heads=[0], queries=BAD, keys=BAD, title="<i>{css}</i> & </title>"
    ).decode()
    assert page.count("</script") == 2  # of the data and of the program
    assert "<!--" not in page and "alert(1)</" not in page
    assert page.count("&lt;i&gt;{css}&lt;/i&gt; &amp; &lt;/title&gt;") == 2
    assert embedded(page)["keys"] == BAD


def test_the_file_asks_for_nothing_outside_and_wears_the_theme() -> None:
    page = head_lines_file(
        np.ones((1, 1, 1)), heads=[2], queries=["a"], keys=["a"], title="One token"
    ).decode()
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\ssrc=|\shref=", page)
    assert "default-src 'none'" in page
    for mode in ("light", "dark"):
        assert f"--st-violet-text-color:{THEME[mode]['violetTextColor']};" in page


def test_sizes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(1, 1, 2\).* 1 .* 1 .* 1 "):
        head_lines_file(np.ones((1, 1, 2)), heads=[0], queries=["a"], keys=["b"], title="")
