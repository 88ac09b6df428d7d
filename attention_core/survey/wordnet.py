"""How the built-in corpus was made from WordNet's own files. Run once; nothing else needs it.

    python -m attention_core.survey.wordnet FOLDER       (Debian's wordnet-base has it: /usr/share/wordnet)

Taken are the examples in quotes that begin with a capital letter, in plain ASCII, of 8 to 30 words, unless a
third of the words are capitals, which makes a title; each once, in an order shuffled with a seed.
"""

import random
import re
import sys
from pathlib import Path

from attention_core.survey.corpus import BUILT_IN

SHORTEST, LONGEST = 8, 30  # words
SEED = 0


def examples(folder: Path) -> list[str]:
    """The sentences that are taken from WordNet's four data files."""
    found: dict[str, None] = {}
    for file in sorted(folder.glob("data.*")):
        for line in file.read_text(encoding="latin-1").splitlines():
            if not line.startswith("  "):  # the licence
                found |= dict.fromkeys(re.findall(r'"([^"]+)"', line.partition(" | ")[2]))
    taken = [text.replace("`", "'") for text in found if _is_sentence(text)]
    random.Random(SEED).shuffle(taken)
    return list(dict.fromkeys(taken))


def _is_sentence(text: str) -> bool:
    words = text.split()
    n_capitals = sum(word[0].isupper() for word in words[1:])
    return (
        text.isascii()
        and text[0].isupper()
        and SHORTEST <= len(words) <= LONGEST
        and n_capitals < len(words) / 3
    )


if __name__ == "__main__":
    sentences = examples(Path(sys.argv[1]))
    BUILT_IN.write_text("\n".join(sentences) + "\n", encoding="utf-8")
    print(f"{len(sentences):,} sentences in {BUILT_IN}")
