"""Texts of any length for the benchmark, of words that are one token each."""

NOUNS = ("animal", "street", "king", "pizza", "puppy", "river", "teacher", "window", "garden", "dog")  # fmt: skip


def words(n_words: int, turn: int = 0) -> str:
    """So many words; another text of the same length for each turn."""
    return " ".join(NOUNS[(i + turn) % len(NOUNS)] for i in range(n_words))
