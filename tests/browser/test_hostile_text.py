"""What a hostile reader enters by a link, and what the server refuses and asks for, with its network cut.

Each page with hostile text: test_every_lesson.py and test_every_tool.py.
"""

from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from attention_core.pretrained.catalogue import LIST_ONLY
from tests.browser.conftest import cut_off, served, settled
from tests.browser.hostile import LOOK, MARKS, OURS, hostile_sentence, hostile_word
from tests.browser.visit import assert_hostile_text_is_text, read

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("side-by-side", "MiniLM"),
        pytest.param("predictions", "SmolLM2", marks=pytest.mark.slow),  # MiniLM predicts nothing
    ],
)
def test_hostile_text_of_a_link_is_shown_as_it_stands(
    path, model, stranger, public_url, leak, notes
):
    word = hostile_word(leak.server_port)
    stranger.goto(f"{public_url}/{path}?text={quote(hostile_sentence(word))}&model={model}")
    read(stranger, path)
    assert_hostile_text_is_text(stranger, word, 5)
    assert leak.asked == []
    assert notes.read_text() == ""


def test_the_worksheet_is_made_with_the_network_cut(stranger, public_url, notes, tmp_path):
    stranger.goto(f"{public_url}/classroom?quiz=17")
    settled(stranger)
    stranger.get_by_role("radio", name="Worksheet to print").click()
    with stranger.expect_download() as download:
        stranger.get_by_role("button", name="Worksheet as PDF").click()
    download.value.save_as(tmp_path / "sheet.pdf")
    assert PdfReader(tmp_path / "sheet.pdf").metadata.title == "Attention: worksheet 17"
    assert notes.read_text() == ""


def test_the_look_finds_what_it_looks_for(stranger):
    """Not a test of the app: each of these would have been found on its pages."""
    pieces = ["<b>hbold</b>", "<p title='hlink'>", "<img src=x>", "<a href='javascript:1'>x</a>",
              f"<div data-testid=stMarkdownContainer>{OURS}</div>"]  # fmt: skip
    for piece in pieces:
        stranger.set_content(piece)
        assert stranger.evaluate(LOOK, [MARKS, OURS])["bad"], piece


def test_a_hub_model_is_asked_for_at_the_hub_alone(page, tmp_path):
    notes = tmp_path / "notes"  # of a server of its own: on the shared one nothing may be asked for
    with served("app.py", **cut_off(notes)) as url:
        page.goto(f"{url}/one-head?model=gpt-2")
        settled(page)
        expect(page.locator("[class*=_again]")).to_be_visible(timeout=60_000)
        page.goto("about:blank")  # before its server goes
    asked = {line.split()[1] for line in notes.read_text().splitlines()}
    assert asked == {"huggingface.co"}


def test_a_link_to_another_model_opens_the_usual_one(stranger, public_url):
    stranger.goto(f"{public_url}/one-head?model=/etc")
    settled(stranger)
    expect(stranger.get_by_text(LIST_ONLY)).to_be_visible()
    expect(stranger.get_by_role("combobox", name="Pretrained model")).to_have_value("MiniLM")
    expect(stranger).not_to_have_url("**model=**")


@pytest.mark.parametrize("path", ["/", "/health", "/_stcore/health", "/static/favicon.png", "/no"])
def test_every_answer_carries_the_security_headers(path, public_url):
    try:
        answer = urlopen(public_url + path)
    except HTTPError as refused:  # /health, until the model is loaded
        answer = refused
    with answer:
        headers = answer.headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["object-src"] == "'none'" and policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert not any("http:" in sources or "*" in sources for sources in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
