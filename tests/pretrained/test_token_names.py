"""Names and kinds of tokens, against what each kind of tokenizer says by itself: its mask, its offsets, its decoder."""

import re

import pytest
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import ByT5Tokenizer, PreTrainedTokenizerFast

from attention_core.pretrained.token import Token
from attention_core.pretrained.tokens import tokenize

CORPUS = [
    "Hello world, hello again.  It   was the cat",
    "é ü 日本 👩 here",
    "\tif x:\n\t\treturn",
] * 5
SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"]
TEXTS = [
    "Hello  world,   hello again",
    "  Hello ",
    "a \n\n\tb",
    "<s> a </s>  <unk> <mask>",
    "I ❤️ 👩‍⚕️ é日本",
    "x\u00a0y\u3000z",
]
CUT = re.compile("⟨([0-9A-F]{2}(?: [0-9A-F]{2})*)⟩")


def byte_level(trim_offsets: bool) -> PreTrainedTokenizerFast:
    """As RoBERTa's and BART's where offsets are trimmed, as GPT-2's where they are not."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 1), ("<s>", 0), trim_offsets=trim_offsets, add_prefix_space=False
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>",
        pad_token="<pad>", mask_token="<mask>",
    )  # fmt: skip


def byte_fallback() -> PreTrainedTokenizerFast:
    """As Llama's: a letter that the vocabulary lacks becomes its bytes."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "▁a"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    model = models.BPE(vocabulary, [("▁", "a")], unk_token="<unk>", byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", None, [("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


KINDS = {
    "trimmed": byte_level(trim_offsets=True),
    "whole": byte_level(trim_offsets=False),
    "bytes": byte_fallback(),
}


def read(text: str, tokenizer) -> tuple[Token, ...]:
    return tokenize(text, tokenizer, 200).tokens


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_added_what_is_gone_without_its_special_tokens(kind: str, text: str):
    tokenizer = KINDS[kind]
    tokens, ids = read(text, tokenizer), tokenizer(text)["input_ids"]
    own = [i for i, token in zip(ids, tokens, strict=True) if not token.is_special]
    assert own == tokenizer(text, add_special_tokens=False)["input_ids"]
    assert [token.is_special for token in tokens] == [
        bool(flag) for flag in tokenizer(text, return_special_tokens_mask=True)["special_tokens_mask"]
    ]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["trimmed", "whole"])
def test_white_space_stands_where_the_text_has_it_and_is_seen(kind: str, text: str):
    tokenizer = KINDS[kind]
    for token, i in zip(read(text, tokenizer), tokenizer(text)["input_ids"], strict=True):
        decoded = tokenizer.decode([i])
        if decoded.isspace() and not token.is_special:
            assert text[token.start : token.end] == decoded
            assert not re.search(r"\s|Ġ|Ċ", token.text)
        assert token.is_special == (token.start == token.end)


def test_white_space_of_roberta_is_no_token_that_the_model_added():
    tokens = read("Hello  world,   hello again", KINDS["trimmed"])
    assert [token.text for token in tokens if token.is_special] == ["<s>", "</s>"]
    spaces = [token for token in tokens if "␣" in token.text]
    assert [(token.text, token.start, token.end) for token in spaces] == [
        ("␣", 5, 6),
        ("␣␣", 13, 15),
    ]


@pytest.mark.parametrize("text", TEXTS[4:])
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_character_is_its_bytes_and_no_byte_is_lost(kind: str, text: str):
    """What the tokens hold, put together again, is the text: whole characters once, others byte by byte."""
    held = b""
    for token in read(text, KINDS[kind]):
        if token.is_special:
            continue
        parts = re.split(CUT, token.text)
        for letters, lone in zip(parts[::2], [*parts[1::2], ""], strict=True):
            plain = re.sub("U\\+([0-9A-F]{4})", lambda code: chr(int(code[1], 16)), letters)
            held += plain.encode() + bytes.fromhex(lone)
    bare = re.sub(" |␣|◌", "", held.decode())
    assert bare == text.replace(" ", "")


def test_every_name_of_a_cut_character_is_what_the_decoder_cannot_say():
    for tokenizer in KINDS.values():
        text = "é日本👩 z"
        ids = tokenizer(text)["input_ids"]
        for token, i in zip(read(text, tokenizer), ids, strict=True):
            assert bool(CUT.search(token.text)) == ("\ufffd" in tokenizer.decode([i]))


def test_the_unknown_token_typed_out_is_said_once(smollm2, minilm):
    text = "<|endoftext|>The cat <|endoftext|> sat"
    names = [token.text for token in read(text, smollm2.tokenizer)]
    assert names == ["<|endoftext|>", "The", "cat", "␣", "<|endoftext|>", "sat"]
    assert [token.text for token in read("a [UNK] 👩", minilm.tokenizer)] == [
        "[CLS]", "a", "[UNK]", "👩 [UNK]", "[SEP]",
    ]  # fmt: skip


def test_a_tokenizer_without_places_in_the_text_knows_what_it_added():
    tokenizer = ByT5Tokenizer()
    assert not tokenizer.is_fast
    tokens = read("aé", tokenizer)
    assert [token.is_special for token in tokens] == [False, False, False, True]
    cut = tokenize("abcdef", tokenizer, 4).tokens
    assert [token.is_special for token in cut] == [False, False, False, True]
