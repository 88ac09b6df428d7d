"""A tiny 4-bit file for the tests of the conversion, and the pages whose model reads the sentence."""

from pages.contents import TOOLS
from tests.pretrained.gguf_file import tiny_gguf

__all__ = ["tiny_gguf"]

READ = ("Explore", "Compare", "Experiment")  # sections whose pages read the sentence
OTHERS = ("encoder-decoder", "head-survey")  # … but for these: of two texts, of a corpus
READ_BY_MODEL = [
    tool.slug
    for tool in TOOLS
    if tool.section in READ and tool.takes_sentence and tool.slug not in OTHERS
]
