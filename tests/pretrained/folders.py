"""Folders as anybody could have them: a tiny model with a tokenizer of whole words."""

from pathlib import Path

import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.pretrained.families import SIZES, reader

WORDS = ("the", "cat", "sat", "on", "a", "mat")


def saved(folder: Path, model_class: type, config: object) -> str:
    """A folder as anybody could have it: a tiny model and a tokenizer of whole words."""
    reader(model_class, config)("eager").save_pretrained(folder)
    vocabulary = {name: i for i, name in enumerate(["<pad>", "<s>", "</s>", "<unk>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", eos_token="</s>"
    ).save_pretrained(folder)
    return str(folder)


def saved_masked(folder: Path, model_class: type = hf.BertForMaskedLM) -> str:
    """A tiny masked language model with its head, and a tokenizer that knows its mask token."""
    reader(model_class, hf.BertConfig(**SIZES))("eager").save_pretrained(folder)
    names = ["<pad>", "<s>", "</s>", "<unk>", "<mask>", *WORDS]
    tokenizer = Tokenizer(
        models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", mask_token="<mask>"
    ).save_pretrained(folder)
    return str(folder)
