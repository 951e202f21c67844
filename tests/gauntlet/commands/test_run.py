import json
import sys
from pathlib import Path

import pytest
import typer
from rich.console import Console

from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.commands import run as command
from gauntlet.errors import TargetError
from gauntlet.verdict import Verdict
from tests.gauntlet.samples import ROWS, STARTED, catalogue, described, result, target


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """Let a run have ended with `verdict` for one check; returns what the command does then."""

    def run(verdict, **options):
        results = [result(row, verdict if row == "CON-03" else Verdict.PASS) for row in ROWS]
        record = Record(collected=[described(row) for row in ROWS], results=results, ended=True)
        facts = Circumstances("r1", STARTED, 1.0, "1", 7, "gauntlet run t")
        outcome = assemble(record, target(), catalogue(), facts)
        folder = tmp_path / verdict.value
        folder.mkdir()
        monkeypatch.setattr(command, "carry_out", lambda *_: (outcome, folder))
        stderr = Console(stderr=True)
        with pytest.raises(typer.Exit) as caught:
            command.run_and_report(Path("reference"), tmp_path, command="c", stderr=stderr, **options)
        return caught.value.exit_code

    return run


CODES = [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.INCONCLUSIVE, 3), (Verdict.ERROR, 4), (Verdict.NOT_CLAIMED, 0)]


@pytest.mark.parametrize(("verdict", "code"), CODES)
def test_the_verdict_is_the_exit_code(finished, tmp_path, capfd, verdict, code):
    assert finished(verdict) == code
    out = capfd.readouterr().out
    assert f"exit   {code}" in out
    for name in ("results.json", "junit.xml", "summary.md", "report.html", "ledger.ndjson"):
        assert (tmp_path / verdict.value / name).exists()
    assert (tmp_path / "latest").resolve() == tmp_path / verdict.value


def test_json_is_all_there_is_on_stdout(finished, capfd):
    assert finished(Verdict.FAIL, as_json=True) == 1
    streams = capfd.readouterr()
    assert json.loads(streams.out)["exit_code"] == 1
    assert "exit   1" in streams.err


@pytest.mark.parametrize("gone", [BrokenPipeError(32, "x"), SystemExit(1)])
def test_the_verdict_stands_when_nobody_reads(finished, monkeypatch, gone):
    def broken(*_, **__):
        raise gone

    monkeypatch.setattr(command, "_hand_over", broken)
    saved = sys.stdout.fileno()
    monkeypatch.setattr(command.os, "dup2", lambda _new, old: old == saved)
    assert finished(Verdict.PASS) == 0


def test_bundled_targets_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reference").mkdir()  # a folder is no target
    assert command.resolve_target(Path("reference")).name == "reference.toml"
    (tmp_path / "mine").write_text("x")
    assert command.resolve_target(Path("mine")) == Path("mine")
    assert command.resolve_target(Path("dir/reference")) == Path("dir/reference")
    assert command.resolve_target(Path("reference.toml")) == Path("reference.toml")
    with pytest.raises(TargetError, match="did you mean 'direct-epic'") as caught:
        command.resolve_target(Path("direct-epi"))
    assert "bundled ones are cache, consent, direct-epic, reference" in caught.value.hint
