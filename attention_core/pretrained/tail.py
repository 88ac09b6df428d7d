"""What a model does after its layers, run by its own code on any vectors: final norm, head, scaling, capping.

Which modules are the layers, and whether what follows them gives the model's own scores, is found out by
a pass over a few tokens. Nothing here goes by the name of a class or a module.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten
from transformers import PreTrainedModel

from attention_core.pretrained.calls import CANNOT_RUN, Call, place_of, private_copy, recorded
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.found_out import found_out_once, probe_ids

AGREEMENT = 1e-4  # of the largest score: more is another formula's, not rounding

WITHOUT_SCORES = "{} gives no score for each token of a vocabulary."
WITHOUT_HEAD = "The head of {}, run alone, gives other scores than the whole model does."
WITHOUT_LENS = "What follows the layers of {}, run alone, gives other scores than the whole model does."  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """Modules of a model in whose place states can be given, each with what it handed out in the probe."""

    outputs: dict[str, Any]  # module path → output
    shape: torch.Size  # of the states among what they handed out: (1, n_probed, d_model)
    token: int  # any, in the place of the text that there is not

    @property
    def d_model(self) -> int:
        return self.shape[-1]

    def scores(self, states: Tensor, model: PreTrainedModel) -> Tensor:
        """(n_states, d_model) → (n_states, n_vocabulary): the model's forward pass, in which these modules hand out `states`.

        Each state is a text of one token. What surrounds the modules is a copy with the model's own tensors.
        """
        instead = {}
        for path, output in self.outputs.items():
            module = model.get_submodule(path)
            instead[module] = _handing_out(self._with(output, states[:, None]), module)
        ids = torch.full((len(states), 1), self.token)
        with torch.inference_mode():
            return private_copy(model, instead)(input_ids=ids).logits[:, 0]

    def _with(self, output: Any, states: Tensor) -> Any:
        leaves, spec = tree_flatten(output)
        place = place_of(self.shape, output)
        assert place is not None  # it was found there in the probe
        leaves[place] = states.to(leaves[place].dtype)
        return tree_unflatten(leaves, spec)


@dataclass(frozen=True)
class Tail:
    """The model cut after its backbone and after its layers. None where what follows is not the model's own; then why."""

    after_backbone: Cut | None
    after_layers: Cut | None
    why_not: str = ""


@found_out_once
def tail_of(engine: Engine) -> Tail:
    """A cut is kept if the states that stood there in the probe give the model's own scores of the probe."""
    model, name = engine.model, type(engine.model).__name__
    ids = torch.tensor([probe_ids(model)])
    try:
        outputs, calls = recorded(engine, {"input_ids": ids})
        scores = outputs["logits"][0]
    except CANNOT_RUN:
        return Tail(None, None, WITHOUT_SCORES.format(name))
    backbone = _checked(_backbone(calls), model, scores)
    if backbone is None:
        return Tail(None, None, WITHOUT_HEAD.format(name))
    states = outputs.get("hidden_states") or ()
    # the library counts the final norm to the last layer
    found = (
        _layers(calls, states, model) if states and _backbone(calls)[0].gives(states[-1]) else []
    )
    layers = _checked(found, model, scores)
    return Tail(backbone, layers, "" if layers else WITHOUT_LENS.format(name))


def _backbone(calls: Sequence[Call]) -> list[Call]:
    """Of the calls that the whole model makes itself, the one in which most happens."""
    own = [call for call in calls if call.depth == 1]
    return [max(own, key=lambda call: call.n_inside)] if own else []


def _layers(calls: Sequence[Call], states: Sequence[Tensor], model: PreTrainedModel) -> list[Call]:
    """The calls that led from each of the library's hidden states to the next; none if one is not found.

    The last state is past the final norm. Its layer is the one that took the state before, in the same list.
    """
    found: list[Call] = []
    for before, after in pairwise(states[:-1]):
        found += [call for call in calls if call.takes(before) and call.gives(after)][:1]
    if len(found) != len(states) - 2:
        return []
    lists = [name for name, each in model.named_modules() if isinstance(each, nn.ModuleList)]
    lists = [found[-1].container] if found else lists
    last = [call for call in calls if call.container in lists and call.takes(states[-2])][:1]
    return found + last if last else []


def _checked(calls: Sequence[Call], model: PreTrainedModel, scores: Tensor) -> Cut | None:
    """The cut at these calls, if the last one's states alone give the model's scores, (n_tokens, n_vocabulary)."""
    states = next(
        (
            leaf
            for call in calls[-1:]
            for leaf in tree_leaves(call.output)
            if isinstance(leaf, Tensor) and leaf.ndim == 3 and leaf.shape[:2] == (1, len(scores))
        ),
        None,
    )
    if states is None:
        return None
    token = probe_ids(model)[0]
    cut = Cut({call.path: call.output for call in calls}, states.shape, token)
    try:
        own = cut.scores(states[0], model)
    except CANNOT_RUN:
        return None
    limit = AGREEMENT * float(scores.abs().max())
    return cut if own.shape == scores.shape and (own - scores).abs().max() <= limit else None


def _handing_out(output: Any, module: nn.Module) -> nn.Module:
    """The module, its attributes included, but it computes nothing."""
    silent = copy.copy(module)
    silent.__dict__["forward"] = lambda *args, **kwargs: output
    return silent
