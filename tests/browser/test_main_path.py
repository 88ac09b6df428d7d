"""The main path, as a reader walks it: type a sentence, choose a word, read a weight, change a number, send the link."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from pages.ui.widgets.proof_panel import HEADING
from tests.browser.conftest import settled, type_into_cell
from tests.browser.parts import (
    CAT,
    editor_of_toy,
    embeddings_of_toy,
    heatmap_of,
    line,
    query_box,
    reset_of_toy,
    softmax_of,
)

pytestmark = pytest.mark.browser
NASTY = '<img src="x" onerror="alert(1)"> **bold** :red[x] $x^2$ ![y](https://example.com/y.png)'


def open_both_worlds(page: Page, url: str, link: str = "") -> None:
    page.goto(f"{url}/side-by-side{link}")
    settled(page)
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible(timeout=60_000)
    settled(page)


def type_sentence(page: Page, sentence: str) -> None:
    box = page.get_by_role("textbox", name="Your sentence")
    box.fill(sentence)
    box.press("Enter")
    settled(page)


def weight_of(page: Page, world: str, key: str) -> float:
    """The weight that the page prints for a key."""
    row = softmax_of(page, world).get_by_role("row", name=re.compile(rf"^{re.escape(key)} "))
    return float(row.get_by_role("cell").last.inner_text())


def test_a_typed_sentence_shows_the_weight_that_capture_computes(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    type_sentence(page, CAT)
    query_box(page).click()
    page.get_by_role("option", name="7 it").click()
    settled(page)
    expect(line(page, "8 it → 2 cat")).to_be_visible()
    from attention_core.pretrained.capture import capture  # brings torch
    from attention_core.pretrained.loading import load

    outside = capture(CAT, load("MiniLM"))
    tokens = [token.text for token in outside.tokens]
    expected = outside.layers[5].weights[11, tokens.index("it"), tokens.index("cat")]
    assert weight_of(page, "MiniLM, layer 5, head 11", "2 cat") == pytest.approx(
        expected, abs=5.1e-5
    )
    expect(softmax_of(page, "MiniLM").get_by_role("row").last).to_contain_text("1.0000")


def test_the_default_sentence_shows_the_curriculums_weights(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    assert weight_of(page, "Toy", "1 animal") == pytest.approx(0.80, abs=0.02)
    assert weight_of(page, "MiniLM", "2 animal") == pytest.approx(0.65, abs=0.01)


def test_a_row_chosen_on_one_heatmap_is_chosen_on_both(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    heatmap = heatmap_of(page, "Toy")
    heatmap.focus()
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        heatmap.press(key)
    expect(line(page, r"8 street → ")).to_be_visible()
    expect(page).to_have_url(re.compile(r"query=5\+street"))
    heatmap = heatmap_of(page, "MiniLM")
    heatmap.focus()
    for key in ("ArrowDown", "Enter"):
        heatmap.press(key)
    expect(line(page, r"6 because → ")).to_be_visible()


def test_a_thumbnail_chooses_the_head(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    page.get_by_role("button", name="head 3", exact=True).click()
    expect(page.get_by_text("MiniLM, layer 5, head 3").first).to_be_visible()
    expect(page).to_have_url(re.compile("head=3"))


def test_an_edited_cell_moves_the_toy_and_its_link_restores_it(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    before = heatmap_of(page, "Toy").get_attribute("aria-label")
    editor_of_toy(page).click()
    settled(page)
    street = 5
    type_into_cell(embeddings_of_toy(page), street, 0, "1")
    expect(page).to_have_url(re.compile("edits=x5.0%3A1"))
    expect(line(page, r"7 it → 5 street 0\.99")).to_be_visible()
    assert heatmap_of(page, "Toy").get_attribute("aria-label") != before

    link = page.url
    page.goto("about:blank")
    page.goto(link)
    settled(page)
    expect(line(page, r"7 it → 5 street 0\.99")).to_be_visible()
    editor_of_toy(page).click()
    reset_of_toy(page).click()
    expect(line(page, r"7 it → 1 animal 0\.79")).to_be_visible()
    expect(page).not_to_have_url(re.compile("edits="))


@pytest.mark.slow
def test_a_cold_deep_link_opens_its_page_and_restores_everything(page: Page, app_url: str):
    open_both_worlds(
        page, app_url, "?text=the+hot+dog+was&model=SmolLM2&layer=3&head=2&query=1+hot"
    )
    assert page.get_by_role("dialog").count() == 0
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value("the hot dog was")
    expect(page.get_by_text("SmolLM2, layer 3, head 2").first).to_be_visible()
    expect(line(page, r"1 hot → ")).to_have_count(2)


def test_home_leads_to_both_worlds_and_keeps_the_sentence(page: Page, app_url: str):
    page.goto(app_url)
    settled(page)
    type_sentence(page, CAT)
    page.get_by_role("link", name="See both worlds").click()
    expect(page).to_have_url(re.compile("side-by-side.*text=The\\+cat"))
    settled(page)
    expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(CAT)


def test_what_a_reader_types_is_never_markup(page: Page, app_url: str):
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    open_both_worlds(page, app_url)
    type_sentence(page, NASTY)
    expect(line(page, "0 <img → ")).to_be_visible()
    page.get_by_text("Copy as Python").first.click()
    settled(page)
    assert page.locator('img[src="x"], img[src*="example"]').count() == 0
    assert page.locator("main strong").filter(has_text=re.compile("^bold$")).count() == 0
    outside = [url for url in requests if not url.startswith((app_url, "data:", "blob:"))]
    assert [url for url in outside if not url.startswith(app_url.replace("http", "ws"))] == []


def test_the_copied_program_prints_the_weight_on_the_page(page: Page, app_url: str):
    open_both_worlds(page, app_url)
    page.get_by_text("Copy as Python").last.click()
    program = page.get_by_test_id("stCode").last
    expect(program).to_contain_text("import numpy as np")
    run = subprocess.run(
        [sys.executable, "-c", program.inner_text()], capture_output=True, text=True, check=True
    )
    printed = float(run.stdout.split()[-1])
    assert printed == pytest.approx(weight_of(page, "MiniLM", "2 animal"), abs=5.1e-5)


def test_on_a_phone_each_world_is_named_and_no_step_of_the_softmax_is_cut_off(
    page: Page, app_url: str
):
    open_both_worlds(page, app_url)
    names = [page.get_by_text(name, exact=True) for name in ("Toy", "Pretrained")]
    for name in names:  # of the heads and of the heatmap; side by side, the headers above name them
        expect(name).to_have_count(2)
        expect(name.first).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 1000})
    settled(page)
    for name in names:
        expect(name.first).to_be_visible()
        expect(name.last).to_be_visible()
    for world in ("Toy", "MiniLM"):
        hidden = softmax_of(page, world).evaluate("(box) => box.scrollWidth - box.clientWidth")
        assert hidden == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_of_the_page(page: Page, app_url: str, width: int, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    open_both_worlds(page, app_url)
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_click_before_the_page_has_answered_keeps_the_sentence(page: Page, app_url: str):
    """On a slow line a click still carries what the browser showed before the typed sentence was read."""
    late: list[Callable[[], None]] = []
    line = {"is_slow": False}

    def carry(reader: WebSocketRoute) -> None:
        server = reader.connect_to_server()
        reader.on_message(server.send)

        def answer(message: str | bytes) -> None:
            if line["is_slow"]:
                late.append(lambda: reader.send(message))
            else:
                reader.send(message)

        server.on_message(answer)

    page.route_web_socket("**/_stcore/stream", carry)
    page.goto(f"{app_url}/one-head")
    lines = page.get_by_role("radio", name="Lines")
    expect(lines).to_be_visible(timeout=60_000)
    settled(page)
    line["is_slow"] = True
    box = page.get_by_role("textbox", name="Your sentence")
    box.fill("my own words")
    box.press("Enter")
    page.wait_for_timeout(2000)  # the server has answered, and nothing of it has arrived
    lines.click()
    page.wait_for_timeout(2000)
    line["is_slow"] = False
    for arrive in late:
        arrive()
    settled(page)
    expect(page).to_have_url(re.compile("text=my[+]own[+]words"))
    expect(box).to_have_value("my own words")
    expect(page.get_by_label(re.compile("^Attention of head .* as lines"))).to_be_visible()
