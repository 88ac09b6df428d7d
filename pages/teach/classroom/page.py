"""For a teacher with thirty students and a projector: links to presets, questions to reveal, a worksheet to print."""

from pages.teach.classroom.address import server_address
from pages.teach.classroom.links import links
from pages.teach.classroom.paper import worksheet
from pages.teach.classroom.questions import questions
from pages.ui.reader.quiz_number import number_box
from pages.ui.reader.sentence import hide_sentence
from pages.ui.widgets.parts import one_of

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
