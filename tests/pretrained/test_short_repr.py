"""A notebook that ends in a capture or a model prints a few lines."""

from attention_core.pretrained.capture import capture
from attention_core.pretrained.tokens import tokenize


def test_a_capture_is_printed_by_its_sizes(loaded):
    found = capture("The cat sat. " * 40, loaded)
    said = repr(found)
    assert len(said) < 800
    assert f"<{len(found.tokens)} in a tuple>" in said
    assert f"output=float32{found.output.shape}" in said
    assert f"q=float32{found.layers[0].q.shape}" in repr(found.layers[0])


def test_layers_models_and_tokenized_texts_are_short_too(loaded):
    text = tokenize("The cat sat. " * 400, loaded.tokenizer, loaded.max_tokens)
    for thing in (loaded, text, capture("A cat", loaded).layers[-1]):
        assert len(repr(thing)) < 800 and repr(thing).startswith(type(thing).__name__)
