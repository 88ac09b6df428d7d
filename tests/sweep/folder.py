"""A folder as a reader could bring it: a tiny model of one family with random weights, and a tokenizer of whole words."""

from pathlib import Path
from string import ascii_letters, digits

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedModel
from transformers.models.auto import modeling_auto as auto

from .tiny import VOCABULARY, tiny_config

SPECIAL_TOKENS = ("<pad>", "<s>", "</s>", "<unk>", "<mask>")
# of one letter: a family whose own tokenizer class reads the file finds them as well
WORDS = tuple(ascii_letters + digits)[: VOCABULARY - len(SPECIAL_TOKENS) - 4]
MOST_NUMBERS = 20_000_000  # of a model that is still called tiny
HEADS = (
    (auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES, hf.AutoModelForSeq2SeqLM),
    (auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES, hf.AutoModelForMaskedLM),
    (auto.MODEL_FOR_TEXT_TO_WAVEFORM_MAPPING_NAMES, hf.AutoModelForTextToWaveform),
    (auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, hf.AutoModelForCausalLM),
)


class NotTiny(Exception):
    """This family's config does not shrink by the rules of `tiny`."""


def save(family: str, folder: Path) -> None:
    """Write the folder. Raises NotTiny where the model would be large, else whatever the library raises."""
    model = random_model(family)
    model.save_pretrained(folder)
    vocabulary = {name: i for i, name in enumerate((*SPECIAL_TOKENS, *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    hf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(folder)


def random_model(family: str) -> PreTrainedModel:
    """The family's model with its language-modelling head, no two of its numbers alike."""
    config = tiny_config(family)
    reads = next((kind for names, kind in HEADS if family in names), hf.AutoModel)
    with torch.device("meta"):
        n_numbers = sum(each.numel() for each in reads.from_config(config).parameters())
    if n_numbers > MOST_NUMBERS:
        raise NotTiny(f"{n_numbers:,} numbers")
    torch.manual_seed(0)
    model = reads.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point():
                parameter.add_(0.15 * torch.randn_like(parameter))
    return model


def text_of(n_tokens: int) -> str:
    """So many words, none beside its like."""
    return " ".join(WORDS[(7 * i + i // len(WORDS)) % len(WORDS)] for i in range(n_tokens))
