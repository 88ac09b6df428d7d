"""The results of a run as a Markdown text to read and as JSON to cite from. Every word of it is computed from them."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.figures import Figure, Missing, Result

FEWEST = 9  # repetitions that a median is taken of


@dataclass(frozen=True)
class Section:
    """One section as it ran."""

    name: str
    title: str
    about: str
    results: Sequence[Result]
    seconds: float


def as_markdown(sections: Sequence[Section], machine: dict[str, Any], is_quick: bool) -> str:
    head = ["# Benchmarks", *(_quick_warning(sections) if is_quick else []), _about(machine)]
    return "\n\n".join([*head, *(_section(section) for section in sections)]) + "\n"


def as_json(sections: Sequence[Section], machine: dict[str, Any], is_quick: bool) -> dict[str, Any]:
    """Each measurement with its raw values; of a section also how long it took."""
    results = [result for section in sections for result in section.results]
    return {
        "quick": is_quick,
        "machine": machine,
        "sections": {
            each.name: {"title": each.title, "about": each.about, "seconds": round(each.seconds, 1)}
            for each in sections
        },
        "figures": [_figure(result) for result in results if isinstance(result, Figure)],
        "missing": [dataclasses.asdict(each) for each in results if isinstance(each, Missing)],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        **dataclasses.asdict(figure),
        "ours_median": figure.ours_median,
        "against_median": figure.against_median,
        "ratio": figure.ratio,
        "is_held": figure.is_held,
    }


def _quick_warning(sections: Sequence[Section]) -> list[str]:
    counts = [
        len(result.ours)
        for section in sections
        for result in section.results
        if isinstance(result, Figure) and not result.is_exact
    ]
    return [
        f"**Quick run (--quick): medians of only {min(counts, default=0)} or more, "
        f"not of {FEWEST}. Nothing to cite.**"
    ]


def _about(machine: dict[str, Any]) -> str:
    facts = "\n".join(f"* {name}: {value}" for name, value in machine.items())
    return (
        f"{facts}\n\n“Ours” and “against” are medians of n measurements from one run, made turn about "
        "(A B A B …); “ratio” is ours ÷ against. A count that would come out the same every time is made once."
    )


def _section(section: Section) -> str:
    figures = [result for result in section.results if isinstance(result, Figure)]
    missing = [result for result in section.results if isinstance(result, Missing)]
    parts = [f"## {section.title}", f"{section.about} It took {section.seconds:.0f} s."]
    if figures:
        head = "| | ours | against | ratio | target | | n |\n|---|---:|---:|---:|---:|---|---:|"
        parts.append("\n".join([head, *(_row(figure) for figure in figures)]))
    parts += [f"**NOT MEASURED**, {each.name}: {each.why}" for each in missing]
    return "\n\n".join(parts)


def _row(figure: Figure) -> str:
    against = "" if figure.against_median is None else number(figure.against_median, figure.unit)
    ratio = "" if figure.ratio is None else number(figure.ratio, "×")
    counts = dict.fromkeys([len(figure.ours), len(figure.against) or len(figure.ours)])
    cells = (
        figure.name,
        number(figure.ours_median, figure.unit),
        against,
        ratio,
        _target(figure),
        {None: "", True: "held", False: "**NOT held**"}[figure.is_held],
        "exact" if figure.is_exact else " and ".join(map(str, counts)),
    )
    return f"| {' | '.join(cells)} |"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    unit = "×" if figure.target.of == "ratio" else figure.unit
    return f"≤ {number(figure.target.at_most, unit)}"


def number(value: float, unit: str) -> str:
    """Three digits that count, two below 1; very small ones as powers of ten."""
    if value and abs(value) < 1e-3:
        text = f"{value:.1e}"
    elif abs(value) < 1:
        text = f"{value:.2g}"
    else:
        text = f"{value:,.{max(0, 3 - len(str(int(abs(value)))))}f}"
    return f"{text} {unit}".rstrip()
