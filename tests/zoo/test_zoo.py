"""The zoo: degenerate gateways, each with an exact verdict for every check it meets. None passes by doing nothing."""

from __future__ import annotations

import string
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.crew import Crew, asked_for
from tests.robustness.live_run import LiveRun, Outcome
from tests.robustness.target_files import free_port, running_already

HERE = Path(__file__).parent
TABLE: dict[str, Any] = tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8"))
ANIMALS: dict[str, Any] = TABLE["animals"]
FORWARDS = "pass-through"  # the one animal that does a part of a gateway's work
NEGATIVE = ("AUT-", "NEG-")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes through /proc: needs Linux")


def target_of(animal: str, folder: Path) -> Path:
    """Write and return the animal's target file."""
    folder.mkdir()
    template = HERE / ("pass-through.toml" if animal == FORWARDS else "animal.toml")
    values = {"animal": animal, "health": str(free_port()), "folder": str(HERE)}
    target = folder / "target.toml"
    target.write_text(string.Template(template.read_text(encoding="utf-8")).safe_substitute(values), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def visits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    """A run against every animal that a selected test asks for."""
    folder = tmp_path_factory.mktemp("zoo")

    def visit(animal: str) -> Outcome:
        target = target_of(animal, folder / animal)
        only = [part for prefix in TABLE["only"] for part in ("--only", prefix)]
        return LiveRun(folder / animal, ["run", str(target), "--out", "out", *only]).end()

    crew = Crew(asked_for(request.session.items, "animal"), visit)
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("animal", ANIMALS)
def test_verdicts_are_exact(visits: Crew[Outcome], animal: str) -> None:
    expected = ANIMALS[animal]["verdicts"]
    wrong, used = [], set()
    for check in visits.result(animal).checks:
        key = check["check"] if check["check"] in expected else check["requirement"]
        used.add(key)
        if check["verdict"] != expected.get(key):
            wrong.append(f"{check['check']}: {check['verdict']}, not {expected.get(key)}: {check['reason']}")
    assert wrong == []
    assert used == set(expected), "the table names checks that were not run"


@pytest.mark.parametrize("animal", ANIMALS)
def test_nobody_is_conformant(visits: Crew[Outcome], animal: str) -> None:
    outcome = visits.result(animal)
    assert outcome.exit_code == ANIMALS[animal]["exit_code"], outcome.stderr
    assert outcome.result is not None
    assert outcome.result["outcome"] == "non-conformant"
    assert not [profile for profile in outcome.result["profiles"] if profile["outcome"] == "conformant"]
    assert outcome.left_over == []


@pytest.mark.parametrize("animal", ANIMALS)
def test_nobody_passes_by_doing_nothing(visits: Crew[Outcome], animal: str) -> None:
    families = NEGATIVE if animal == FORWARDS else ("",)
    passed = [
        check["check"]
        for check in visits.result(animal).checks
        if check["verdict"] == "pass" and check["requirement"].startswith(families)
    ]
    assert passed == []


def test_closed_port_is_a_wrong_configuration(tmp_path: Path) -> None:
    outcome = LiveRun(tmp_path, ["run", str(running_already(tmp_path, free_port())), "--out", "out"]).end()
    assert outcome.exit_code == 2, outcome.stderr
    assert "no gateway answers at http://127.0.0.1:" in outcome.stderr
    assert "[gateway.launch]" in outcome.stderr
    assert outcome.result is None
    assert outcome.left_over == []
