"""The experiment as the link says it: "copy_Adam_0.03_200_0_1_fixed", so that a class trains the same toy."""

from dataclasses import dataclass

from attention_core.toy.training import MOST_STEPS, Settings
from pages.ui.reader.page_link import PageLink

LINK = PageLink("train")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
USUAL_RATES = {"Adam": 0.03, "SGD": 3.0}  # with these each task is solved in the usual steps
STEPS = (1, 10, 50, 100, 200, 500, 1000, MOST_STEPS)
HEADS = (1, 2, 4)
LARGEST_SEED = 9999
EMBEDDINGS = {False: "fixed", True: "learned"}


@dataclass(frozen=True)
class Plan:
    """What is trained, and how many steps one click takes."""

    settings: Settings
    n_steps: int


USUAL = Plan(Settings(), n_steps=200)


def written(plan: Plan) -> str:
    """The plan as the link says it."""
    s = plan.settings
    parts = (s.task, s.optimiser, f"{s.rate:g}", plan.n_steps, s.seed, s.n_heads)
    return "_".join([*map(str, parts), EMBEDDINGS[s.learns_E]])


def read(link: str) -> Plan:
    """The plan that a link says. Raises ValueError if it says none that the page offers."""
    task, optimiser, rate, n_steps, seed, n_heads, embeddings = link.split("_")
    numbers = {f"{rate:g}": rate for rate in RATES}
    if not (
        rate in numbers
        and n_steps in map(str, STEPS)
        and seed in map(str, range(LARGEST_SEED + 1))
        and n_heads in map(str, HEADS)
        and embeddings in EMBEDDINGS.values()
    ):
        raise ValueError(f"no training: {link!r}")
    learns_E = embeddings == EMBEDDINGS[True]
    settings = Settings(task, optimiser, numbers[rate], int(seed), int(n_heads), learns_E)
    return Plan(settings, int(n_steps))
