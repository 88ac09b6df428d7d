"""Links that are nearly right."""

from hypothesis import strategies as st


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """The text with a piece of it cut out or replaced: nearly right is where mistakes hide."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)))
    return text[:start] + draw(st.text(max_size=3) | st.sampled_from("-0.9~_:é")) + text[end:]
