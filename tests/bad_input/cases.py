"""What readers and links enter that cannot be: where, what, and the words that must then be on the page.

Every case begins with a sentence and an edit of the reader's own; both must still be there afterwards.
"""

from dataclasses import dataclass

from pages.ui.reader.notices import NOT_THERE

LONG = 10_000  # characters of what is far too long


@dataclass(frozen=True)
class Case:
    """`field` is where `entered` goes: a parameter of the link, "sentence", "model", or how the key of a box begins."""

    page: str  # the address
    field: str
    entered: object
    seen: str  # on the page afterwards
    before: tuple[tuple[str, object], ...] = ()  # what the reader has chosen on the page

    @property
    def name(self) -> str:
        text = f"{self.page}-{self.field}-{str(self.entered)[:24]!r}-{len(str(self.entered))}"
        return text.encode("ascii", "backslashreplace").decode()


HOME, SIDE = "", "side-by-side"
EDITING = (("editing", True),)  # the toy's editor is open
NO_EDITS = "The edits in this link could not be read, so the toy starts from its own numbers."

LINKS = (
    # the shared controls
    *(
        Case(HOME, field, entered, NOT_THERE.format(field))
        for field, values in (
            ("layer", ("-1", "6", "1.5", "٣", "x", "1e2", "9" * LONG, "<script>")),
            ("head", ("12", "NaN", " 1")),
            ("query", ("-1", "cat", "7 x", "0 thé", "<img src=x onerror=alert(1)>")),
        )
        for entered in values
    ),
    Case(HOME, "layer", ["1", "99"], NOT_THERE.format("layer")),
    # edits of the toy
    *(
        Case(HOME, "edits", entered, NO_EDITS)
        for entered in (
            "<script>alert(1)</script>", "x0.0:NaN", "x0.0:inf", "x0.0:1e308", "x0.0:-1e7", "x0.0:abc",
            "x0.0:", "x0.0:٣", "x0.0:1,5", "x99.0:1", "WQ0.4:1", "WX0.0:1", "heads:3", "heads:0", "mask:all",
            "temp:0", "temp:-1", "temp:1e9", "scale:2", "query:7", "T9:dog", "T0:two%20words",
            "T0:%FF", "T0:" + "a" * 101, "~" * 50, "x0.0:1~heads:3",
        )
    ),
    Case(HOME, "edits", "x0.0:1" + "~x0.0:1" * 600, "it has 4,206 characters, at most 4,000 are read"),
    # what pages keep in the link
    *(
        Case(page, parameter, entered, NOT_THERE.format(parameter))
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
    Case("toy-twin", "twin", "4~WQ0.0:1", "edits in this link do not fit this head"),
)  # fmt: skip

MODELS = (
    *(
        Case(SIDE, "model", entered, "is neither a folder on this computer nor a hub id")
        for entered in (
            "http://127.0.0.1/model", "file:///etc", "/etc/passwd", "/no/such/folder", "a/b/c", "..\\..\\etc", "\0",
            "模型/é", "<b>bold</b>", "'; DROP TABLE", "m" * LONG, "~nobody-of-that-name/x",
        )
    ),
    *(
        Case(SIDE, "model", entered, "holds no model: it has no config.json")
        for entered in ("../..", "/", "/etc/../etc")
    ),
    Case(SIDE, "model", "javascript:alert(1)", "is neither a folder on this computer nor a hub id"),
)  # fmt: skip

SENTENCES = (
    *(Case(SIDE, "sentence", entered, "Type a sentence above") for entered in ("", "   ", "\u2003")),
    *(
        Case(SIDE, "sentence", entered, "This model sees no token in that text")
        for entered in ("\u200b\u200d", "\u0301\u0301", "\x07")
    ),
    Case(SIDE, "sentence", "a" * 20_001, "Only the first 20,000 of 20,001 characters are read."),
    Case(SIDE, "sentence", "я" * 9_000, "Only the first 8,000 of 9,000 characters are read."),
    Case(SIDE, "sentence", "word " * 5_000, "Only the first 20,000 of 24,999 characters are read."),
)  # fmt: skip

FIELDS = (
    # the toy
    *(
        Case(SIDE, "toy_token_", entered, f"Nothing was changed: a token {reason}", EDITING)
        for entered, reason in (
            ("", "is one word without spaces"),
            ("two words", "is one word without spaces"),
            ("a" * 101, "has at most 100 characters, got 101"),
        )
    ),
    # numbers and words of other pages
    *(
        Case("edit-a-score", "edit_row_typed", entered, f"“{entered}” is no number. Type one such as 3 or -2.")
        for entered in ("abc", "1,2,3", "0x10", "3 apples", "<b>3</b>")
    ),
    *(
        Case("edit-a-score", "edit_row_typed", entered, "Nothing was changed: ")
        for entered in ("NaN", "inf", "1e308")
    ),
    Case("two-heads", "two_heads_text", "   ", "B has nothing to read yet", (("two_heads_kind", "sentence"),)),
    Case("embeddings", "embeddings_own", "", "There is nothing to read yet: type at least one word."),
    Case("embeddings", "embeddings_own", "w " * 5 + " ".join(f"w{i}" for i in range(30)), "Only the first 24 of 31 words are read."),
    Case("embeddings", "embeddings_own", "cat \u200b dog", "No token stands for"),
    Case("two-sentences", "two_sentences_first", "", "Type two sentences: even one word each will do."),
    Case("two-sentences", "two_sentences_first", "🙂 !?", "share no word, so there is none to follow"),
    Case("two-sentences", "two_sentences_words", " , ,", "Type at least one word to compare with.",
         (("two_sentences_question", "2 · Which words is it like?"),)),
    *(
        Case("recap", "quiz_typed_1_2", entered, reason, (("quiz_at_1", 2),))
        for entered, reason in (
            ("abc", "“abc” is not a number: write digits, such as 12 or 1/4"),
            ("1/0", "nothing can be divided by 0"),
            ("1" * 30, "is not a number"),
            ("<b>1</b>", "“<b>1</b>” is not a number"),
        )
    ),
)  # fmt: skip

CELLS = (
    *(
        Case(SIDE, f"edit_{table}", entered, "each cell needs a number between −1,000,000 and 1,000,000",
             (*EDITING, ("toy_matrix", table if table != "x" else "W_Q")))
        for table, entered in (("x", 1e7), ("x", -1e308), ("W_Q", 1.7e308), ("W_O", -1000001))
    ),
)  # fmt: skip

CASES = (*LINKS, *MODELS, *SENTENCES, *FIELDS, *CELLS)

# (box, number): outside of what the box offers; the browser's own box says so, and nothing of it arrives
NUMBERS = tuple(
    ("toy_temperature_", number) for number in (0.0, -1.0, 1e308, float("inf"), float("nan"))
)
