"""What Streamlit itself needs for one slider and one Altair chart: the measure for every page in `make bench`."""

import altair as alt
import pandas as pd
import streamlit as st

value = st.slider("Value", 0, 100, 3)
frame = pd.DataFrame({"key": list("abcdef"), "weight": [value, 20, 30, 10, 40, 60]})
st.altair_chart(alt.Chart(frame).mark_bar().encode(x="weight:Q", y="key:N"), alt="Six bars")
