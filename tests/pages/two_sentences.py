"""The questions of the page Context changes a word."""

from streamlit.testing.v1 import AppTest

ITSELF, LIKE, NEXT, LENS, ATTENTION = range(5)


def asked(app: AppTest, question: int) -> AppTest:
    control = app.segmented_control(key="two_sentences_question")
    return control.set_value(control.options[question]).run()
