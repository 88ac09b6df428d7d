"""Colours for charts that leave the app as files; on screen .streamlit/config.toml says the same."""

PAPER_TO_WEIGHTS = (
    "#ffffff", "#e8dfff", "#d1beff", "#ba9dff", "#a47afe",
    "#8d57f5", "#753add", "#5d21bc", "#450f95", "#2d096a",
)  # fmt: skip
BLOCKED = "#d9dde6"
