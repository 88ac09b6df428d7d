"""Which of two texts each token belongs to, for models that were trained on pairs: BERT's token types (segments).

They follow from the ids: a text with the tokenizer's separator typed between two parts has the very ids of a pair.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from attention_core.pretrained.encoding import asking

PROBE = "a"  # a text of one word: what stands around it is the tokenizer's own


@dataclass(frozen=True)
class TokenTypes:
    """What a tokenizer puts around a text and between two, and the types of all of it."""

    before: tuple[int, ...]  # the ids that come before a text: [CLS]
    separator: int
    after: tuple[int, ...]  # … and after the last text: [SEP]
    first: int  # the type of a first text
    second: int
    at_separator: int
    around_one: tuple[tuple[int, ...], tuple[int, ...]]  # types of `before` and `after`: one text
    around_pair: tuple[tuple[int, ...], tuple[int, ...]]

    def pair_at(self, ids: Sequence[int]) -> int | None:
        """The position of the one separator that has a text on either side; None for a single text."""
        begin, end = len(self.before), len(ids) - len(self.after)
        if (*ids[:begin],) != self.before or (*ids[max(end, 0) :],) != self.after:
            return None
        found = [i for i in range(begin, end) if ids[i] == self.separator]
        return found[0] if len(found) == 1 and begin < found[0] < end - 1 else None

    def of(self, ids: Sequence[int]) -> list[int]:
        """The type of each token: those that the library's `tokenizer(first, second)` gives a pair."""
        at = self.pair_at(ids)
        begin, after = self.around_one if at is None else self.around_pair
        n = len(ids) - len(begin) - len(after)
        if n < 0:
            return [self.first] * len(ids)
        if at is None:
            return [*begin, *[self.first] * n, *after]
        n_first = at - len(begin)
        n_second = n - n_first - 1
        parts = [self.first] * n_first, [self.second] * n_second
        return [*begin, *parts[0], self.at_separator, *parts[1], *after]


def token_types(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> TokenTypes | None:
    """How this model tells two texts apart; None where its tokenizer or the model itself does not."""
    if "token_type_ids" not in tokenizer.model_input_names or not all(
        map(_takes, (model, model.base_model))
    ):
        return None
    with asking:
        own, one, pair = (
            tokenizer(*texts, add_special_tokens=added, return_token_type_ids=True, verbose=False)
            for texts, added in (((PROBE,), False), ((PROBE,), True), ((PROBE, PROBE), True))
        )
    found = _between(list(own["input_ids"]), pair, one)
    known = getattr(model.config, "type_vocab_size", None) or 0
    if found is None or found.separator != tokenizer.sep_token_id:
        return None
    tells = found.first != found.second and max(pair["token_type_ids"]) < known
    return found if tells else None


def _takes(module: nn.Module) -> bool:
    return "token_type_ids" in inspect.signature(module.forward).parameters


def _between(own: list[int], pair: Any, one: Any) -> TokenTypes | None:
    """The parts of [before] own separator own [after]; None where a pair looks otherwise."""
    ids, types, n = list(pair["input_ids"]), list(pair["token_type_ids"]), len(own)
    extra = len(ids) - 2 * n - 1
    for i in range(extra + 1 if n else 0):
        begin, end = ids[:i], ids[i + 2 * n + 1 :]
        if ids[i:] == [*own, ids[i + n], *own, *end] and list(one["input_ids"]) == [
            *begin,
            *own,
            *end,
        ]:
            single = list(one["token_type_ids"])
            return TokenTypes(
                (*begin,), ids[i + n], (*end,),
                types[i], types[i + n + 1], types[i + n],
                ((*single[:i],), (*single[i + n :],)),
                ((*types[:i],), (*types[i + 2 * n + 1 :],)),
            )  # fmt: skip
    return None
