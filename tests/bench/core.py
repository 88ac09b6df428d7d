"""The hand-written core against torch, on random q, k, v of 12 heads with 64 dimensions in float32."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from tests.bench.figures import Figure, Result, Target
from tests.bench.long_text import long_text
from tests.bench.peak import peaks_mb
from tests.bench.timing import in_turn, threads, warm
from tests.bench.ways import D_HEAD, N_HEADS, WAYS, largest_difference, shared_out, tensors

TITLE = "The core against torch"
ABOUT = (
    f"{N_HEADS} heads, d = {D_HEAD}, float32, torch and ours on the same number of threads (ours gives each a share of "
    "the heads). “eager”: softmax(q kᵀ · scale) v in plain torch operations; “fused”: torch's "
    "scaled_dot_product_attention; “in blocks”: our attention_in_blocks; “keeps all”: our attention, with every "
    "intermediate. Extra memory: the peak of the resident memory during one call minus what was there before it, "
    "each time in a fresh process, on one thread."
)
LENGTHS = (16, 64, 256, 512, 1024, 2048, 4096)
KEEPS_ALL_UP_TO = 2048  # tokens; beyond, its six n × n matrices are gigabytes
MEMORY_OF = (512, 1024, 2048, 4096)
N_LONG = 16_384


def measure(times: int) -> Iterator[Result]:
    for n_threads in (1, 2):
        with threads(n_threads):
            for n_tokens in LENGTHS:
                yield from _speed(n_tokens, n_threads, times)
    yield from _difference()
    yield from _memory(times)
    yield from _long(times)


def _speed(n_tokens: int, n_threads: int, times: int) -> Iterator[Figure]:
    names = [way for way in WAYS if way != "attention" or n_tokens <= KEEPS_ALL_UP_TO]
    data = {way: tensors(way, n_tokens) for way in names}
    with ExitStack() as stack:
        ways = {way: stack.enter_context(shared_out(way, n_threads)) for way in names}
        calls = (partial(ways[way], *data[way]) for way in names)
        columns = in_turn(times, *(partial(warm, call) for call in calls))
    taken = dict(zip(names, columns, strict=True))
    after = f"n = {n_tokens:,}, {n_threads} thread{'s' * (n_threads > 1)}"
    not_slower = Target("ratio", 1) if n_tokens >= 512 else None
    twice = Target("ratio", 2) if n_tokens == 4096 else None
    for way, against, target in (
        ("blocks", "eager", not_slower),
        ("blocks", "fused", twice),
        ("attention", "eager", None),
    ):
        if way in taken:
            ours = {"blocks": "in blocks", "attention": "keeps all"}[way]
            name = f"{ours} against {against}, {after}"
            yield Figure("core", name, "ms", taken[way], taken[against], target)


def _difference() -> Iterator[Figure]:
    largest = [largest_difference(n_tokens) for n_tokens in LENGTHS]
    name = f"max │in blocks − eager│ of the context, the largest of {len(LENGTHS)} lengths"
    yield Figure("core", name, "", [max(largest)], [], Target("ours", 1e-6), is_exact=True)


def _memory(times: int) -> Iterator[Figure]:
    found = {way: peaks_mb(way, times, MEMORY_OF) for way in ("blocks", "eager", "fused")}
    for n_tokens in MEMORY_OF:
        for against in ("eager", "fused"):
            quarter = Target("ratio", 0.25) if (n_tokens, against) == (4096, "eager") else None
            name = f"extra memory: in blocks against {against}, n = {n_tokens:,}"
            ours, theirs = found["blocks"][n_tokens], found[against][n_tokens]
            yield Figure("core", name, "MB", ours, theirs, quarter)


def _long(times: int) -> Iterator[Figure]:
    taken, peaks = zip(*(long_text(N_LONG) for _ in range(times)), strict=True)
    name = f"in blocks, n = {N_LONG:,}, 1 thread"
    yield Figure("core", name, "ms", list(taken), [])
    whole = f"{name}: peak memory of the whole process"
    yield Figure("core", whole, "MB", list(peaks), [], Target("ours", 1000))
