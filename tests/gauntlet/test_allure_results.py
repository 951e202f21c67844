import orjson

from gauntlet.allure_results import tell_results
from reports.text import redacted
from tests.reports import sample_run
from tests.reports.sample_checks import impatient_retry


def written(folder, check, number=1):
    """What allure-pytest leaves of one check."""
    folder.mkdir(exist_ok=True)
    label = {"name": "check", "value": check}
    raw = {"uuid": f"u{number}", "name": "t", "status": "passed", "start": 1, "stop": 2, "labels": [label]}
    (folder / f"u{number}-result.json").write_bytes(orjson.dumps(raw))
    (folder / f"c{number}-container.json").write_bytes(b"{}")


def test_results_are_told_and_containers_removed(tmp_path):
    run = redacted(sample_run.mixture())
    check = impatient_retry().check
    written(tmp_path / "a", check)
    written(tmp_path / "a", "nobody/knows.py::it", 2)
    assert tell_results(tmp_path / "a", run) == 1
    told = orjson.loads((tmp_path / "a" / "u1-result.json").read_bytes())
    assert told["status"] == "failed"
    assert all((tmp_path / "a" / item["source"]).stat().st_size for item in told["attachments"])
    assert orjson.loads((tmp_path / "a" / "u2-result.json").read_bytes())["status"] == "passed"
    assert not list((tmp_path / "a").glob("*-container.json"))


def test_without_the_folder_nothing_happens(tmp_path):
    assert tell_results(tmp_path / "none", sample_run.mixture()) == 0
    assert not list(tmp_path.iterdir())
