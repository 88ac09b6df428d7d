"""The colour of each idea, for charts that leave the app as files; on screen the theme says the same."""

QUERY = "#1f66e3"
KEY = "#a34400"
VALUE = "#0b6f56"
WEIGHTS = "#54229b"
OUTPUT = "#cd0f71"
PAPER_TO_WEIGHTS = ("#ffffff", "#a47afe", "#2d096a")
OCHRE_TO_PETROL = ("#6c3803", "#ffffff", "#004f69")
BLOCKED = "#c9ccd4"
