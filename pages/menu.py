"""What every page shares: page settings, the sentence, the sidebar with model, layer, head and query, the menu."""

from pathlib import Path

import streamlit as st

from pages.ui.controls import sentence_bar, shared_controls
from pages.ui.notices import show_notices

HERE = Path(__file__).resolve().parent  # absolute, so that app.py may run this file from elsewhere

# not a material icon: that one would be fetched from outside
st.set_page_config(
    page_title="Attention Workbench", page_icon="🔎", layout="wide", initial_sidebar_state=256
)
# two worlds need the width; no theme setting reaches this margin
st.html(
    "<style>[data-testid='stMainBlockContainer'] {padding-inline: clamp(1rem, 3vw, 3rem)}</style>"
)

home = st.Page(HERE / "home.py", title="Home", icon=":material/home:", default=True)
side_by_side = st.Page(
    HERE / "compare" / "side_by_side.py",
    title="Side by side",
    icon=":material/compare:",
    url_path="side-by-side",
    help="One sentence through an editable toy and through a pretrained model",
)
page = st.navigation({"": [home], "Compare": [side_by_side]})

# drawn on every page: a widget that is not drawn loses its value and its place in the link
if page == home:
    st.title("Attention, with every number in sight", anchor=False)
sentence_bar()
shared_controls()
show_notices()
page.run()
