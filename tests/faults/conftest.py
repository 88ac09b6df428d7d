"""A tiny 4-bit file, made for the tests of the conversion."""

from tests.pretrained.test_conversion import tiny_gguf

__all__ = ["tiny_gguf"]
