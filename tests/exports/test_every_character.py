"""Characters that cannot be seen or carried, through every file that can be taken away: read back by other libraries.

What a label becomes is not asked of our own code here: the files must parse, and name each code point.
"""

import csv
import io
import json
import struct
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from attention_core.charts.export import as_png, as_svg
from attention_core.charts.heatmap import heatmap
from attention_core.charts.plane import plane_chart, plane_frame
from attention_core.worksheet.sheet import Sheet, as_pdf, qr_svg
from attention_core.worksheet.writing import LONGEST
from pages.teach.classroom.handouts import link
from pages.ui.widgets.head_lines import head_lines_file
from pages.ui.widgets.takeaway import as_csv, as_json, file_name, matrix_frame
from pages.ui.widgets.wording import labels

C0, C1 = [*range(0x20), 0x7F], [*range(0x80, 0xA0)]
BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
SELECTORS = [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F]
NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(p + i for p in range(0, 0x110000, 0x10000) for i in (0xFFFE, 0xFFFF))]  # fmt: skip
SURROGATES = [0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xD83D]
PRIVATE = [0xE000, 0xF8FF, 0xF0000, 0x10FFFD]
OTHERS = [0xAD, 0x34F, 0x115F, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x2060, 0x2800, 0x3164, 0xFEFF,
          0xFFF9, 0xE0001, 0xE0041, 0x0378, 0xA0, 0x3000]  # fmt: skip
KINDS = {
    "c0": C0, "c1": C1, "bidi": BIDI, "selectors": SELECTORS, "noncharacters": NONCHARACTERS,
    "surrogates": SURROGATES, "private": PRIVATE, "others": OTHERS,
}  # fmt: skip
SIGNS = {0x0A: "⏎", 0x09: "⇥"}
unseen = st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn"]).map(ord)


def named(code: int) -> str:
    return SIGNS.get(code, f"U+{code:04X}")


def words(codes: list[int]) -> list[str]:
    """Every code point inside a word; four to a word, so that a picture stays small."""
    return ["".join(f"x{chr(code)}y" for code in codes[i : i + 4]) for i in range(0, len(codes), 4)]


def clean(codes: list[int]) -> list[str]:
    return ["".join(f"x{named(code)}y" for code in codes[i : i + 4]) for i in range(0, len(codes), 4)]  # fmt: skip


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def texts(svg: bytes) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter() if each.tag.endswith("text")]


class Page(HTMLParser):
    """The title and the data of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.tag = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes) -> None:
        self.tag = dict(attributes).get("type", tag)

    def handle_data(self, data) -> None:
        self.found.setdefault(self.tag, data)


@pytest.mark.parametrize("most", [32, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_with_raw_labels_is_a_picture_in_which_each_is_named(kind: str, most: int):
    codes = KINDS[kind][:: -(-len(KINDS[kind]) // most)]
    raw, shown = words(codes), clean(codes)
    values = np.full((1, len(raw)), 0.5)
    title = raw[0]
    charts = [
        heatmap(values, ["q"], raw, title=title, high=1.0),
        heatmap(values, ["q"], raw, title=title, signed=True),
        heatmap(values, ["q"], raw, title=title, meaning=title, row_title=title, column_title=title),
        plane_chart(plane_frame(raw, values[0], values[0]), title, title, title),
    ]  # fmt: skip
    for chart in charts:
        assert min(size_of(as_png(chart, scale=0.5))) > 10
        assert shown[0] in texts(as_svg(chart))  # the title


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_in_a_heatmap_is_written_whole(kind: str):
    codes = KINDS[kind]
    names = labels([f"x{chr(code)}y" for code in codes])
    shown = [f"{i} x{named(code)}y" for i, code in enumerate(codes)]
    svg = as_svg(heatmap(np.ones((1, len(codes))), ["q"], names, title="t"))
    assert [each for each in texts(svg) if each in shown] == shown


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_read_back_with_each_named_and_every_digit(kind: str):
    raw, shown = words(KINDS[kind]), clean(KINDS[kind])
    values = np.random.default_rng(1).random((len(raw), len(raw)))
    frame = matrix_frame(values, raw, raw)
    frame["cell"] = shown if kind == "surrogates" else raw  # pandas itself refuses those
    rows = list(csv.reader(io.StringIO(as_csv(frame).decode())))
    assert rows[0] == ["", *shown, "cell"]
    assert [row[0] for row in rows[1:]] == [row[-1] for row in rows[1:]] == shown
    np.testing.assert_array_equal([[float(x) for x in row[1:-1]] for row in rows[1:]], values)
    table = json.loads(as_json(raw[0], frame))
    assert table["name"] == shown[0]
    assert table["rows"] == [row[-1] for row in table["values"]] == shown
    assert table["columns"] == [*shown, "cell"]
    np.testing.assert_array_equal([row[:-1] for row in table["values"]], values)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_lines_holds_each_named(kind: str):
    raw, shown = words(KINDS[kind]), clean(KINDS[kind])
    n = len(raw)
    file = head_lines_file(
        np.full((1, n, n), 1 / n), heads=[0], queries=raw, keys=raw, title=raw[0]
    )
    found = Page(file.decode()).found
    data = json.loads(found["application/json"])
    assert data["queries"] == data["keys"] == shown
    assert found["title"] == found["h1"] == shown[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_worksheet_says_each_in_its_line_on_top(kind: str):
    codes = [code for code in KINDS[kind][:6] if not chr(code).isspace()]
    heading = "".join(f"x{chr(code)}y" for code in codes)
    assert len("".join(clean(codes))) <= LONGEST
    pages = PdfReader(io.BytesIO(as_pdf(Sheet(1, "http://a/", heading=heading)))).pages
    assert "".join(clean(codes)) in pages[0].extract_text().replace("\n", "")


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_files_can_be_kept_by_any_system(kind: str):
    for word in words(KINDS[kind]):
        name = file_name(f"a/{word}:", "PNG")
        assert not set(name) & set('/\\:*?"<>|')
        assert all(unicodedata.category(c)[0] != "C" for c in name)
        assert len(name.encode()) <= 255 and name.endswith(".png")
    assert len(file_name("語" * 300, "CSV").encode()) <= 255


@settings(max_examples=15, deadline=None)
@given(st.lists(unseen, min_size=16, max_size=16, unique=True))
def test_any_of_them_drawn_at_random(codes: list[int]):
    raw, shown = words(codes), clean(codes)
    n = len(raw)
    frame = matrix_frame(np.eye(n), raw, raw)
    chart = heatmap(np.eye(n), raw, raw, title=raw[0])
    assert shown[0] in texts(as_svg(chart))
    assert min(size_of(as_png(chart, scale=0.5))) > 10
    assert json.loads(as_json("n", frame))["rows"] == shown
    assert list(pd.read_csv(io.BytesIO(as_csv(frame)), index_col=0).index) == shown
    file = head_lines_file(np.eye(n)[None], heads=[0], queries=raw, keys=raw, title=raw[0])
    assert json.loads(Page(file.decode()).found["application/json"])["keys"] == shown


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "surrogates"])
def test_a_link_and_its_code_carry_the_very_text(kind: str):
    text = "".join(map(chr, KINDS[kind][:30]))
    address = link("http://a", "one-head", {"text": text})
    assert parse_qs(urlsplit(address).query)["text"] == [text]
    assert ET.fromstring(qr_svg(address)).tag.endswith("svg")
