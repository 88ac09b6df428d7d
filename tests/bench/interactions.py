"""What a reader mainly does on each page, as data: which control, which keys, and what must be another picture then.

Controls and pictures are Playwright selectors: by role and name wherever there is one. A new page of the menu
needs an entry here; tests/test_bench.py says so, and so does the benchmark.
"""

from dataclasses import dataclass

from tests.bench.texts import NOUNS

MINILM = "role=application[name=/^Attention weights of MiniLM/]"


@dataclass(frozen=True)
class Way:
    """One thing done at a control: the keys of `lead` go there and do not count, then `key`, or a click, does."""

    at: str
    lead: tuple[str, ...] = ()
    text: str = ""  # typed before the key
    field: str = ""  # where it is typed, if `lead` opens another element
    key: str = ""  # none: a click


@dataclass(frozen=True)
class Interaction:
    """The ways are taken in turn, so that each of them changes something."""

    slug: str
    what: str
    ways: tuple[Way, ...]
    picture: str
    link: str = ""  # what the address needs
    opening: tuple[Way, ...] = ()  # done once before


def cells(matrix: str, *keys: str) -> tuple[Way, ...]:
    """Another cell of a matrix is chosen, by arrow keys and Enter."""
    at = f"role=application[name=/^{matrix}/]"
    return tuple(Way(at, (key,), key="Enter") for key in keys or ("ArrowUp", "ArrowDown"))


def moved(slider: str) -> tuple[Way, ...]:
    at = f"role=slider[name=/^{slider}/]"
    return tuple(Way(at, key=key) for key in ("ArrowLeft", "ArrowRight"))


def clicked(role: str, *names: str) -> tuple[Way, ...]:
    return tuple(Way(f"role={role}[name={name}]") for name in names)


def typed(box: str, *texts: str) -> tuple[Way, ...]:
    at = f"role=textbox[name=/^{box}/]"
    return tuple(Way(at, text=text, key="Enter") for text in texts)


def numbers(matrix: str, start: float, *lead: str) -> tuple[Way, ...]:
    """An editable matrix gets another number each time, in the cell that the keys open."""
    at = f"role=application[name=/^{matrix}/]"
    values = (f"{start + i / 50:.2f}" for i in range(10))
    return tuple(Way(at, lead, value, "input[inputmode=decimal]", "Enter") for value in values)


INTERACTIONS = (
    Interaction("", "a row of the toy's heatmap", cells("Attention weights of Toy"), "role=application[name=/^Attention weights of Toy/]"),
    Interaction(
        "start",
        "what “it” looks for first",
        clicked("radio", "/a thing/", "/a living being/"),
        '[aria-label="Attention weights of “it” in the toy"]',
        opening=clicked("radio", "/^cat$/"),
    ),
    Interaction("embeddings", "a pair of words", cells("Cosines of words. Cosine of every pair of 3", "ArrowDown", "ArrowUp"), "role=application[name=/^Cosines of words. Cosine of every pair of 3/]"),
    Interaction(
        "dot-product",
        "an arrow moved by a key",
        tuple(Way("role=application[name=/^a \\(/]", key=key) for key in ("ArrowUp", "ArrowDown")),
        ".st-key-formula_dot_product_board",
    ),
    Interaction("softmax", "a score by its slider", moved("Score of cat"), "role=region[name=/^Softmax of 3 scores/]"),
    Interaction("query-key-value", "a word of the embeddings", cells("Embeddings; the row"), "role=application[name=/^q of each word/]"),
    Interaction("self-attention", "the next step, and back", clicked("button", "/Next/", "/Back/"), ".st-key-formula_steps"),
    Interaction(
        "self-attention",
        "a cell of the embeddings, typed",
        numbers("The embeddings of the toy", 0.2, "Escape", *["ArrowDown"] * 5, "Enter"),
        "role=application[name=/^Step 6 softmax. 7 it/]",
        link="?step=6",
        opening=(Way("text=Edit the toy"),),
    ),
    Interaction("heatmaps", "a row of the model's heatmap", cells("Attention weights of MiniLM"), "role=region[name=/^What each key hands over/]"),
    Interaction(
        "masks-and-order",
        "shuffle the words again",
        clicked("button", "/Shuffle again/"),
        "role=region[name=/^The weights of the chosen word in two orders/] >> nth=0",
    ),
    Interaction("multi-head", "a row of one head", cells("Weights of head 0", "ArrowDown", "ArrowUp"), '[aria-label^="The embeddings go into"] >> xpath=..'),
    Interaction("whole-flow", "a row of the toy's heatmap, until the model's follows", cells("Attention weights of Toy"), MINILM),
    Interaction(
        "long-texts",
        "another block of keys",
        clicked("button", '"3 cross … 5 street"', '"0 The … 2 didn\'t"'),
        "role=application[name=/^Scores of one block/]",
    ),
    Interaction("recap", "another question of the quiz", clicked("radio", "/^2$/", "/^1$/"), ".st-key-quiz_card"),
    Interaction("all-heads", "another head of the grid, opened", cells("All 72 heads"), MINILM),
    Interaction("one-head", "a row of the heatmap", cells("Attention weights of MiniLM"), "role=region[name=/^Softmax of the row/]"),
    Interaction(
        "find-a-head",
        "another head of the ranking, chosen",
        clicked("button", '"layer 3 · head 1"', '"layer 5 · head 3"'),
        "role=link[name=/^Open the chosen head/]",
    ),
    Interaction(
        "head-survey",
        "another head of the grid",
        cells("All 72 heads by"),
        "role=region[name=/the heads with most over the corpus/]",
    ),
    Interaction(
        "predictions",
        "the likeliest token of SmolLM2 taken, until the next ones are there",
        (Way("role=region[name=/likeliest next tokens/] >> role=button >> nth=0"),),
        "role=region[name=/likeliest next tokens/]",
        link="?model=SmolLM2&text=the+hot+dog+was",
    ),
    Interaction(
        "encoder-decoder",
        "a row of a tiny T5's heatmap",
        cells("Attention weights of"),
        "role=region[name=/^Softmax of the row/]",
        link="?model={t5}&layer=3&text=the+cat+sat+on+a+mat",
        opening=typed("Target text", "a mat"),
    ),
    Interaction("beyond-one-layer", "the share of the residual", moved("Share of the residual r"), "role=region[name=/attention of the last layer/]"),
    Interaction("side-by-side", "a row of the toy's heatmap, until the model's follows", cells("Attention weights of Toy"), MINILM),
    Interaction(
        "side-by-side",
        "another sentence, until the model has read it",
        typed("Your sentence", *(f"{noun} saw the old man who was walking home with his two cats" for noun in NOUNS)),
        MINILM,
    ),
    Interaction(
        "two-sentences",
        "another second sentence",
        typed("Second sentence", *(f"I saw a dog near the {noun}" for noun in NOUNS)),
        "[data-testid=stVegaLiteChart] >> nth=0",
    ),
    Interaction("two-heads", "a cell of A, until B − A follows", cells("A: attention weights"), "role=application[name=/^B − A/]"),
    Interaction("our-core-inside", "a row of the library's heatmap, until ours follows", cells("Library: attention weights"), "role=application[name=/^Ours: attention weights/]"),
    Interaction(
        "break-it",
        "another mistake, until the model's heatmap is there",
        clicked("radio", '"Uniform attention"', '"Second softmax"'),
        "role=region[name=/^How far the last vectors/]",
    ),
    Interaction("knock-out", "one more head out", cells("All 72 heads", "ArrowLeft"), "role=region[name=/^How far the last vectors/]"),
    Interaction(
        "edit-a-score",
        "a score, typed",
        numbers("The scores of the row", 5, "Enter"),
        "role=region[name=/before and after/]",
    ),
    Interaction(
        "toy-twin",
        "a number of the twin, typed",
        numbers("What each of 15 tokens offers", 1, "Enter"),
        "role=region[name=/^Softmax of the row .* in Twin/]",
    ),
    Interaction(
        "let-it-learn",
        "a step of the film",
        moved("Film: which step is shown"),
        "role=region[name=/^Step [0-9]+: accuracy/]",
        link="?train=copy_Adam_0.1_50_0_1_fixed",
        # a key that does nothing, once it has learnt: until then the film moves by itself
        opening=(*clicked("button", "/Train 50 steps$/"), Way("role=region[name=/^Step 50: accuracy/]", key="Shift")),
    ),
    Interaction(
        "classroom",
        "the link as set here, and as prepared",
        clicked("radio", "/As I have set/", "/As prepared/"),
        "[data-testid=stCode] >> nth=0",
    ),
)  # fmt: skip
