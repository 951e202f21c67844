"""Logs of a run with several labs: all of them are judged, and one that is not whole is no pass."""

import pytest

from gauntlet import places
from gauntlet.ehr import Ehr
from gauntlet.errors import GauntletError, Inconclusive
from gauntlet.labs import WORTH_A_LAB
from gauntlet.run_logs import RunLogs, log_of, note_log
from gauntlet.target import read_target
from tests.gauntlet.own_suite import Harness, check
from tests.gauntlet.test_labs import WHO, WITH_SESSION

REFERENCE = read_target(places.bundled("targets") / "reference.toml", {})


class FakeEhr:
    def __init__(self, *patients):
        self._patients = set(patients)

    def patients(self):
        if not self._patients:
            raise GauntletError("the EHR is gone")
        return self._patients


def logged(folder, name="gateway.log"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"log of {folder.name}\n")
    return folder


def logs_of(*labs):
    return RunLogs(REFERENCE, {}, labs)


def test_the_logs_of_all_labs_and_of_their_second_gateways(tmp_path):
    first, second, never = logged(tmp_path / "run"), logged(tmp_path / "run" / "lab-2"), tmp_path / "run" / "lab-3"
    logged(second / "second-whole-4711")
    (first / "second-without-log").mkdir()
    for lab, patient in ((first, "a"), (second, "b")):
        note_log(lab, log_of(REFERENCE, {}, lab), FakeEhr(patient))
    logs = logs_of(first, second, never)
    assert [path.parent.name for path in logs.paths()] == ["run", "lab-2", "second-whole-4711"]
    assert logs.patients() == {"a", "b"}
    assert logs.size() == len("log of run\n" + "log of lab-2\n" + "log of second-whole-4711\n")
    logs.require_whole()


@pytest.mark.parametrize("ehr", [None, FakeEhr()], ids=["killed", "without its EHR"])
def test_a_lab_that_was_broken_off_is_searched_but_nothing_is_passed(tmp_path, ehr):
    lab = logged(tmp_path / "lab-2")
    note_log(lab, log_of(REFERENCE, {}, lab), ehr)
    assert [path.parent.name for path in logs_of(lab).paths()] == ["lab-2"]
    with pytest.raises(Inconclusive, match="broken off"):
        logs_of(lab).require_whole()


def test_patients_are_read_from_the_journal_page_by_page(monkeypatch):
    asked = []

    class Control:
        def call(self, _method, _path, *, since, kind, limit):
            asked.append((since, kind, limit))
            return {"entries": [{"seq": n, "patients": [f"p{n % 3}"]} for n in range(since + 1, 6)][:limit]}

    monkeypatch.setattr("gauntlet.ehr._PAGE", 2)
    assert Ehr(Control()).patients() == {"p0", "p1", "p2"}
    assert asked == [(0, "data", 2), (2, "data", 2), (4, "data", 2), (5, "data", 2)]


def test_who_judges_the_logs_sees_what_every_lab_logged(tmp_path, monkeypatch):
    harness = Harness(tmp_path, monkeypatch)
    logs = WHO + (
        "\nimport pathlib, time\nhere = pathlib.Path(gauntlet_session.plan.run_dir)\n"
        "(gauntlet_session.folder() / 'gateway.log').write_text(f'from {gauntlet_session.number}')\n"
        "while not all((gauntlet_session.folder(n) / 'gateway.log').exists() for n in (0, 1)):\n    time.sleep(0.01)"
    )
    judged = (
        "assert sorted(path.read_text() for path in run_logs.paths()) == ['from 0', 'from 1']\n"
        "run_logs.require_whole()\nmeasured['x'] = 1"
    )
    last = check("CON-01", "judge", judged, "measured, run_logs")
    run = harness.result(last, *(check("CON-03", f"n{n}", logs, WITH_SESSION) for n in range(2 * WORTH_A_LAB)), labs=2)
    assert {item.verdict.value for item in run.checks} == {"pass"}
    assert run.checks[-1].check == "test_it.py::test_judge"
