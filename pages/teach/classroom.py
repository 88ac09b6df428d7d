"""For a teacher with thirty students and a projector: links to presets, questions to reveal, a worksheet to print."""

from pages.ui.learn.recap.quiz_number import number_box
from pages.ui.parts import one_of
from pages.ui.sentence import hide_sentence
from pages.ui.teach.address import server_address
from pages.ui.teach.links import links
from pages.ui.teach.paper import worksheet
from pages.ui.teach.questions import questions

LINKS, QUESTIONS, WORKSHEET = "Links for the class", "Questions to reveal", "Worksheet to print"

part = one_of("Part", (LINKS, QUESTIONS, WORKSHEET), key="teach_part", has_label=False)
if part == LINKS:
    links(server_address())
elif part == QUESTIONS:
    hide_sentence()
    questions(number_box())
else:
    hide_sentence()
    number = number_box()
    worksheet(server_address(), number)
