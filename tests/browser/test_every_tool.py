"""One visit of each tool, with the network cut."""

import pytest

from pages.contents import TOOLS
from tests.browser.hostile import hostile_word
from tests.browser.visit import visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", [each.slug for each in TOOLS])
def test_everyone_can_use_it_and_hostile_text_stays_text(path, stranger, public_url, leak, notes):
    visit(stranger, public_url, path, hostile_word(leak.server_port))
    assert leak.asked == []
    assert notes.read_text() == ""
