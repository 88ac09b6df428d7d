"""The sentences of a survey: the built-in corpus, or a reader's file with one sentence a line.

The built-in corpus are example sentences of WordNet 3.0, © 2006 Princeton University (its licence, which
lets anyone use, change and pass them on, lies beside it). `wordnet` says which were taken. Their bias:
written or picked to show one word in use, so short, grammatical, each without a context, with many
sentences about “he” and “she”, American, before 2006; hardly any questions, dialogue or names.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

BUILT_IN = Path(__file__).parent / "corpus" / "wordnet_examples.txt"
BUILT_IN_NAME = "WordNet 3.0 example sentences"
ABOUT = (
    f"**{BUILT_IN_NAME}**, © 2006 Princeton University, used under the WordNet licence, which lets anyone use, "
    "change and pass them on. Each was written or picked to show one word in use. So they are short, "
    "grammatical and without a context; many begin with “He” or “She”; there are hardly any questions, "
    "dialogues or names. They stem from before 2006 and are mostly American. Long texts, speech and other kinds of "
    "writing may give other numbers: make a survey on your own sentences."
)
LONGEST = 20_000  # characters of a line; a model reads far fewer


@dataclass(frozen=True)
class Corpus:
    """Sentences in their order, and what they are called."""

    name: str
    sentences: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of the sentences in this order: another order adds up to other last digits."""
        return hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()


def read_corpus(file: Path | None = None, limit: int | None = None) -> Corpus:
    """One sentence a line, UTF-8; blank lines are nothing. None is the built-in corpus, `limit` takes its first.

    Raises ValueError, for people, where there is nothing to read.
    """
    path = file or BUILT_IN
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as text: {error}") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{path} holds no sentence")
    too_long = next((i for i, line in enumerate(lines, 1) if len(line) > LONGEST), None)
    if too_long:
        raise ValueError(f"sentence {too_long} of {path} has more than {LONGEST:,} characters")
    name = BUILT_IN_NAME if file is None else file.name
    return Corpus(name, tuple(lines[:limit]))
