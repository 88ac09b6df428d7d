"""A row edited by hand inside the model: the run that follows is what torch computes on a model of its own."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import AttentionInterface, AutoModel, AutoModelForCausalLM
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from attention_core.analysis.edited_row import EVEN, ONE, SCORES, WEIGHTS, RowEdit, edited_row
from attention_core.pretrained.capture import capture
from attention_core.pretrained.files import locate
from attention_core.pretrained.interventions import with_scores, with_weights
from attention_core.pretrained.loading import LoadedModel
from attention_core.pretrained.outcome import outcomes
from attention_core.pretrained.prediction import predicts_next
from attention_core.pretrained.run import Outcome, Run, core_attention
from attention_core.pretrained.tokens import tokenize
from tests.pretrained.cases import ANIMAL

PLACES = {"MiniLM": (3, 1, 10), "SmolLM2": (13, 8, 8)}  # layer, head, "it"
EDITS = [
    RowEdit(SCORES).with_cell(1, -3.0).with_cell(4, 6.5),
    RowEdit(SCORES, EVEN),
    RowEdit(WEIGHTS, ONE, key=6),
    RowEdit(WEIGHTS).with_cell(2, 1.7).with_cell(3, -0.4),
    RowEdit(WEIGHTS, divided=True).with_cell(0, 3.0),
]


def ids_of(loaded: LoadedModel) -> list[int]:
    return tokenize(ANIMAL, loaded.tokenizer, loaded.max_tokens).ids


def ours(loaded: LoadedModel, edit: RowEdit) -> Outcome:
    layer, head, q_pos = PLACES[loaded.model_id]
    row = edited_row(capture(ANIMAL, loaded).layers[layer].head_trace(head), q_pos, edit)
    if edit.kind == SCORES:
        attend = with_scores(layer, head, q_pos, row.changed_scores)
    else:
        attend = with_weights(layer, head, q_pos, row.changed_weights)
    return outcomes(ids_of(loaded), loaded, [Run(attend)])[0]


@dataclass
class Separate:
    """A model of its own whose attention is torch alone and edits one row; nothing of ours runs in it."""

    place: tuple[int, int, int]
    edit: RowEdit = field(default_factory=RowEdit)
    n_calls: int = 0
    model: Any = None

    def attend(
        self,
        module: Any,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None,
        scaling: float,
        **_: Any,
    ) -> tuple[Tensor, Tensor]:
        layer, head, q_pos = self.place
        k, v = (each.repeat_interleave(q.shape[1] // k.shape[1], dim=1) for each in (k, v))
        scores = q @ k.transpose(-1, -2) * scaling
        scores = scores if mask is None else scores + mask
        weights = scores.softmax(dim=-1)
        if self.n_calls == layer:
            weights[0, head, q_pos] = _edited(scores[0, head, q_pos], self.edit)
        self.n_calls += 1
        return (weights @ v).transpose(1, 2).contiguous(), weights

    def run(self, edit: RowEdit, ids: list[int]) -> Any:
        self.edit, self.n_calls = edit, 0
        with torch.inference_mode():
            return self.model(input_ids=torch.tensor([ids]), use_cache=False)


@pytest.fixture(scope="module")
def separate(loaded: LoadedModel) -> Separate:
    made = Separate(PLACES[loaded.model_id])
    name = f"edited_in_torch_{loaded.model_id}"
    AttentionInterface.register(name, made.attend)
    AttentionMaskInterface.register(name, eager_mask)
    kind = AutoModelForCausalLM if predicts_next(loaded.engine) else AutoModel
    folder, _ = locate(loaded.model_id)
    made.model = kind.from_pretrained(folder, attn_implementation=name, dtype=torch.float32)
    return made


def _edited(scores: Tensor, edit: RowEdit) -> Tensor:
    seen = scores > -1e30
    one = torch.arange(len(scores)) == edit.key
    if edit.kind == SCORES:
        begun = {"own": scores, "even": scores.where(~seen, 0)}[edit.base].clone()
        for k_pos, value in edit.cells:
            begun[k_pos] = value
        return begun.softmax(dim=-1)
    begun = {"own": scores.softmax(-1), "even": seen / seen.sum(), "one": one.float()}[edit.base]
    begun = begun.clone()
    for k_pos, value in edit.cells:
        begun[k_pos] = value
    return begun / begun.sum() if edit.divided else begun


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.kind} {edit.base}")
def test_the_changed_run_is_torch_s_own(loaded, separate, edit):
    found, expected = ours(loaded, edit), separate.run(edit, ids_of(loaded))
    if found.logits is not None:
        np.testing.assert_allclose(found.logits, expected.logits[0, -1].numpy(), atol=1e-4)
    else:
        np.testing.assert_allclose(found.states, expected.last_hidden_state[0].numpy(), atol=1e-4)
    (control,) = outcomes(ids_of(loaded), loaded, [Run(core_attention)])
    assert np.abs(found.states - control.states).max() > 1e-2  # the edit does something


def test_a_constant_for_the_whole_row_of_scores_changes_nothing(loaded):
    before, after = (ours(loaded, edit) for edit in (RowEdit(), RowEdit().raised(5.0)))
    scale = np.abs(before.states).max()
    np.testing.assert_allclose(after.states, before.states, atol=2e-5 * scale)


def test_in_the_last_layer_only_its_own_row_moves_and_of_a_causal_model_the_prediction_not_at_all(
    loaded,
):
    layer, q_pos = loaded.n_layers - 1, 4
    attend = with_weights(layer, 2, q_pos, np.eye(len(ids_of(loaded)))[0])
    (control,) = outcomes(ids_of(loaded), loaded, [Run(core_attention)])
    (changed,) = outcomes(ids_of(loaded), loaded, [Run(attend)])
    moved = (control.states != changed.states).any(axis=1)
    assert np.flatnonzero(moved).tolist() == [q_pos]
    if control.logits is not None:
        np.testing.assert_array_equal(control.logits, changed.logits)
