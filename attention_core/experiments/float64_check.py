"""Rounding or a mistake? Our core and a wrong one against the library's attention, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from attention_core.pretrained import float64, loading, two_runs
from attention_core.pretrained.interventions import Attend
from attention_core.pretrained.run import Run, core_attention

OURS, WRONG = "ours", "wrong"
OFF = 1 / 1000  # of the wrong core's scale


@dataclass(frozen=True)
class Float64Check:
    """Each comparison has our core first, then the wrong one."""

    library: two_runs.Compared  # the control is the library's attention
    torch: two_runs.Compared | None  # the control is torch's own; measured where the library rounds

    @property
    def exact(self) -> two_runs.Compared:
        """The comparison whose control computes in float64 throughout."""
        return self.torch or self.library


def cores() -> dict[str, Attend]:
    """The attention that runs in place of the library's, by name. Loads torch."""
    return {OURS: core_attention, WRONG: two_runs.rescaled(1 + OFF)}


def float64_check(
    ids: list[int], loaded: loading.LoadedModel, report: Callable[[str], None] = lambda _: None
) -> Float64Check:
    """Run both cores and the library with float64 numbers; `report` hears of each stage.

    Where the library rounds to float32 on the way, torch's fused attention is a second control.
    """
    both = [*cores().values()]
    report("preparing the model for 64-bit numbers")
    with float64.in_float64(loaded) as double:
        report("running our core, a wrong core and the library’s attention")
        library = two_runs.compare(ids, double, both)
        if library.runs[0].is_exact:
            return Float64Check(library, None)
        report("the library rounds: running torch’s own attention, which does not")
        return Float64Check(library, two_runs.compare(ids, double, both, Run(float64.by_torch)))
