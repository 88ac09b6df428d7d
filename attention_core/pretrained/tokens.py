"""A text cut into the model's tokens, named as people read them and placed in the text."""

from transformers import PreTrainedTokenizerBase

from attention_core.errors import ReaderError
from attention_core.pretrained.encoding import Encoding, encode
from attention_core.pretrained.token import Token, TokenizedText
from attention_core.pretrained.token_names import SPACE_ALONE, names_of

NO_WORD = "There is nothing to read yet: type at least one word."
NO_TOKEN = "This model sees no token in that text: type at least one word."


def tokenize(
    text: str, tokenizer: PreTrainedTokenizerBase, max_tokens: int, is_target: bool = False
) -> TokenizedText:
    """Cut `text` into at most `max_tokens` tokens; `is_target`: as the text that a decoder writes.

    Raises ValueError if there is nothing to cut, or half a character.
    """
    if not text.strip():
        raise ReaderError(NO_WORD)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ReaderError("The text holds half of a character (a lone surrogate).")
    encoding = encode(text, tokenizer, max_tokens, is_target)
    tokens = _read(text, encoding, tokenizer)
    if all(token.is_special for token in tokens):
        raise ReaderError(NO_TOKEN)
    end = max(token.end for token in tokens)
    cut = encoding.n_before_cut > len(tokens)
    return TokenizedText(
        encoding.ids, tokens, encoding.n_before_cut, left_out=text[end:] if cut else ""
    )


def _read(text: str, encoding: Encoding, tokenizer: PreTrainedTokenizerBase) -> tuple[Token, ...]:
    spans = _places(text, encoding)
    names = names_of(text, encoding.pieces, spans, tokenizer)
    each = zip(names, spans, encoding.words, encoding.added, strict=True)
    return tuple(Token(name, *span, word, added) for name, span, word, added in each)


def _places(text: str, encoding: Encoding) -> list[tuple[int, int]]:
    """Where the tokens stand. RoBERTa's kind leaves no place to white space: it fills the gap before it ends."""
    places, reached = [], 0
    each = zip(encoding.pieces, encoding.places, encoding.added, strict=True)
    for piece, (start, end), is_special in each:
        is_gap = not is_special and start == end and text[reached:end].isspace()
        places.append(_without_space_before(text, piece, reached if is_gap else start, end))
        reached = reached if is_special else end
    return places


def _without_space_before(text: str, piece: str, start: int, end: int) -> tuple[int, int]:
    """The span from its first character that is not space; all of it where there is none.

    SentencePiece's tokens take any white space for a space. To others a tab in a token is a tab.
    """
    rest = text[start:end].lstrip(None if piece.startswith(SPACE_ALONE) else " ")
    return end - len(rest) if rest else start, end
