"""Colours for charts that leave the app as files; on screen .streamlit/config.toml says the same."""

PAPER_TO_WEIGHTS = (
    "#ffffff", "#e8dfff", "#d1beff", "#ba9dff", "#a47afe",
    "#8d57f5", "#753add", "#5d21bc", "#450f95", "#2d096a",
)  # fmt: skip
BLOCKED = "#d9dde6"
ROLE_COLOURS = {
    "query": "#1b60da",
    "key": "#a34400",
    "value": "#0b6f56",
    "weights": "#54229b",
    "output": "#cd0f71",
    "none": "#1d2230",
}
