import json
import os

import pytest

from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.errors import UsageError
from gauntlet.publish import publish, write_whole
from gauntlet.result import Exchange, from_json
from tests.gauntlet.samples import ROWS, STARTED, catalogue, described, result, target
from tests.reports import sample_run


def run_of(**changes):
    results = [result(row, **changes) for row in ROWS]
    record = Record(collected=[described(row) for row in ROWS], results=results, ended=True)
    return assemble(record, target(), catalogue(), Circumstances("r1", STARTED, 1.0, "1", 7, "c"))


def test_documents(tmp_path):
    exchange = Exchange("consumer", 1.0, 2.0, "GET", "http://g/Patient/1", 200)
    folder = tmp_path / "r1"
    folder.mkdir()
    run = run_of(exchanges=[exchange])
    assert publish(run, folder) == folder / "report.html"
    assert from_json((folder / "results.json").read_bytes()) == run
    lines = [json.loads(line) for line in (folder / "ledger.ndjson").read_bytes().splitlines()]
    assert len(lines) == len(ROWS)
    assert (lines[0]["check"], lines[0]["url"]) == (run.checks[0].check, "http://g/Patient/1")
    assert all((folder / name).stat().st_size for name in ("junit.xml", "summary.md", "report.html"))
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_seconds_of_load_as_csv(tmp_path):
    publish(sample_run.load_failing(), tmp_path)
    lines = (tmp_path / "load-morning-spike.csv").read_text().splitlines()
    assert lines[0] == "second,wanted,answered,errors,p50_ms,p95_ms,p99_ms"
    assert lines[1].startswith("0,60,60,0,")
    assert len(lines) == 121


def test_latest_points_at_the_last_run(tmp_path):
    for name in ("r1", "r2"):
        (tmp_path / name).mkdir()
        publish(run_of(), tmp_path / name)
    assert (tmp_path / "latest").readlink().name == "r2"


def test_a_folder_called_latest_is_left_alone(tmp_path):
    for name in ("latest", "r1"):
        (tmp_path / name).mkdir()
    publish(run_of(), tmp_path / "r1")
    assert (tmp_path / "latest").is_dir()
    assert not (tmp_path / "latest").is_symlink()


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x"
    write_whole(path, b"one")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(UsageError, match="No space left on device") as caught:
        write_whole(path, b"two")
    assert "--out" in caught.value.hint
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write .*results\.json: No such file"):
        publish(run_of(), tmp_path / "absent")
