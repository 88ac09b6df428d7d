"""The built-in sentences are those of WordNet, with its licence; a reader's file has a sentence a line."""

import pytest

from attention_core.survey.corpus import BUILT_IN, read_corpus
from attention_core.survey.wordnet import examples


def test_the_built_in_corpus_has_thousands_of_different_sentences_and_a_licence():
    corpus = read_corpus()
    assert len(set(corpus.sentences)) == len(corpus.sentences) > 3000
    assert all(8 <= len(sentence.split()) <= 30 for sentence in corpus.sentences)
    licence = (BUILT_IN.parent / "LICENSE-WordNet.txt").read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in licence
    assert "Permission to use, copy, modify and distribute" in licence


def test_a_limit_takes_the_first_and_order_counts(tmp_path):
    file = tmp_path / "own.txt"
    file.write_bytes("\ufeffOne line.\r\n\n  Zwei Zeilen. \nOne line.".encode())
    corpus = read_corpus(file)
    assert (corpus.name, corpus.sentences) == (
        "own.txt",
        ("One line.", "Zwei Zeilen.", "One line."),
    )
    assert read_corpus(file, limit=1).sentences == ("One line.",)
    file.write_text("Zwei Zeilen.\nOne line.\nOne line.")
    assert read_corpus(file).sha256 != corpus.sha256


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \n\n", "holds no sentence"),
        (b"\xff\xfe\xff", "can't be read"),
        (b"a" * 30_000, "more than"),
    ],
)
def test_a_file_without_sentences_is_refused(content, reason, tmp_path):
    file = tmp_path / "own.txt"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read_corpus(file)
    with pytest.raises(ValueError, match="can't be read"):
        read_corpus(tmp_path / "missing.txt")


def test_only_sentences_are_taken_from_wordnet(tmp_path):
    taken = "He could not say why the old `clock' had stopped"
    lines = [
        '  1 This licence says "You may not take what stands in the first lines"',
        f'1 n | a gloss; "{taken}"; "{taken}"; "too short"',
        '2 n | a gloss; "it begins with a small letter and so is none"',
        '3 n | a gloss; "The Old Man And The Sea And Other Tales"',
    ]  # fmt: skip
    (tmp_path / "data.noun").write_text("\n".join(lines))
    assert examples(tmp_path) == [taken.replace("`", "'")]
