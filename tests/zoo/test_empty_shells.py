"""Gateways that answer everything alike get nothing passed of contract and mapping: whatever they claim to do.

The animals of the zoo claim little; these claim batches and mapping, too, so that those checks judge them.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gauntlet.target_ehr import OTHER_EHR
from tests.robustness.crew import Crew, asked_for
from tests.robustness.live_run import LiveRun, Outcome
from tests.robustness.target_files import free_port

HERE = Path(__file__).parent
SHELLS = ("always-200-empty-searchset", "always-401", "always-404", "always-429")
# Families whole would take minutes; what each of these checks needs stands for the rest of its file.
ONLY = (
    "CON-10", "CON-13", "CON-15", "CON-16", "CON-21", "CON-22",
    "MAP-01", "MAP-03", "MAP-07", "MAP-08", "MAP-09",
)  # fmt: skip
CLAIMS = """
[claims.core]
types = [
    "Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "Appointment",
    "Immunization",
]

[claims.batch]
entries = 10

[claims.mapping]
terminology = "unity-terminology.json"
unmapped_tag = "urn:x|unmapped"
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes through /proc: needs Linux")


BEHIND_UNITY = (
    "contract/test_rows.py", "contract/test_pages_of_rows.py", "contract/test_dress_of_rows.py",
    "CON-04", "CON-19", "MAP-02", "MAP-04", "MAP-05", "MAP-06", "MAP-10", "MAP-11",
)  # fmt: skip


def target_of(animal: str, folder: Path, vendor: str = "epic") -> Path:
    """Write and return the target file of an animal that claims more, in front of a vendor's EHR."""
    folder.mkdir()
    values = {"animal": animal, "health": str(free_port()), "folder": str(HERE)}
    text = string.Template((HERE / "animal.toml").read_text(encoding="utf-8")).safe_substitute(values)
    text = text.replace('vendor = "epic"', f'vendor = "{vendor}"')
    table = HERE.parents[1] / "targets" / "unity-terminology.json"
    (folder / table.name).write_bytes(table.read_bytes())
    target = folder / "target.toml"
    target.write_text(text + CLAIMS, encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def visits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew[Outcome]]:
    """A run against every shell that a selected test asks for."""
    folder = tmp_path_factory.mktemp("shells")

    def visit(animal: str) -> Outcome:
        only = [part for prefix in ONLY for part in ("--only", prefix)]
        return LiveRun(folder / animal, ["run", str(target_of(animal, folder / animal)), "--out", "out", *only]).end()

    crew = Crew(asked_for(request.session.items, "animal"), visit)
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("animal", SHELLS)
def test_nothing_is_passed_and_everything_is_judged(visits: Crew[Outcome], animal: str) -> None:
    outcome = visits.result(animal)
    assert outcome.exit_code == 1, outcome.stderr
    here = [check for check in outcome.checks if not check["reason"].startswith(OTHER_EHR)]
    assert [check["check"] for check in here if check["verdict"] not in ("fail", "warn", "inconclusive")] == []
    judged = {check["requirement"] for check in outcome.checks if check["verdict"] in ("fail", "warn", "inconclusive")}
    assert judged == set(ONLY)


@pytest.fixture(scope="module")
def visits_behind_unity(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crew[Outcome]]:
    """A run against every shell that a selected test asks for, in front of Unity."""
    folder = tmp_path_factory.mktemp("shells-behind-unity")

    def visit(shell: str) -> Outcome:
        only = [part for prefix in BEHIND_UNITY for part in ("--only", prefix)]
        target = target_of(shell, folder / shell, "allscripts")
        return LiveRun(folder / shell, ["run", str(target), "--out", "out", *only]).end()

    crew = Crew(asked_for(request.session.items, "shell"), visit)
    yield crew
    crew.dismiss()


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_passed_behind_unity(visits_behind_unity: Crew[Outcome], shell: str) -> None:
    checks = visits_behind_unity.result(shell).checks
    elsewhere = [check["check"] for check in checks if check["reason"].startswith(OTHER_EHR)]
    judged = [check for check in checks if check["check"] not in elsewhere]
    assert [check["check"] for check in judged if check["verdict"] not in ("fail", "warn", "inconclusive")] == []
    rows = {check["requirement"] for check in judged}
    assert rows == {
        *("CON-04", "CON-06", "CON-07", "CON-08", "CON-14", "CON-15", "CON-19"),
        *("MAP-02", "MAP-04", "MAP-05", "MAP-06", "MAP-10", "MAP-11"),
    }
