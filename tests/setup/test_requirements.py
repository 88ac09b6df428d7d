"""What an installer makes of requirements.txt on each platform, and what make makes of it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.setup.requirement_files import PROJECT, requirements

MACHINES = {  # sys_platform and platform_machine of the systems that the README names
    "linux": ("x86_64", "aarch64"),
    "darwin": ("arm64", "x86_64"),
    "win32": ("AMD64", "ARM64"),
}
PYTHONS = ("3.11", "3.12", "3.13")
OF_CPU_LINUX = [("linux", "x86_64", python) for python in PYTHONS]
ELSEWHERE = [
    (system, machine, python)
    for system, machines in MACHINES.items()
    for machine in machines
    for python in PYTHONS
    if (system, machine) != ("linux", "x86_64")
]


def names_on(system: str, machine: str, python: str) -> dict[str, list[Requirement]]:
    """What pip would install there, by name."""
    environment = {
        "sys_platform": system,
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    named: dict[str, list[Requirement]] = {}
    for one in requirements((PROJECT / "requirements.txt").read_text().splitlines()):
        if one.marker is None or one.marker.evaluate(environment):
            named.setdefault(one.name, []).append(one)
    return named


@pytest.mark.parametrize(("system", "machine", "python"), OF_CPU_LINUX)
def test_linux_on_x86_takes_the_cpu_wheel_of_its_python(system: str, machine: str, python: str):
    (torch,) = names_on(system, machine, python)["torch"]
    tag = f"cp{python.replace('.', '')}"
    assert torch.url == (
        "https://download.pytorch.org/whl/cpu/"
        f"torch-2.13.0%2Bcpu-{tag}-{tag}-manylinux_2_28_x86_64.whl"
    )


@pytest.mark.parametrize(("system", "machine", "python"), [*ELSEWHERE, ("linux", "x86_64", "3.14")])
def test_every_other_machine_takes_the_same_version_from_the_index(
    system: str, machine: str, python: str
):
    (torch,) = names_on(system, machine, python)["torch"]
    assert torch.url is None
    assert str(torch.specifier) == "==2.13.0"


@pytest.mark.parametrize(("system", "machine", "python"), [*OF_CPU_LINUX, *ELSEWHERE])
def test_every_package_is_named_once_and_pinned(system: str, machine: str, python: str):
    for name, found in names_on(system, machine, python).items():
        (one,) = found
        assert one.url or str(one.specifier).startswith("=="), name


def test_make_asks_for_the_same_packages_and_names_no_host(tmp_path: Path):
    shutil.copy(PROJECT / "Makefile", tmp_path)
    shutil.copy(PROJECT / "requirements.txt", tmp_path)
    plan = subprocess.run(
        ["make", "--dry-run", ".venv/app.done"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (rewrite,) = [line for line in plan.stdout.splitlines() if line.startswith("sed ")]
    (tmp_path / ".venv").mkdir()
    subprocess.run(["sh", "-c", rewrite], cwd=tmp_path, check=True)
    asked = requirements((tmp_path / ".venv" / "requirements.txt").read_text().splitlines())
    assert all(one.url is None and one.marker is None for one in asked)
    assert {str(one) for one in asked} == {
        str(one) for (one,) in names_on("darwin", "arm64", "3.11").values() if one.marker is None
    } | {"torch==2.13.0"}


def test_the_files_for_survey_and_tests_leave_torch_to_the_first():
    for name in ("requirements-survey.txt", "requirements-dev.txt"):
        lines = (PROJECT / name).read_text().splitlines()
        assert "-r requirements.txt" not in lines
        pinned = requirements(line for line in lines if not line.startswith("-r "))
        assert all(str(one.specifier).startswith("==") for one in pinned)
