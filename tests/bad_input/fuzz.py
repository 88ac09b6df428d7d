"""Seeded links: each parameter that pages read gets something usual, something nearly right, or something hostile."""

import random
import re
from collections.abc import Iterator

from pages.contents import LESSONS, TOOLS

OWN = {  # what each page keeps in the link, and something that could stand there
    "break-it": ("break", "twice.one"),
    "our-core-inside": ("core", "all.states.wrong"),
    "knock-out": ("out", "heads.h5-11_3-1.imean"),
    "edit-a-score": ("row", "weights.5.11.1~one6~3:0.25~sum"),
    "toy-twin": ("twin", "4~x2.1:0.5"),
    "two-heads": ("b", "head.5.3"),
    "self-attention": ("step", "3"),
    "recap": ("quiz", "17"),
    "let-it-learn": ("train", "copy_Adam_0.03_200_0_1_fixed"),
}
SHARED = {
    "text": "the cat sat on the mat",
    "layer": "2",
    "head": "7",
    "query": "1 cat",
    "edits": "x1.0:0.5~heads:2~mask:causal",
    "seen": "1-2-5",
    "editing": "true",
}
SLUGS = ["", *(page.slug for page in (*LESSONS, *TOOLS))]

Link = dict[str, str | list[str]]
OFTEN = {**SHARED, "model": "MiniLM", "answers": "hidden", "quiz": "17"}
SENTENCES = (
    "the cat sat on the mat", "The animal didn't cross the street because it was too tired", "One", "a a a a",
    "Zwölf Boxkämpfer 🙂 jagen", "[MASK] is [SEP] a <unk> </s>", "I\u00a0like\u2003tea\tand\ncake", "‮right to left‬",
    "我喜欢机器学习", "שלום world مرحبا", "$x^2$ *bold* `code` <b>tag</b> ![](x)", "word " * 300,
)  # fmt: skip
NUMBERS = (
    "-1", "0", "1", "99", "00", "1.5", "-0", "1e3", "1e999", "NaN", "inf", "-inf", "٣", "²", "0x10", "1_0", " 1", "+1",
    str(2**31), str(2**63), str(-(2**63) - 1), "9" * 400, "1" + "0" * 5000, "",
)  # fmt: skip
TEXTS = (
    "", " ", "\0", "\x07\x1b[31m", "\u200b\u200d", "\u0301", "\ufe0f", "\ufffe", "\U0010ffff", "\ue000", "\u202e", "\u2028",
    "é" * 1000, "👩‍👩‍👧‍👦" * 60, "<script>alert(1)</script>", "'; DROP TABLE x; --", "../../etc/passwd", "{{7*7}}", "%00%ff",
    "${x}", "None", "null", "true", "[]", "{}", "[1, 2]", '{"a": 1}', "~", "~~~~", ".", "....", "_", "-", ":", "a:b:c",
    "~".join(["x0.0:1"] * 400), "__class__", "heads.", "=&=&", "\\", "\"'", "a" * 20_001, "\n\n\n",
)  # fmt: skip
STRANGE_NAMES = ("Text", "layer ", "edits[]", "__proto__", "", "é", "a" * 300, "embed", "embed_options", "0", "\0")  # fmt: skip


def links(slug: str, n: int, seed: int = 0) -> Iterator[Link]:
    """Links to a page with `n` parameters in all, the same for the same seed."""
    source = random.Random(f"{seed} {slug}")
    own = dict([OWN[slug]] if slug in OWN else [])
    while n > 0:
        link = _link(source, OFTEN | own, own)
        n -= len(link)
        yield link


def _link(source: random.Random, usual: dict[str, str], own: dict[str, str]) -> Link:
    link: Link = {}
    for name, text in usual.items():
        # what stands before the page's own parameter must let it be read
        tame = 0.25 if name in own else 0.9 if name == "model" else 0.6
        if source.random() < 0.85:
            link[name] = _usual(source, name, text) if source.random() < tame else _wild(source, text)  # fmt: skip
    for name in source.sample(STRANGE_NAMES, 2):
        link[name] = _wild(source, "1")
    strangers = [pair for pair in OWN.values() if pair[0] not in usual]
    name, text = source.choice(strangers)
    link[name] = _wild(source, text)
    return link


def _usual(source: random.Random, name: str, text: str) -> str:
    if name == "text":
        return source.choice(SENTENCES)
    return str(source.randrange(6)) if name in ("layer", "head") else text


def _wild(source: random.Random, text: str) -> str | list[str]:
    made = source.choice((_other_number, _other_number, _other_piece, _noise, _hostile))
    if source.random() < 0.1:
        return [made(source, text), text, _hostile(source, text)]
    return made(source, text)


def _other_number(source: random.Random, text: str) -> str:
    """One of its numbers is another one: the form is right, what it says is not."""
    found = list(re.finditer(r"-?\d+(\.\d+)?", text))
    if not found:
        return source.choice(NUMBERS)
    where = source.choice(found)
    return text[: where.start()] + source.choice(NUMBERS) + text[where.end() :]


def _other_piece(source: random.Random, text: str) -> str:
    """A piece is cut out, doubled or replaced."""
    start, end = sorted(source.randrange(len(text) + 1) for _ in range(2))
    return text[:start] + source.choice(["", text[start:end] * 2, *"-0.9_~:é"]) + text[end:]


def _noise(source: random.Random, _: str) -> str:
    """Any characters that a link can carry, controls among them."""
    points = [
        source.choice((source.randrange(32, 127), source.randrange(0xD800), source.randrange(0xE000, 0x110000)))
        for _ in range(source.randrange(1, 40))
    ]  # fmt: skip
    return "".join(map(chr, points))


def _hostile(source: random.Random, _: str) -> str:
    return source.choice((*TEXTS, *NUMBERS))
