"""What the library says of a folder, by itself: a model of its own, read with its own attention and never with ours."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers as hf
from torch import nn
from transformers import AutoConfig, PreTrainedModel


@dataclass(frozen=True)
class Heard:
    """What went into and came out of the modules that have a weight of two axes, during one pass."""

    outputs: dict[str, list[np.ndarray]] = field(default_factory=dict)  # of each call, in order
    modules: dict[str, nn.Module] = field(default_factory=dict)


@dataclass(frozen=True)
class Library:
    """The library's own model of a folder."""

    model: PreTrainedModel

    def outputs(self, inputs: dict[str, list[int]], **options: Any) -> Any:
        """One pass of the whole model, its head included."""
        with torch.inference_mode():
            return self.model(**_tensors(inputs), use_cache=False, **options)

    def backbone_outputs(self, inputs: dict[str, list[int]], **options: Any) -> Any:
        with torch.inference_mode():
            return self.model.base_model(**_tensors(inputs), use_cache=False, **options)

    def logits(self, inputs: dict[str, list[int]]) -> np.ndarray | None:
        logits = self.outputs(inputs).get("logits")
        return None if logits is None else logits[0].float().numpy()

    def heard(self, inputs: dict[str, list[int]]) -> Heard:
        """What each linear layer gave in one pass, without its bias."""
        heard = Heard()

        def listen(name: str) -> Any:
            def keep(module: nn.Module, _: Any, output: Any) -> None:
                bias = getattr(module, "bias", None)
                if not isinstance(output, torch.Tensor):
                    return  # a router's pair, say
                plain = output if bias is None else output - bias
                calls = heard.outputs.setdefault(name, [])
                calls.append(plain.reshape(-1, plain.shape[-1]).numpy())

            return keep

        hooks = []
        for name, module in self.model.base_model.named_modules():
            weight = getattr(module, "weight", None)
            if (
                isinstance(weight, torch.Tensor)
                and weight.ndim == 2
                and not isinstance(module, nn.Embedding)
            ):
                heard.modules[name] = module
                hooks.append(module.register_forward_hook(listen(name)))
        try:
            self.backbone_outputs(inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return heard


def read(folder: Path) -> Library:
    """The class that the folder names, in float32, with the library's plain attention."""
    config = AutoConfig.from_pretrained(folder)
    kind = getattr(hf, config.architectures[0])
    model = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return Library(model.eval())


def weights(outputs: Any) -> list[np.ndarray]:
    """All weights that the library returns, (n_heads, n_q, n_k) each, encoder first; None where a layer has none."""
    fields = ("attentions", "encoder_attentions", "decoder_attentions", "cross_attentions")
    found = [each for name in fields for each in outputs.get(name) or ()]
    return [each[0].numpy() for each in found if isinstance(each, torch.Tensor)]


def is_causal(library: Library, inputs: dict[str, list[int]]) -> bool:
    """Whether another last token leaves all logits before it as they were."""
    ids = inputs["input_ids"]
    other = {**inputs, "input_ids": [*ids[:-1], ids[0]]}
    before, after = library.logits(inputs), library.logits(other)
    assert before is not None and after is not None
    return bool(np.allclose(before[:-1], after[:-1], atol=1e-4))


def _tensors(inputs: dict[str, list[int]]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor([ids]) for name, ids in inputs.items()}
