"""From a word that a reader names to the token that a text would go on with. What the model expects is in `prediction`."""

from attention_core.errors import ReaderError
from attention_core.pretrained.encoding import own_ids
from attention_core.pretrained.loading import LoadedModel


def first_token(word: str, loaded: LoadedModel) -> int:
    """The token that a text goes on with if `word` comes next; the first piece, if it takes several.

    With a space before the word, unless one is typed. Raises ValueError if there is no such token.
    """
    spaced = word if word[:1].isspace() else f" {word}"
    ids = own_ids(spaced, loaded.tokenizer)
    texts = [str(loaded.tokenizer.decode([each])) for each in ids]
    found = next((i for i, text in zip(ids, texts, strict=True) if text.strip()), None)
    if found is None or not word.strip():
        raise ReaderError("the model has no token for this")
    return int(found)
