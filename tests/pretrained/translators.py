"""Tiny translation models of random weights in folders as the hub has them: each family tokenizes a target differently."""

import io
import json
from pathlib import Path

import sentencepiece
import transformers as hf

from .families import TWO_STACKS, reader

SOURCE = (
    "the cat sat on the mat because it was tired .",
    "a dog did not see the cat , it was asleep .",
    "hello world , how are you ?",
)
TARGET = (
    "die Katze saß auf der Matte , weil sie müde war .",
    "ein Hund sah die Katze nicht , sie schlief .",
    "hallo Welt , wie geht es dir ?",
)


def trained(lines: tuple[str, ...], file: Path) -> list[str]:
    """A tiny SentencePiece model of these lines in `file`; its pieces."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines * 5), model_writer=model, vocab_size=60, num_threads=1,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    file.write_bytes(model.getvalue())
    read = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [read.id_to_piece(i) for i in range(read.get_piece_size())]
    return [piece for piece in pieces if piece not in ("<unk>", "<s>", "</s>")]


def marian(folder: Path, separate_vocabs: bool = False) -> Path:
    """As Helsinki-NLP's folders: source.spm, target.spm, vocab.json, and no tokenizer.json."""
    source, target = trained(SOURCE, folder / "source.spm"), trained(TARGET, folder / "target.spm")
    both = ["</s>", "<unk>", *dict.fromkeys(source + target), "<pad>"]
    parts = {"vocab.json": both}
    if separate_vocabs:
        parts = {
            "vocab.json": ["</s>", "<unk>", *source, "<pad>"],
            "target_vocab.json": ["</s>", "<unk>", *target, "<pad>"],
        }
    for name, pieces in parts.items():
        numbered = {piece: i for i, piece in enumerate(pieces)}
        (folder / name).write_text(json.dumps(numbered), encoding="utf-8")
    said = {"source_lang": "en", "target_lang": "de", "separate_vocabs": separate_vocabs}
    (folder / "tokenizer_config.json").write_text(json.dumps(said | {"model_max_length": 512}))
    pad = len(parts["vocab.json"]) - 1
    sizes = TWO_STACKS | {
        "vocab_size": pad + 1, "pad_token_id": pad, "eos_token_id": 0, "bos_token_id": 0,
        "decoder_start_token_id": pad,
    }  # fmt: skip
    if separate_vocabs:
        last = len(parts["target_vocab.json"]) - 1
        sizes |= {
            "decoder_vocab_size": last + 1, "share_encoder_decoder_embeddings": False,
            "tie_word_embeddings": False, "decoder_start_token_id": last,
        }  # fmt: skip
    reader(hf.MarianMTModel, hf.MarianConfig(**sizes))("eager").save_pretrained(folder)
    return folder


def mbart50(folder: Path) -> Path:
    """As facebook/mbart-large-50, set to translate from English to Romanian."""
    pieces = trained(SOURCE + TARGET, folder / "pieces.spm")
    scored = [(piece, -1.0 - i / 100) for i, piece in enumerate(["<unk>", "<s>", "</s>", *pieces])]
    tokenizer = hf.MBart50Tokenizer(vocab=scored, src_lang="en_XX", tgt_lang="ro_RO")
    return _saved(folder, hf.MBartForConditionalGeneration, hf.MBartConfig, tokenizer, start=2)


def mbart(folder: Path) -> Path:
    """As facebook/mbart-large-cc25: its files name no start token, the language after the text is one."""
    pieces = trained(SOURCE + TARGET, folder / "pieces.spm")
    begin = ["<s>", "<pad>", "</s>", "<unk>"]
    scored = [(piece, -1.0 - i / 100) for i, piece in enumerate([*begin, *pieces])]
    tokenizer = hf.MBartTokenizer(vocab=scored, src_lang="en_XX", tgt_lang="ro_RO")
    return _saved(folder, hf.MBartForConditionalGeneration, hf.MBartConfig, tokenizer, start=None)


def nllb(folder: Path) -> Path:
    """As facebook/nllb-200: the language stands before the text, which is cut into letters here."""
    letters = ["<s>", "<pad>", "</s>", "<unk>", "▁", *sorted({*"".join(SOURCE + TARGET)} - {" "})]
    tokenizer = hf.NllbTokenizer(
        vocab={letter: i for i, letter in enumerate(letters)},
        merges=[], src_lang="eng_Latn", tgt_lang="deu_Latn",
    )  # fmt: skip
    return _saved(folder, hf.M2M100ForConditionalGeneration, hf.M2M100Config, tokenizer, start=2)


def m2m100(folder: Path, tgt_lang: str | None = "de") -> Path:
    """As facebook/m2m100: one SentencePiece model and a vocab.json, read without the fast library."""
    pieces = trained(SOURCE + TARGET, folder / "all.spm")
    begin = ["<s>", "<pad>", "</s>", "<unk>"]
    numbered = {piece: i for i, piece in enumerate([*begin, *pieces])}
    (folder / "all.json").write_text(json.dumps(numbered), encoding="utf-8")
    tokenizer = hf.M2M100Tokenizer(
        folder / "all.json", str(folder / "all.spm"), src_lang="en", tgt_lang=tgt_lang
    )
    return _saved(folder, hf.M2M100ForConditionalGeneration, hf.M2M100Config, tokenizer, start=2)


def _saved(folder: Path, model_class: type, config_class: type, tokenizer, start) -> Path:
    sizes = TWO_STACKS | {
        "vocab_size": 600, "pad_token_id": 1, "bos_token_id": 0,
        "decoder_start_token_id": start,
    }  # fmt: skip
    reader(model_class, config_class(**sizes))("eager").save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
