"""The browser and the server of the browser tests, for what only a browser can be given."""

from tests.browser.conftest import app_url, chromium

__all__ = ["app_url", "chromium"]
