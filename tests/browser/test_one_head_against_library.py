"""One head in a real browser: cells, softmax, lines and the strips of q and k, held against transformers' own weights."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.reader.sentence import DEFAULT_SENTENCE
from tests.browser.against_library import library_weights, numbers, one, received
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
CLOSE = 1e-4  # our core and the library's add in another order
PRINTED = 5.1e-4  # three decimals
IN_8_BITS = 0.5 / 254 + 0.0051  # and two decimals
HEADS = {"MiniLM": [(0, 2), (3, 1), (5, 11)], "SmolLM2": [(0, 4), (13, 8), (29, 0)]}


def figure(page: Page, label: str) -> Locator:
    return page.locator("figure").filter(has=page.get_by_label(label))


def softmax_of_strips(sent: dict[str, dict], d_head: int, n_seen: int) -> np.ndarray:
    """The weights that the strips of q and k give: softmax(q·k / √d) over the keys that the query may see."""
    q = numbers(one(sent, "q of"), d_head)[0]
    k = numbers(one(sent, "keys of"), d_head)[:n_seen]
    exps = np.exp(k @ q / np.sqrt(d_head))
    return exps / exps.sum()


@pytest.mark.parametrize(
    ("model", "d_head"), [("MiniLM", 32), pytest.param("SmolLM2", 64, marks=pytest.mark.slow)]
)
def test_cells_softmax_lines_and_strips_are_what_transformers_computes(
    page: Page, app_url: str, model: str, d_head: int
):
    expected = library_weights(model, DEFAULT_SENTENCE)
    n_tokens = expected.shape[-1]
    query = 10 if model == "MiniLM" else 8  # the token "it"
    n_seen = n_tokens if model == "MiniLM" else query + 1
    for layer, head in HEADS[model]:
        sent = received(page)
        page.goto(f"{app_url}/one-head?model={model}&layer={layer}&head={head}")
        name = f"Attention weights of {model}, layer {layer}, head {head}."
        expect(page.get_by_label(name)).to_be_visible(timeout=120_000)
        settled(page)
        truth = expected[layer, head]

        cells = numbers(one(sent, name), n_tokens)
        np.testing.assert_allclose(np.nan_to_num(cells), truth, atol=CLOSE)
        table = page.get_by_role("table").filter(has_text="q·k").locator("tbody tr")
        printed = [float(row.split()[-1]) for row in table.all_inner_texts()]
        np.testing.assert_allclose(printed, truth[query], atol=PRINTED)

        page.get_by_text("Query, key and value of every token").click()
        expect(page.get_by_label("keys of")).to_be_visible()
        settled(page)
        by_strips = softmax_of_strips(sent, d_head, n_seen)
        np.testing.assert_allclose(by_strips, truth[query, :n_seen], atol=CLOSE)

        page.get_by_role("radio", name="Lines").click()
        lines = figure(page, f"Attention of head {head} as lines.")
        expect(lines).to_be_visible()
        settled(page)
        for row in (query, query - 1):  # the chosen one exactly, another in 8 bits
            lines.get_by_role("listbox", name="query").get_by_role("option").nth(row).hover()
            expect(lines.get_by_role("status")).to_contain_text(" asks: ")
            told = lines.get_by_role("status").inner_text().split(" asks: ")[1].split(" · ")[0]
            key, rounding = int(told.split()[0]), PRINTED if row == query else IN_8_BITS
            assert float(told.split()[-1]) == pytest.approx(truth[row, key], abs=rounding)
            assert truth[row, key] == pytest.approx(truth[row].max(), abs=rounding)
