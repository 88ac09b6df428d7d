"""The token that a text goes on with if a word comes next."""

import pytest

from attention_core.pretrained.next_word import first_token


def test_a_word_gets_the_space_before_it_that_a_text_has(smollm2, minilm):
    assert smollm2.tokenizer.decode([first_token("tired", smollm2)]) == " tired"
    assert first_token(" tired", smollm2) == first_token("tired", smollm2)
    assert minilm.tokenizer.decode([first_token("tired", minilm)]) == "tired"


def test_of_a_word_in_pieces_it_is_the_first(smollm2):
    word = " antidisestablishment"
    pieces = smollm2.tokenizer(word)["input_ids"]
    assert len(pieces) > 1 and first_token(word, smollm2) == pieces[0]


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_has_no_token(typed: str, smollm2):
    with pytest.raises(ValueError, match="no token"):
        first_token(typed, smollm2)
