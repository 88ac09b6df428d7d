"""What readers and links enter that cannot be: where, what, and what the page must then say.

Every case begins with a sentence and an edit of the reader's own; both must still be there afterwards.
"""

from dataclasses import dataclass

from attention_core.pretrained.files import NO_CONFIG, NO_HUB_ID
from attention_core.pretrained.tokens import NO_TOKEN, NO_WORD
from attention_core.quiz.wording import DIVIDED_BY_0, NO_NUMBER
from attention_core.toy.scenario import ONE_WORD
from pages.compare.two_heads.side_b import NOTHING_TO_READ
from pages.compare.two_sentences.sentences import NO_SENTENCES, NO_SHARED_WORD
from pages.compare.two_sentences.word import NO_WORDS
from pages.experiment.edit_a_score import editor
from pages.experiment.toy_twin import twin
from pages.ui.reader.notices import NOT_THERE
from pages.ui.reader.toy_editor import NOT_CHANGED
from pages.ui.reader.toy_state import BAD_EDITS
from pages.ui.widgets.parts import NO_SENTENCE
from tests.pages.two_sentences import LIKE

LONG = 10_000  # characters of what is far too long


@dataclass(frozen=True)
class Option:
    """One of a control's options, whatever it is called."""

    position: int


@dataclass(frozen=True)
class Case:
    """`field` is where `entered` goes: a parameter of the link, "sentence", "model", or how the key of a box begins."""

    page: str  # the address
    field: str
    entered: object
    seen: tuple[str, ...]  # these parts stand in one line of the page afterwards, in this order
    before: tuple[tuple[str, object], ...] = ()  # what the reader has chosen on the page

    @property
    def name(self) -> str:
        text = f"{self.page}-{self.field}-{str(self.entered)[:24]!r}-{len(str(self.entered))}"
        return text.encode("ascii", "backslashreplace").decode()


def parts(sentence: str) -> tuple[str, ...]:
    """What of a sentence stands before and after the word that it is about."""
    return tuple(sentence.split("{}"))


HOME, SIDE = "", "side-by-side"
EDITING = (("editing", True),)  # the toy's editor is open
LARGEST = "1,000,000"  # that a cell of the toy holds

LINKS = (
    # the shared controls
    *(
        Case(HOME, field, entered, (NOT_THERE.format(field),))
        for field, values in (
            ("layer", ("-1", "6", "1.5", "٣", "x", "1e2", "9" * LONG, "<script>")),
            ("head", ("12", "NaN", " 1")),
            ("query", ("-1", "cat", "7 x", "0 thé", "<img src=x onerror=alert(1)>")),
        )
        for entered in values
    ),
    Case(HOME, "layer", ["1", "99"], (NOT_THERE.format("layer"),)),
    # edits of the toy
    *(
        Case(HOME, "edits", entered, (BAD_EDITS,))
        for entered in (
            "<script>alert(1)</script>", "x0.0:NaN", "x0.0:inf", "x0.0:1e308", "x0.0:-1e7", "x0.0:abc",
            "x0.0:", "x0.0:٣", "x0.0:1,5", "x99.0:1", "WQ0.4:1", "WX0.0:1", "heads:3", "heads:0", "mask:all",
            "temp:0", "temp:-1", "temp:1e9", "scale:2", "query:7", "T9:dog", "T0:two%20words",
            "T0:%FF", "T0:" + "a" * 101, "~" * 50, "x0.0:1~heads:3",
        )
    ),
    Case(HOME, "edits", "x0.0:1" + "~x0.0:1" * 600, ("4,206", "4,000")),
    # what pages keep in the link
    *(
        Case(page, parameter, entered, (NOT_THERE.format(parameter),))
        for page, parameter, values in (
            ("break-it", "break", ("<script>", "twice.here")),
            ("our-core-inside", "core", ("all.weights.right", "٣")),
            ("knock-out", "out", ("heads.h99-0", "word.w9999999", "heads.h" + "0-1_" * 300)),
            ("edit-a-score", "row", ("scores.5.11.1~0:nan", "weights.9.9.9", "scores.5.11.1~all:1e9")),
            ("toy-twin", "twin", ("0", "9", "4.0")),
            ("let-it-learn", "train", ("copy", "copy_Adam_0.03_200_99999_1_fixed")),
            ("two-heads", "b", ("head.99.0", "head.0", "layer.-1", "sentence.  ", "video.3")),
            ("self-attention", "step", ("0", "99", "one")),
            ("recap", "quiz", ("0", "10000", "-1", "abc", "1.5", "inf", "-1e999", "NaN")),
        )
        for entered in values
    ),
    Case("toy-twin", "twin", "4~WQ0.0:1", (twin.BAD_EDITS,)),
)  # fmt: skip

MODELS = (
    *(
        Case(SIDE, "model", entered, parts(NO_HUB_ID))
        for entered in (
            "http://127.0.0.1/model", "file:///etc", "/etc/passwd", "/no/such/folder", "a/b/c", "..\\..\\etc", "\0",
            "模型/é", "<b>bold</b>", "'; DROP TABLE", "m" * LONG, "~nobody-of-that-name/x",
        )
    ),
    *(
        Case(SIDE, "model", entered, parts(NO_CONFIG))
        for entered in ("../..", "/", "/etc/../etc")
    ),
    Case(SIDE, "model", "javascript:alert(1)", parts(NO_HUB_ID)),
)  # fmt: skip

SENTENCES = (
    *(Case(SIDE, "sentence", entered, (NO_SENTENCE,)) for entered in ("", "   ", "\u2003")),
    *(
        Case(SIDE, "sentence", entered, (NO_TOKEN,))
        for entered in ("\u200b\u200d", "\u0301\u0301", "\x07")
    ),
    Case(SIDE, "sentence", "a" * 20_001, ("20,000 ", " 20,001 ")),
    Case(SIDE, "sentence", "я" * 9_000, ("8,000 ", " 9,000 ")),
    Case(SIDE, "sentence", "word " * 5_000, ("20,000 ", " 24,999 ")),
)  # fmt: skip

FIELDS = (
    # the toy
    *(
        Case(SIDE, "toy_token_", entered, (NOT_CHANGED, *reason), EDITING)
        for entered, reason in (
            ("", (ONE_WORD,)),
            ("two words", (ONE_WORD, "two words")),
            ("a" * 101, ("100", "101")),
        )
    ),
    # numbers and words of other pages
    *(
        Case("edit-a-score", "edit_row_typed", entered, (editor.NOT_CHANGED, f"“{entered}”"))
        for entered in ("abc", "1,2,3", "0x10", "3 apples", "<b>3</b>")
    ),
    *(
        Case("edit-a-score", "edit_row_typed", entered, (editor.NOT_CHANGED,))
        for entered in ("NaN", "inf", "1e308")
    ),
    Case("two-heads", "two_heads_text", "   ", (NOTHING_TO_READ,), (("two_heads_kind", "sentence"),)),
    Case("embeddings", "embeddings_own", "", (NO_WORD,)),
    Case("embeddings", "embeddings_own", "w " * 5 + " ".join(f"w{i}" for i in range(30)), ("24 ", " 31 ")),
    Case("embeddings", "embeddings_own", "cat \u200b dog", ("\u200b",)),
    Case("two-sentences", "two_sentences_first", "", (NO_SENTENCES,)),
    Case("two-sentences", "two_sentences_first", "🙂 !?", (NO_SHARED_WORD,)),
    Case("two-sentences", "two_sentences_words", " , ,", (NO_WORDS,),
         (("two_sentences_question", Option(LIKE)),)),
    *(
        Case("recap", "quiz_typed_1_2", entered, (reason,), (("quiz_at_1", 2),))
        for entered, reason in (
            ("abc", NO_NUMBER.format("abc")),
            ("1/0", DIVIDED_BY_0),
            ("1" * 30, NO_NUMBER.format("1" * 30)),
            ("<b>1</b>", NO_NUMBER.format("<b>1</b>")),
        )
    ),
)  # fmt: skip

CELLS = (
    *(
        Case(SIDE, f"edit_{table}", entered, (f"−{LARGEST}", f" {LARGEST}"),
             (*EDITING, ("toy_matrix", table if table != "x" else "W_Q")))
        for table, entered in (("x", 1e7), ("x", -1e308), ("W_Q", 1.7e308), ("W_O", -1000001))
    ),
)  # fmt: skip

CASES = (*LINKS, *MODELS, *SENTENCES, *FIELDS, *CELLS)

# (box, number): outside of what the box offers; the browser's own box says so, and nothing of it arrives
NUMBERS = tuple(
    ("toy_temperature_", number) for number in (0.0, -1.0, 1e308, float("inf"), float("nan"))
)
