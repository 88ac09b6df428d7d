"""One shared model, many readers: each gets what it would get alone, and the model stays as it was."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier

import numpy as np

from attention_core.attention import AttentionTrace
from attention_core.pretrained.capture import as_tensors, final_state
from attention_core.pretrained.engine import Engine
from attention_core.pretrained.interventions import (
    edges_to,
    evenly,
    with_weights,
    without_edges,
    without_heads,
)
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.outcome import last_states
from attention_core.pretrained.prediction import predicts_next
from attention_core.pretrained.run import AttentionCall, Run, core_attention
from attention_core.pretrained.token import TokenizedText
from attention_core.pretrained.tokens import tokenize

from .cases import ANIMAL, CAT, PUPPY

Attend = Callable[[AttentionCall], AttentionTrace]


def without_head(head: int) -> Attend:
    def attend(call: AttentionCall) -> AttentionTrace:
        trace = core_attention(call)
        kept = np.arange(len(trace.context)) != head
        return replace(trace, context=trace.context * kept[:, None, None].astype(np.float32))

    return attend


def unscaled(call: AttentionCall) -> AttentionTrace:
    return core_attention(replace(call, scale=1.0))


@dataclass(frozen=True)
class Reader:
    text: str
    attend: Attend | None


READERS = [
    Reader(ANIMAL, None),
    Reader(ANIMAL, core_attention),
    Reader(ANIMAL, without_head(0)),
    Reader(ANIMAL, without_head(7)),
    Reader(ANIMAL, unscaled),
    Reader(PUPPY, core_attention),
    Reader(CAT, None),
    Reader("One", unscaled),
]


def read(reader: Reader, loaded: LoadedModel) -> list[np.ndarray]:
    """The output, and every layer's weights, of the reader's own run."""
    ids = tokenize(reader.text, loaded.tokenizer, loaded.max_tokens).ids
    weights: list[np.ndarray] = []
    run = Run(reader.attend, lambda _, found: weights.append(found.copy()))
    outputs = loaded.engine.forward(as_tensors({"input_ids": ids}), run)
    return [final_state(outputs), *weights]


def fingerprint(engine: Engine) -> str:
    digest = hashlib.sha256(repr(engine.model.config.to_dict()).encode())
    for name, tensor in engine.model.state_dict().items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


def test_eight_threads_at_once_each_get_what_they_get_alone(minilm):
    before = fingerprint(minilm.engine)
    alone = [read(reader, minilm) for reader in READERS]
    together = Barrier(len(READERS))

    def read_at_once(reader: Reader) -> list[list[np.ndarray]]:
        together.wait()
        return [read(reader, minilm) for _ in range(4)]

    with ThreadPoolExecutor(len(READERS)) as pool:
        for expected, rounds in zip(alone, pool.map(read_at_once, READERS), strict=True):
            for found in rounds:
                assert len(found) == 1 + minilm.n_layers
                for ours, theirs in zip(found, expected, strict=True):
                    np.testing.assert_array_equal(ours, theirs)
    assert fingerprint(minilm.engine) == before


EXPERIMENTS = [
    [core_attention, without_heads([(0, 1), (5, 11)])],
    [without_heads([(2, 3)], "uniform")],
    [core_attention, evenly, unscaled],
    [without_edges(edges_to(2, 15), None, "zero"), core_attention],
    [without_edges([(9, 2)], [(5, 11)])],
    [with_weights(3, 1, 9, np.eye(15)[4])],
]


def test_models_loaded_at_once_both_keep_their_prediction_head():
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(load, ("MiniLM", "SmolLM2"))
    assert not predicts_next(first.engine) and predicts_next(second.engine)


def test_experiments_at_once_each_end_where_they_end_alone(minilm):
    before = fingerprint(minilm.engine)
    ids = tokenize(ANIMAL, minilm.tokenizer, minilm.max_tokens).ids
    together = Barrier(len(EXPERIMENTS))

    def states(attends: list[Attend]) -> np.ndarray:
        return last_states(ids, minilm, [Run(attend) for attend in attends])

    def at_once(attends: list[Attend]) -> list[np.ndarray]:
        together.wait()
        return [states(attends) for _ in range(4)]

    alone = [states(attends) for attends in EXPERIMENTS]
    changed = [runs[-1] for runs in alone[:3]] + [alone[3][0], alone[4][0], alone[5][0]]
    for i, a in enumerate(changed):
        for b in changed[:i]:
            assert not np.array_equal(a, b)
    with ThreadPoolExecutor(len(EXPERIMENTS)) as pool:
        for expected, rounds in zip(alone, pool.map(at_once, EXPERIMENTS), strict=True):
            for found in rounds:
                np.testing.assert_array_equal(found, expected)
    assert fingerprint(minilm.engine) == before


def test_the_readers_do_ask_for_different_things(minilm):
    outputs = [read(reader, minilm)[0] for reader in READERS if reader.text == ANIMAL]
    for i, a in enumerate(outputs):
        for b in outputs[:i]:
            assert not np.array_equal(a, b)


def test_readers_do_not_cut_each_other_s_text(minilm):
    jobs = [("word " * 300 * n, 40 * n) for n in range(1, 9)]
    alone = [tokenize(text, minilm.tokenizer, limit) for text, limit in jobs]
    assert [len(cut.ids) for cut in alone] == [limit for _, limit in jobs]
    together = Barrier(len(jobs))

    def cut_at_once(job: tuple[str, int]) -> list[TokenizedText]:
        together.wait()
        return [tokenize(job[0], minilm.tokenizer, job[1]) for _ in range(5)]

    with ThreadPoolExecutor(len(jobs)) as pool:
        for expected, found in zip(alone, pool.map(cut_at_once, jobs), strict=True):
            assert found == [expected] * 5
