"""One family, tried as a reader's folder: what the app shows of it, held against what the library says by itself."""

import copy
import logging
import tempfile
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from attention_core.errors import ReaderError
from attention_core.pretrained.capture import capture
from attention_core.pretrained.head import head_logits, why_no_head
from attention_core.pretrained.layers import Capture, LayerCapture
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.prediction import predicts_next
from attention_core.pretrained.proof import AS_ROUNDING, prove

from . import library
from .folder import save, text_of
from .tiny import NOT_HERE

N_TOKENS, N_TARGET = 24, 5
WEIGHTS, OUTPUT = (
    1e-5,
    1e-4,
)  # more than that is no rounding: |Δ weight|, |Δ output| as a share of its size
LONG = 100  # tokens: more than POSITIONS


@dataclass(frozen=True)
class Row:
    """What the sweep says of a family. A difference is None where there is nothing to compare."""

    family: str
    result: str  # "seam", "weights only", "refused", "not built", "wrong" or "error"
    said: str = ""  # the refusal, or what is wrong
    weights: float | None = None  # max |Δ|
    output: float | None = None  # max |Δ| as a share of the output's size
    heads: float | None = None  # |Σ over heads − the layer's output| as a share of its size
    lens: float | None = None  # |own head on the last state − logits| as a share of their size
    limit: int | None = None  # tokens
    notes: str = ""
    library_error: float | None = (
        None  # its own weights in float32 against float64, where ours are off
    )

    @property
    def faults(self) -> list[str]:
        weights = max(WEIGHTS, AS_ROUNDING * (self.library_error or 0.0))
        allowed = {"weights": weights, "output": OUTPUT, "heads": OUTPUT, "lens": OUTPUT}
        return [
            f"{name} off by {value:.1e}"
            for name, most in allowed.items()
            if (value := getattr(self, name)) is not None and not value < most
        ]


def try_family(family: str) -> Row:
    """Build the family's folder, read it through the app's own door, compare."""
    logging.getLogger("transformers").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            save(family, folder)
            theirs = library.read(folder)
        except Exception as error:
            return Row(family, "not built", NOT_HERE.get(family) or _first_line(error))
        try:
            return _compared(family, load(str(folder)), theirs)
        except ReaderError as refusal:
            return Row(family, "refused", str(refusal).replace(str(folder), "…"))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Row(
                family,
                "error",
                f"{_first_line(error)} ({Path(where.filename).name}:{where.lineno})",
            )


def _compared(family: str, loaded: LoadedModel, theirs: library.Library) -> Row:
    target = text_of(N_TARGET) if loaded.engine.model.config.is_encoder_decoder else ""
    found = capture(text_of(N_TOKENS), loaded, target)
    seam = all(isinstance(layer, LayerCapture) for layer in found.layers)
    off = _weights(found, loaded, theirs)
    row = Row(
        family,
        "seam" if seam else "weights only",
        weights=off,
        library_error=_own_error(found, theirs) if off is not None and off > WEIGHTS else None,
        output=_output(found, theirs),
        heads=_heads(found, theirs),
        lens=_lens(found, loaded, theirs),
        limit=loaded.max_tokens,
        notes=" ".join(loaded.engine.notes),
    )
    wrong = [*row.faults, *_claims(found, loaded, theirs)]
    return replace(row, result="wrong", said="; ".join(wrong)) if wrong else row


def _weights(found: Capture, loaded: LoadedModel, theirs: library.Library) -> float | None:
    """Every layer's weights against the library's; a layer that the library does not have is infinitely wrong."""
    expected = library.weights(theirs.backbone_outputs(found.inputs, output_attentions=True))
    if not expected:
        return None
    ours = {
        kind: [each.weights for each in found.layers if each.kind == kind]
        for kind in ("encoder", "decoder", "cross")
    }
    got = [*ours["encoder"], *ours["decoder"], *ours["cross"]]
    if any("be shown" in note or "Attention works in" in note for note in loaded.engine.notes):
        # told to the reader: the library lists other things than attention from token to token
        expected = [each for each in expected if each.shape[1:] == (len(found.tokens),) * 2]
    if [a.shape for a in got] != [a.shape for a in expected]:
        return float("inf")
    return max(float(np.abs(a - b).max()) for a, b in zip(got, expected, strict=True))


def _own_error(found: Capture, theirs: library.Library) -> float:
    """How far the library's float32 weights are from its own in float64."""
    single, double = (
        library.weights(each.backbone_outputs(found.inputs, output_attentions=True))
        for each in (theirs, library.Library(copy.deepcopy(theirs.model).double()))
    )
    return max(float(np.abs(a - b).max()) for a, b in zip(single, double, strict=True))


def _output(found: Capture, theirs: library.Library) -> float | None:
    outputs = theirs.backbone_outputs(found.inputs, output_hidden_states=True)
    states = [outputs.get(name) or () for name in ("decoder_hidden_states", "hidden_states")]
    last = outputs.get("last_hidden_state")
    ends = [last] if last is not None else [each[-1] for each in states if each]
    return _share(found.output, ends[0][0].numpy()) if ends else None


def _heads(found: Capture, theirs: library.Library) -> float | None:
    """Σ_h context_h W_O_h against what the linear layer with that very W_O gave in the library's own pass."""
    layers = [
        layer for layer in found.layers if isinstance(layer, LayerCapture) and layer.W_O is not None
    ]
    if not layers:
        return None
    heard = theirs.heard(found.inputs)
    worst = 0.0
    for layer in layers:
        assert layer.W_O is not None
        names = [
            name
            for name, module in heard.modules.items()
            if _same(module.weight, layer.W_O) or _same(module.weight, layer.W_O.T)
        ]
        calls = next((heard.outputs[name] for name in names if heard.outputs.get(name)), None)
        if calls is None:
            return float("inf")
        # ALBERT's layers are one layer, called again and again
        worst = max(worst, _share(layer.head_output.sum(axis=0), calls.pop(0)))
    return worst


def _same(weight: Any, W_O: np.ndarray) -> bool:
    return tuple(weight.shape) == W_O.shape and np.array_equal(weight.detach().numpy(), W_O)


def _lens(found: Capture, loaded: LoadedModel, theirs: library.Library) -> float | None:
    if why_no_head(loaded.engine):
        return None
    expected = theirs.logits(found.inputs)
    return None if expected is None else _share(head_logits(found.output, loaded.engine), expected)


def _claims(found: Capture, loaded: LoadedModel, theirs: library.Library) -> list[str]:
    """What is said of the model that the library's own model contradicts."""
    wrong = []
    if predicts_next(loaded.engine) and not library.is_causal(theirs, found.inputs):
        wrong.append("said to predict the next token, but looks ahead")
    if (
        any(isinstance(layer, LayerCapture) for layer in found.layers)
        and not prove(found, loaded).holds
    ):
        wrong.append("the proof fails")
    n_most = min(loaded.max_tokens, LONG)
    if n_most < 1:
        return [*wrong, f"a limit of {loaded.max_tokens} tokens"]
    cut = capture(text_of(n_most + 5), loaded)
    if loaded.max_tokens < n_most + 5 and len(cut.tokens) != loaded.max_tokens:
        wrong.append(f"{len(cut.tokens)} tokens read of at most {loaded.max_tokens}")
    try:
        theirs.backbone_outputs(cut.inputs)
    except (IndexError, RuntimeError, ValueError) as error:
        wrong.append(
            f"a limit of {loaded.max_tokens} tokens, where the library fails: {_first_line(error)}"
        )
    return wrong


def _share(ours: np.ndarray, expected: np.ndarray) -> float:
    if ours.shape != expected.shape:
        return float("inf")
    return float(np.abs(ours - expected).max() / max(np.abs(expected).max(), 1e-6))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:160]}"
