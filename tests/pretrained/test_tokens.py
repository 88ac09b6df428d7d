"""Tokens as people read them, in their places, and what is cut off said exactly."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from attention_core.pretrained.token import Token, TokenizedText
from attention_core.pretrained.tokens import tokenize

# "עם": each letter in two bytes, and a token for each byte
HEBREW_IN_BYTES = [f"⟨{byte:02X}⟩" for byte in "\u05e2\u05dd".encode()]
HEART_IN_BYTES = ["⟨E2⟩", "⟨9D⟩", "⟨A4⟩"]


def cut(text: str, loaded) -> TokenizedText:
    return tokenize(text, loaded.tokenizer, loaded.max_tokens)


def names(text: str, loaded) -> list[str]:
    return [token.text for token in cut(text, loaded).tokens if not token.is_special]


def test_no_mark_of_the_vocabulary_is_shown(loaded):
    shown = names("Tokenization of unbelievable hippopotamuses", loaded)
    assert len(shown) > 4
    assert not any(mark in name for name in shown for mark in ("Ġ", "##", "▁", "Ċ"))
    assert "".join(shown) == "Tokenizationofunbelievablehippopotamuses"


@pytest.mark.parametrize(
    ("text", "minilm_shows", "smollm2_shows"),
    [
        ("a  b\n\tc", ["a", "b", "c"], ["a", "␣", "b", "⏎", "⇥", "c"]),
        ("Zürich naïve", ["Zürich", "naïve"], ["Z", "ü", "rich", "na", "ïve"]),
        ("le\u0301s", ["le\u0301s"], ["le", "⟨CC⟩", "⟨81⟩", "s"]),
        ("I 👩 you", ["I", "👩 [UNK]", "you"], ["I", "⟨F0 9F⟩", "⟨91⟩", "⟨A9⟩", "you"]),
        ("a\u200db", ["aU+200Db"], ["a", "⟨E2 80⟩", "⟨8D⟩", "b"]),
        (
            "I \u2764\ufe0f you",
            ["I", "\u2764 [UNK]", "you"],
            ["I", *HEART_IN_BYTES, "U+FE0F", "you"],
        ),
        ("a \u05e2\u05dd", ["a", "\u05e2", "\u05dd"], ["a", *HEBREW_IN_BYTES]),
        ("<script>", ["<", "script", ">"], ["<", "script", ">"]),
        ("**b**", ["*", "*", "b", "*", "*"], ["**", "b", "**"]),
        ("[SEP]", ["[SEP]"], ["[", "SE", "P", "]"]),
        ("it <|im_start|>", ["it", *"<|", "im", "_", "start", *"|>"], ["it", "␣", "<|im_start|>"]),
    ],
)
def test_tokens_as_people_read_them(text, minilm_shows, smollm2_shows, minilm, smollm2):
    assert names(text, minilm) == minilm_shows
    assert names(text, smollm2) == smollm2_shows


def test_what_a_reader_types_is_never_taken_for_a_token_the_model_added(minilm):
    tokens = cut("[SEP]", minilm).tokens
    assert [token.text for token in tokens] == ["[CLS]", "[SEP]", "[SEP]"]
    assert [token.is_special for token in tokens] == [True, False, True]
    assert tokens[1] == Token("[SEP]", 0, 5, word=0)


def test_pieces_of_a_word_share_it_and_spans_leave_the_space_out(minilm, smollm2):
    for loaded in (minilm, smollm2):
        tokens = [t for t in cut("one tokenization", loaded).tokens if not t.is_special]
        assert [(token.start, token.end) for token in tokens] == [(0, 3), (4, 9), (9, 16)]
        assert tokens[0].word != tokens[1].word == tokens[2].word


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_spans_lie_in_the_text_in_order_and_every_token_can_be_seen(minilm, smollm2, text):
    for loaded in (minilm, smollm2):
        try:
            found = cut(text, loaded)
        except ValueError:  # nothing in it that this model sees
            continue
        placed = [token for token in found.tokens if not token.is_special]
        starts = [token.start for token in placed]
        assert starts == sorted(starts)
        assert all(0 <= token.start < token.end <= len(text) for token in placed)
        assert all(token.text.strip() for token in found.tokens)
        assert all(any(c.isprintable() for c in token.text) for token in found.tokens)
        assert found.left_out == ""
        assert found.n_tokens_in_text == len(found.ids) == len(found.tokens)


@pytest.mark.parametrize(("model", "limit"), [("minilm", 512), ("smollm2", 1024)])
def test_a_long_text_is_cut_and_the_rest_is_named(model, limit, request):
    loaded = request.getfixturevalue(model)
    text = " ".join(f"word{i}" for i in range(1500))
    found = cut(text, loaded)
    assert loaded.max_tokens == limit == len(found.ids) == len(found.tokens)
    assert found.n_tokens_in_text > 1500
    kept = text[: len(text) - len(found.left_out)]
    assert text.endswith(found.left_out)
    assert found.left_out
    assert kept[-1] == text[max(token.end for token in found.tokens) - 1]
    assert names(kept, loaded) == [token.text for token in found.tokens if not token.is_special]


def test_a_text_that_just_fits_is_whole(minilm):
    assert cut("word " * 510, minilm).left_out == ""
    assert cut("word " * 511, minilm).left_out == " word "


@pytest.mark.parametrize("text", ["", " ", "\n\t  ", "\u3000"])
def test_a_blank_text_is_refused_in_words(text, loaded):
    with pytest.raises(ValueError, match="type at least one word"):
        cut(text, loaded)


@pytest.mark.parametrize("text", ["\u200b", "\x00\x07"])
def test_a_text_the_model_sees_nothing_of_is_refused_in_words(text, minilm):
    with pytest.raises(ValueError, match="sees no token in that text"):
        cut(text, minilm)


def test_half_a_character_is_refused_in_words(loaded):
    with pytest.raises(ValueError, match="half of a character"):
        cut("a \ud83d b", loaded)


def test_one_token_is_enough(smollm2):
    assert cut("One", smollm2).tokens == (Token("One", 0, 3, 0),)


def test_the_marks_of_sentencepiece_are_read_too():
    """As T5's: the space is a letter of its own, and may be left alone."""
    pieces = ["<pad>", "</s>", "<unk>", "▁", "▁it", "▁was", "▁cat", "s", "a"]
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", None, [("</s>", 1)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>")
    assert [token.text for token in tokenize("it was cats a 日", fast, 20).tokens] == [
        "it", "was", "cat", "s", "␣", "a", "␣", "日 <unk>", "</s>",
    ]  # fmt: skip
